"""Question to cited answer: search, read, write, cite."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from embeddings.packaged import cache_folder
from rag.citations import resolve
from rag.errors import OptionError
from rag.index import Index
from rag.reader import SentenceReader
from rag.store import FILE_NAME
from rag.types import Answer, Finding, Hit, Writer
from rag.writers import load_writer
from rag.writers.prompt import NO_ANSWER

MIN_CONFIDENCE = 0.3  # below it the best sentence is about something else

Where = Index | str | os.PathLike[str] | None


def ask(
    question: str,
    index: Where = None,
    *,
    writer: str | Writer = "local",
    model: str | None = None,
    k: int = 8,
    history: Sequence[Answer] = (),
    as_of: date | None = None,
) -> Answer:
    """What the documents say to ``question``; the last item of ``stream`` with the same arguments."""
    *_, answer = stream(question, index, writer=writer, model=model, k=k, history=history, as_of=as_of)
    return answer


def stream(
    question: str,
    index: Where = None,
    *,
    writer: str | Writer = "local",
    model: str | None = None,
    k: int = 8,
    history: Sequence[Answer] = (),
    as_of: date | None = None,
) -> Iterator[Answer]:
    """Ever longer answers, the last one whole.

    ``index`` is an open index, the folder of one, or any folder or file of documents, which is then indexed on the
    fly; None means the default index. ``writer`` is "quote" (no language model), "local" or "openai", with ``model``
    naming what the last two run. ``k`` passages are read. ``as_of`` leaves out documents published later. Raises
    FootnoteError; that the documents do not say is an answer, not an error.
    """
    if not question.strip():
        raise OptionError("the question is empty; ask something")
    timings: dict[str, float] = {}
    with _timed(timings, "total"):
        opened = open_index(index)
        chosen = load_writer(writer, model) if isinstance(writer, str) else writer
        with _timed(timings, "search"):
            hits = opened.search(question, k, until=as_of)
        with _timed(timings, "read"):
            findings = SentenceReader(opened.embedder).read(question, hits) if hits else []
        reason = _why_not(opened, findings)
        text = ""
        with _timed(timings, "write"):
            if not reason:
                for text in chosen.write(question, findings, history):
                    yield _answer(question, text, findings, opened, hits, timings, chosen)
                reason = "" if says_something(text) else "The passages nearest to the question do not hold an answer."
        final = _answer(question, text, findings, opened, hits, timings, chosen) if not reason else None
    yield final if final is not None else abstain(question, reason, hits, timings, chosen.model)


def open_index(where: Where) -> Index:
    """The index that ``where`` names; a folder or file of documents is indexed first, its index kept in the cache.

    Raises IndexNotFound where there is nothing.
    """
    if isinstance(where, Index):
        return where
    if where is None or (Path(where) / FILE_NAME).is_file() or not Path(where).exists():
        return Index.open(where, create=False)
    documents = Path(where).resolve()
    key = hashlib.sha256(str(documents).encode()).hexdigest()[:16]
    index = Index.open(cache_folder() / "libraries" / key)
    index.add(documents, prune=True)
    return index


def abstain(question: str, reason: str, hits: Sequence[Hit], timings: dict[str, float], model: str) -> Answer:
    """The answer that says nothing, why, and what came nearest (``hits``)."""
    return Answer(question, NO_ANSWER, "abstained", reason=reason, hits=tuple(hits), timings=timings, model=model)


def says_something(text: str) -> bool:
    """Whether a writer's text is an answer and not its way of saying that there is none."""
    said = text.strip().casefold()
    return bool(said) and not said.startswith(NO_ANSWER.casefold().rstrip("."))


def _why_not(index: Index, findings: Sequence[Finding]) -> str:
    """Why there is nothing to write from; "" where there is something."""
    if not len(index):
        return "The index is empty: add documents first."
    if not findings:
        return "No passage matches the question under these filters."
    if findings[0].confidence < MIN_CONFIDENCE:
        return "Nothing in the documents comes close to the question."
    return ""


def _answer(
    question: str,
    text: str,
    findings: Sequence[Finding],
    index: Index,
    hits: Sequence[Hit],
    timings: dict[str, float],
    writer: Writer,
) -> Answer:
    with _timed(timings, "cite"):
        sentences, citations = resolve(text, question, findings, index.documents)
    return Answer(
        question=question,
        text=" ".join(sentence.text for sentence in sentences),
        status="answered",
        sentences=sentences,
        citations=citations,
        hits=tuple(hits),
        timings=timings,
        model=writer.model,
    )


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    """Add the seconds spent inside to ``timings[stage]``."""
    began = time.perf_counter()
    try:
        yield
    finally:
        timings[stage] = timings.get(stage, 0.0) + time.perf_counter() - began
