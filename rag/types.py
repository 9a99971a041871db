"""The nouns of Footnote and the sockets that a backend fills.

Every offset counts characters of ``Document.text`` and is half-open: ``text[start:end]``. All nouns are frozen;
a list of hits or findings is sorted, best first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # (n, dimensions), rows of unit length
Status = Literal["answered", "disputed", "abstained"]
Mode = Literal["hybrid", "dense", "lexical"]
Verdict = Literal["verbatim", "supported", "unsupported", "uncited"]


@dataclass(frozen=True, slots=True)
class Section:
    """A run of body text under one heading. What lies between sections (headlines, boilerplate) is in no passage."""

    heading: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One article. A file can hold several; ``text`` is this article's part of the file, boilerplate included.

    ``doc_id`` is stable while source and title stay; ``source`` is the file's path; ``page_starts`` holds the offset
    at which each page begins (empty for formats without pages).
    """

    doc_id: str
    text: str
    title: str
    source: str
    published: date | None = None
    authors: tuple[str, ...] = ()
    page_starts: tuple[int, ...] = ()
    sections: tuple[Section, ...] = ()

    def page(self, offset: int) -> int | None:
        """The 1-based page that holds the character at ``offset``; None for a format without pages."""
        return sum(start <= offset for start in self.page_starts) or None


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one section: ``document.text[start:end] == passage.text``."""

    doc_id: str
    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that search found. ``dense`` is a cosine, ``lexical`` a BM25 score; None where a ranking missed it."""

    passage: Passage
    score: float
    dense: float | None = None
    lexical: float | None = None
    title: str = ""  # of the passage's document, as is
    published: date | None = None
    context: str = ""  # what of the question the document tells before the passage, and the passage does not repeat


@dataclass(frozen=True, slots=True)
class Finding:
    """What one passage says to the question: the span ``[start, end)`` of its document and how sure the reader is.

    ``answer`` is the shortest words that answer; ``quote`` is the sentence around them, ``document.text[start:end]``.
    ``support`` holds the findings of other sentences that say the same.
    """

    passage: Passage
    start: int
    end: int
    answer: str
    confidence: float
    score: float = 0.0  # the reader's own, from which the confidence is made
    doubt: float = 0.0  # what rules took off that score
    verified: float = 0.0  # the score by a second, stricter look, less the same; weighs in the confidence too
    extent: str = ""  # the shortest run of words of the quote that all but surely holds the whole answer
    excerpt: str = ""  # the run of at most 30 of the passage's words that likeliest holds the whole answer
    support: tuple[Finding, ...] = ()

    @property
    def quote(self) -> str:
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered footnote. ``quote == document.text[start:end]``, checked when it is made."""

    number: int
    doc_id: str
    title: str
    source: str
    published: date | None
    start: int
    end: int
    quote: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One value that sources give for the same thing, with the citations (by number) that give it."""

    value: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, as written (markers included), with the numbers of the citations behind it."""

    text: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """What the checker made of one written sentence, and why, in words.

    A sentence that is "unsupported" gives way to its quote, one that is "uncited" is left out; the other two are shown.
    ``support`` is how likely its quotes bear it out by the trained network, None where that was not asked.
    """

    sentence: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    support: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say. "They do not say" is an answer too: ``status == "abstained"`` with a ``reason``.

    Of any other answer ``reason`` is empty, unless a writer's server failed: then it says how, and quotes answer.
    """

    question: str
    text: str
    status: Status
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    reason: str = ""
    disagreements: tuple[Disagreement, ...] = ()
    hits: tuple[Hit, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)  # stage -> seconds
    model: str = ""
    checks: tuple[Check, ...] = ()  # of each written sentence, those that were not shown included
    query: str = ""  # what was searched and read for, where that is not the question: a follow-up in full
    findings: tuple[Finding, ...] = ()  # what the hits say to the question, best first, said in the answer or not
    request: str = ""  # the id under which a server logs what asked for it

    @property
    def confidence(self) -> float | None:
        """How likely the best finding is right; None where nothing was read."""
        return self.findings[0].confidence if self.findings else None

    def __str__(self) -> str:
        from rag.render import plain_text

        return plain_text(self)

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON types; dates are ISO strings, times are seconds."""
        from rag.render import as_json

        answer: dict[str, Any] = as_json(self)
        return answer

    @classmethod
    def from_dict(cls, answer: Mapping[str, Any]) -> Answer:
        """The answer that ``to_dict`` wrote. Raises ValueError for anything else."""
        from rag.render import from_json

        return from_json(cls, answer)


FileState = Literal["new", "updated", "unchanged", "removed", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file: ``reason`` says why it failed or was skipped, and is empty otherwise.

    ``error`` names the error (in ``rag.errors``) of one that failed, or that is no file at all.
    """

    source: str
    state: FileState
    n_documents: int = 0
    n_passages: int = 0
    reason: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What ``Index.add`` did, file by file, and how many passages it had to embed."""

    files: tuple[FileReport, ...] = ()
    n_embedded: int = 0
    seconds: float = 0.0

    def count(self, state: FileState) -> int:
        return sum(file.state == state for file in self.files)

    @property
    def failed(self) -> tuple[FileReport, ...]:
        return tuple(file for file in self.files if file.state == "failed")


@dataclass(frozen=True, slots=True)
class Source:
    """One indexed file and what it holds."""

    source: str
    n_documents: int
    n_passages: int
    added: str  # ISO 8601, UTC


@runtime_checkable
class Embedder(Protocol):
    """Text to unit vectors. ``fingerprint`` changes whenever the vectors would."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...
    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...


@runtime_checkable
class Reader(Protocol):
    """Reads each hit by itself. One finding a hit that says something, best first.

    ``threshold`` is the confidence below which nothing is said.
    """

    @property
    def threshold(self) -> float: ...
    def read(self, question: str, hits: Sequence[Hit]) -> list[Finding]: ...


@runtime_checkable
class Writer(Protocol):
    """Findings to an ever longer text with [n] markers, n counting ``findings`` from 1. "" means: nothing to say."""

    @property
    def model(self) -> str: ...
    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]: ...


@runtime_checkable
class Loadable(Protocol):
    """A writer that is slow to load and can do so ahead of the first question."""

    def load(self) -> None: ...
