"""One row a question, and the figures of a run computed from its rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.gold import GoldQuestion
from eval.metrics import (
    evidence_ranks,
    holds_answer,
    mean,
    overlaps,
    percentile,
    recall_at_k,
    reciprocal_rank,
)
from rag.types import Answer, Citation, Document, Status

RECALL_K = 8  # passages that are searched for evidence, whatever the run's own k


@dataclass(frozen=True, slots=True)
class CitedQuote:
    """A citation as given. ``good``: it overlaps evidence. ``verbatim``: its document says exactly this."""

    quote: str
    title: str
    source: str
    published: str | None  # ISO 8601
    start: int
    end: int
    good: bool
    verbatim: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one question. ``ranks``: for each evidence string, where search found it, or None."""

    id: str
    type: str
    question: str
    answerable: bool
    status: Status
    answer: str
    citations: tuple[CitedQuote, ...]
    right: bool
    ranks: tuple[int | None, ...]
    seconds: float

    @property
    def abstained(self) -> bool:
        return self.status == "abstained"

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """``accuracy``: the share of right rows; for unanswerable questions, of abstentions."""

    n: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class EvalReport:
    """The figures of a run. All but ``n`` and the latencies (seconds) are shares from 0 to 1."""

    n: int
    answerable_accuracy: float  # right, of the answerable
    abstain_precision: float  # unanswerable, of the abstained
    abstain_recall: float  # abstained, of the unanswerable
    citation_precision: float  # citations that overlap evidence, of all on answerable questions that got an answer
    citation_recall: float  # answerable questions with such a citation, of the answerable
    quotes_verbatim: float  # quotes that are their document's words, of all; 1.0 if there is none
    recall_at_8: float  # evidence within the first 8 passages, over answerable questions that have evidence
    mrr: float  # 1 / rank of the first passage with evidence (0 beyond 8), over the same questions
    latency_p50_s: float
    latency_p95_s: float
    by_type: dict[str, TypeFigures]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return asdict(self)


def score(
    gold: GoldQuestion,
    answer: Answer,
    passages: Sequence[str],
    documents: Iterable[Document | None],
    seconds: float,
) -> Row:
    """Hold an answer to its gold question.

    ``passages`` are the texts, headings included, that search found for the question, best first; ``documents``
    are those that ``answer.citations`` name, one each, None for one that the index does not have.
    """
    abstained = answer.status == "abstained"
    cited = zip(answer.citations, documents, strict=True)
    return Row(
        id=gold.id,
        type=gold.type,
        question=gold.question,
        answerable=gold.answerable,
        status=answer.status,
        answer=answer.text,
        citations=tuple(_cited_quote(citation, document, gold.evidence) for citation, document in cited),
        right=not abstained and holds_answer(answer.text, gold.answer) if gold.answerable else abstained,
        ranks=evidence_ranks(gold.evidence, passages),
        seconds=seconds,
    )


def _cited_quote(citation: Citation, document: Document | None, evidence: Sequence[str]) -> CitedQuote:
    return CitedQuote(
        quote=citation.quote,
        title=citation.title,
        source=citation.source,
        published=None if citation.published is None else citation.published.isoformat(),
        start=citation.start,
        end=citation.end,
        good=any(overlaps(citation.quote, string) for string in evidence),
        verbatim=document is not None and document.text[citation.start : citation.end] == citation.quote,
    )


def summarise(rows: Sequence[Row]) -> EvalReport:
    """The figures of these rows."""
    answerable = [row for row in rows if row.answerable]
    sought = [row for row in answerable if row.ranks]
    quotes = [quote for row in rows for quote in row.citations]
    seconds = [row.seconds for row in rows]
    return EvalReport(
        n=len(rows),
        answerable_accuracy=mean(row.right for row in answerable),
        abstain_precision=mean(not row.answerable for row in rows if row.abstained),
        abstain_recall=mean(row.abstained for row in rows if not row.answerable),
        citation_precision=mean(quote.good for row in answerable if not row.abstained for quote in row.citations),
        citation_recall=mean(any(quote.good for quote in row.citations) for row in answerable),
        quotes_verbatim=mean(quote.verbatim for quote in quotes) if quotes else 1.0,
        recall_at_8=mean(recall_at_k(row.ranks, RECALL_K, every=row.type == "conflict") for row in sought),
        mrr=mean(reciprocal_rank(row.ranks) for row in sought),
        latency_p50_s=percentile(seconds, 50),
        latency_p95_s=percentile(seconds, 95),
        by_type=_by_type(rows),
    )


def _by_type(rows: Sequence[Row]) -> dict[str, TypeFigures]:
    """The figures of each type, in the order in which the types first appear."""
    right: dict[str, list[bool]] = {}
    for row in rows:
        right.setdefault(row.type, []).append(row.right)
    return {kind: TypeFigures(len(marks), mean(marks)) for kind, marks in right.items()}
