"""What each stage of an answer did, recorded where the stages plug in: the reader and the writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.types import Answer, Finding, Hit, Mode, Reader, Writer

if TYPE_CHECKING:
    from rag import Index


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer and how it came about: the ``hits`` that were read, in search's order, all ``findings``, best first,
    those that the writer was given (``said``) and its own text (``written``), before it was checked."""

    answer: Answer
    hits: tuple[Hit, ...] = ()
    findings: tuple[Finding, ...] = ()
    threshold: float = 0.0
    said: tuple[Finding, ...] = ()
    written: str = ""


Respond = Callable[[str], Trace]


class RecordingReader:
    """Reads as another reader does and keeps what it was given and found."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.hits: tuple[Hit, ...] = ()
        self.findings: tuple[Finding, ...] = ()

    @property
    def threshold(self) -> float:
        return self._reader.threshold

    def read(self, question: str, hits: Sequence[Hit]) -> list[Finding]:
        found = self._reader.read(question, hits)
        self.hits, self.findings = tuple(hits), tuple(found)
        return found


class RecordingWriter:
    """Writes as another writer does and keeps what it was given and wrote."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.said: tuple[Finding, ...] = ()
        self.written = ""

    @property
    def model(self) -> str:
        return self._writer.model

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        self.said, self.written = tuple(findings), ""
        for text in self._writer.write(question, findings, history):
            self.written = text
            yield text


class FirstPassages:
    """No reader: each passage's words that share most with the question, in the order in which search found them."""

    threshold = 0.0

    def read(self, question: str, hits: Sequence[Hit]) -> list[Finding]:
        findings = []
        for rank, hit in enumerate(hits):
            passage = hit.passage
            start, end = nearest_words(question, passage.text)
            said = passage.text[start:end]
            place = passage.start + start, passage.start + end
            findings.append(Finding(passage, *place, said, 1 / (1 + rank), score=-float(rank), excerpt=said))
        return findings


MAX_WORDS = 30  # of what a retriever answers by itself, as the reader's own answers have


def nearest_words(question: str, text: str, max_words: int = MAX_WORDS) -> tuple[int, int]:
    """Where in ``text`` the run of at most ``max_words`` words lies that shares most words with the question."""
    asked = {word.strip("?,.").lower() for word in question.split()}
    places, reached = [], 0
    for word in text.split():
        start = text.index(word, reached)
        reached = start + len(word)
        places.append((start, reached, word.strip(",.").lower() in asked))
    if not places:
        return 0, 0
    starts = range(max(1, len(places) - max_words + 1))
    shared = [sum(known for _, _, known in places[s : s + max_words]) for s in starts]
    best = max(starts, key=lambda s: (shared[s], -s))
    return places[best][0], places[min(best + max_words, len(places)) - 1][1]


def responder(
    index: Index,
    *,
    writer: str | Writer = "local",
    model: str | None = None,
    k: int = 8,
    mode: Mode = "hybrid",
    reader: Reader | None = None,
    check: bool = True,
) -> Respond:
    """``rag.ask`` with these settings, recorded; ``reader`` is another one than the one that ships."""
    from rag import ask, load_reader, load_writer

    reads = RecordingReader(load_reader() if reader is None else reader)
    writes = RecordingWriter(load_writer(writer, model) if isinstance(writer, str) else writer)

    def respond(question: str) -> Trace:
        reads.hits, reads.findings, writes.said, writes.written = (), (), (), ""
        answer = ask(question, index, writer=writes, k=k, mode=mode, reader=reads, check=check)
        return Trace(answer, reads.hits, reads.findings, reads.threshold, writes.said, writes.written)

    return respond
