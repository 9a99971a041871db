"""One row a question: its answer held to its gold, and what every stage did on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from typing import Any

from eval.blame import Searches, Stage, blame
from eval.gold import GoldQuestion
from eval.metrics import best_subspan, exact_match, f1, holds_answer, normalise, overlaps, without_markers
from eval.ranking import Ranking, rank_evidence
from eval.recording import Trace
from eval.support import JudgedSentence, Supports, judged, supported_by_rule
from rag.types import Citation, Disagreement, Document

NOT_ASKED = "searched"  # the status of a question that only search was held to


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
class BestFinding:
    """What the reader found first. ``holds``: its sentence answers. Exact match, F1 and subspan (of at most 30 words)
    are against the one group of answers; None where there are several groups or none."""

    answer: str
    quote: str
    confidence: float
    holds: bool
    exact_match: bool | None = None
    f1: float | None = None
    best_subspan: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one question. ``ranks``: for each evidence string (or relevant document) where search found it.

    ``right`` is None where no answer was asked for. ``would_be_right``: what was answered, or would have been had the
    system not abstained, is right: what a risk-coverage curve needs. ``blame``: the stage that lost a row.
    """

    id: str
    type: str
    question: str
    answerable: bool | None
    status: str
    answer: str
    citations: tuple[CitedQuote, ...]
    right: bool | None
    ranks: tuple[int | None, ...]
    grades: tuple[int, ...] = ()
    every: bool = False
    gold: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[str, ...] = ()
    reviewed: bool = True
    reason: str = ""
    sentences: tuple[JudgedSentence, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    found: BestFinding | None = None
    would_be_right: bool | None = None
    blame: Stage | None = None
    words: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    timings: Mapping[str, float] = field(default_factory=dict)  # stage -> seconds
    model: str = ""  # who wrote the answer; "" in rows of before this was kept

    @property
    def abstained(self) -> bool:
        return self.status == "abstained"

    @property
    def fell_back(self) -> bool:
        """Whether quotes answered because the writer's server failed; ``reason`` says how."""
        return self.status in ("answered", "disputed") and bool(self.reason)

    @property
    def ranking(self) -> Ranking:
        return Ranking(self.ranks, self.grades, self.every)

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Row:
        """The row that ``to_dict`` wrote. Raises KeyError or TypeError for anything else."""
        made = {
            "citations": tuple(CitedQuote(**quote) for quote in row["citations"]),
            "ranks": tuple(row["ranks"]),
            "grades": tuple(row.get("grades", ())),
            "gold": tuple(tuple(group) for group in row.get("gold", ())),
            "evidence": tuple(row.get("evidence", ())),
            "sentences": tuple(
                JudgedSentence(**{**one, **{name: tuple(one[name]) for name in ("numbers", "precise", "needed")}})
                for one in row.get("sentences", ())
            ),
            "disagreements": tuple(Disagreement(d["value"], tuple(d["numbers"])) for d in row.get("disagreements", ())),
            "found": None if row.get("found") is None else BestFinding(**row["found"]),
        }
        return cls(**{**row, **made})


def score(
    gold: GoldQuestion,
    trace: Trace,
    index: Searches,
    *,
    root: str = "",
    seconds: float = 0.0,
    tokens: Mapping[str, int] | None = None,
    supports: Supports = supported_by_rule,
) -> Row:
    """Hold an answer to its gold question.

    ``index`` says what the cited documents hold, and where a wrong row's evidence was lost. ``root`` is the folder
    that sources are named from. ``supports`` judges each sentence by its quotes.
    """
    answer = trace.answer
    abstained = answer.status == "abstained"
    holds = not abstained and holds_answer(without_markers(answer.text), gold.answer)
    right = holds if gold.answerable else abstained
    ranking = rank_evidence(gold, trace.hits)
    citations = tuple(_cited_quote(c, index.documents.get(c.doc_id), gold, root) for c in answer.citations)
    quotes = {citation.number: citation.quote for citation in answer.citations}
    found = _best_finding(gold, trace)
    return Row(
        **_asked(gold, ranking),
        status=answer.status,
        answer=answer.text,
        citations=citations,
        right=right,
        evidence=gold.evidence,
        reason=answer.reason,
        sentences=() if abstained else tuple(judged(s, quotes, supports) for s in answer.sentences),
        disagreements=answer.disagreements,
        found=found,
        would_be_right=(found is not None and found.holds) if abstained else holds,
        blame=blame(gold, trace, index, ranking, right=right, well_cited=_well_cited(gold, citations)),
        words=0 if abstained else len(answer.text.split()),
        tokens={} if tokens is None else tokens,
        seconds=seconds,
        timings=answer.timings,
        model=answer.model,
    )


def searched(gold: GoldQuestion, ranking: Ranking, *, seconds: float = 0.0) -> Row:
    """The row of a question that only search is held to."""
    lost = bool(ranking.ranks) and all(rank is None for rank in ranking.ranks)
    return Row(
        **_asked(gold, ranking),
        status=NOT_ASKED,
        answer="",
        citations=(),
        right=None,
        evidence=tuple(key for key, _ in gold.relevant),
        blame="retrieve" if lost else None,
        seconds=seconds,
        timings={"search": seconds},
    )


def _asked(gold: GoldQuestion, ranking: Ranking) -> dict[str, Any]:
    """What of a row is the question's and the search's."""
    return {
        **{name: getattr(gold, name) for name in ("id", "type", "question", "answerable", "reviewed")},
        **{name: getattr(ranking, name) for name in ("ranks", "grades", "every")},
        "gold": gold.answer,
    }


def _well_cited(gold: GoldQuestion, citations: Sequence[CitedQuote]) -> bool:
    return all(c.verbatim for c in citations) and (not gold.evidence or any(c.good for c in citations))


def _best_finding(gold: GoldQuestion, trace: Trace) -> BestFinding | None:
    if not trace.findings:
        return None
    best = trace.findings[0]
    figures: dict[str, Any] = {}
    if len(gold.answer) == 1:
        strings = gold.answer[0]
        figures = {
            "exact_match": any(exact_match(best.answer, string) for string in strings),
            "f1": max(f1(best.answer, string) for string in strings),
            "best_subspan": best_subspan(best.excerpt or best.quote, strings),
        }
    return BestFinding(
        best.answer, best.quote, round(best.confidence, 6), holds_answer(best.quote, gold.answer), **figures
    )


def _cited_quote(citation: Citation, document: Document | None, gold: GoldQuestion, root: str) -> CitedQuote:
    return CitedQuote(
        quote=citation.quote,
        title=citation.title,
        source=citation.source.removeprefix(root).lstrip("/\\") if root else citation.source,
        published=None if citation.published is None else citation.published.isoformat(),
        start=citation.start,
        end=citation.end,
        good=_from_source(citation, gold) and any(overlaps(citation.quote, string) for string in gold.evidence),
        verbatim=document is not None and document.text[citation.start : citation.end] == citation.quote,
    )


def _from_source(citation: Citation, gold: GoldQuestion) -> bool:
    """Whether the citation is from the document that the question names by its file or title, if it names one."""
    named, path = normalise(gold.source), PurePath(citation.source)
    return not named or named in {normalise(path.name), normalise(path.stem), normalise(citation.title)}
