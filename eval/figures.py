"""Every figure of a run, computed from its rows alone: a share or mean over questions, with its 95 % interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.bootstrap import Values, ratio_interval, resamples, statistic_interval
from eval.ranking import DEEP_K, KS, NDCG_K, PRECISION_K, RECALL_K, ranking_figures
from eval.scoring import CitedQuote, Row
from eval.selective import aurc, ece

Counted = tuple[float, float]  # what counts, of what


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure as counted / of, summed over rows. ``better`` is +1 where more is better, -1 where less, else 0."""

    name: str
    group: str
    meaning: str
    count: Callable[[Row], Counted]
    better: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval over ``n`` questions; all None where there is nothing to count."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def _share(values: Iterable[bool | float | None]) -> Counted:
    listed = [float(value) for value in values if value is not None]
    return sum(listed), float(len(listed))


def _if(condition: object, value: bool | float | None) -> Counted:
    return _share([value]) if condition else (0.0, 0.0)


def _quotes(row: Row) -> Sequence[CitedQuote]:
    return row.citations if row.answerable and not row.abstained else ()


def _alternatives(row: Row) -> bool:
    return bool(row.answerable) and len(row.gold) == 1


def _cited_numbers(row: Row) -> list[tuple[int, Sequence[int], Sequence[int]]]:
    return [(n, one.precise, one.needed) for one in row.sentences for n in one.numbers]


METRICS: tuple[Metric, ...] = (
    Metric("answerable_accuracy", "answers", "right answers, of the answerable questions",
           lambda r: _if(r.answerable, r.right)),
    Metric("answer_words", "answers", "words of an answer that was given",
           lambda r: _if(r.status in ("answered", "disputed"), r.words), 0),
    Metric("exact_match", "reading", "the reader's first span is an answer (SQuAD's rule), of answerable questions",
           lambda r: _if(_alternatives(r), r.found is not None and r.found.exact_match)),
    Metric("f1", "reading", "words that the reader's first span shares with an answer (SQuAD's F1)",
           lambda r: _if(_alternatives(r), 0.0 if r.found is None else r.found.f1)),
    Metric("f1_abstaining", "reading", "SQuAD 2.0's F1: silence counts as the empty answer",
           lambda r: _abstaining(r)),
    Metric("best_subspan", "reading", "at most 30 words of the reader's first sentence hold an answer",
           lambda r: _if(_alternatives(r), r.found is not None and r.found.best_subspan)),
    Metric("abstain_precision", "abstention", "unanswerable questions, of those met with silence",
           lambda r: _if(r.abstained, not r.answerable)),
    Metric("abstain_recall", "abstention", "met with silence, of the unanswerable questions",
           lambda r: _if(r.answerable is False, r.abstained)),
    Metric("citation_precision", "citations", "quotes that overlap evidence, of those of answered answerable questions",
           lambda r: _share(q.good for q in _quotes(r) if r.evidence)),
    Metric("citation_recall", "citations", "answerable questions with such a quote, of the answerable",
           lambda r: _if(r.answerable and r.evidence, any(q.good for q in r.citations))),
    Metric("quotes_verbatim", "citations", "quotes that their document holds at exactly that place",
           lambda r: _share(q.verbatim for q in r.citations)),
    Metric("sentences_supported", "citations", "sentences that their quotes bear out (ALCE's citation recall)",
           lambda r: _share(s.supported for s in r.sentences)),
    Metric("citations_precise", "citations", "citations that support alone or are needed (ALCE's citation precision)",
           lambda r: _share(n in precise for n, precise, _ in _cited_numbers(r))),
    Metric("citations_needed", "citations", "citations without which their sentence would not be borne out",
           lambda r: _share(n in needed for n, _, needed in _cited_numbers(r)), 0),
    Metric("dispute_precision", "disagreements", "questions on which the sources disagree, of those answered so",
           lambda r: _if(r.status == "disputed", r.type == "conflict")),
    Metric("dispute_recall", "disagreements", "answered with both sides, of those on which the sources disagree",
           lambda r: _if(r.type == "conflict", r.status == "disputed")),
)  # fmt: skip

RETRIEVAL: Mapping[str, str] = {
    "recall_at_1": "evidence in the first passage (all of it where all is needed)",
    **{f"recall_at_{k}": f"evidence within the first {k} passages (all of it where all is needed)" for k in KS[1:]},
    f"recall_at_{DEEP_K}": f"relevant documents within the first {DEEP_K} passages",
    f"evidence_recall_at_{RECALL_K}": f"the share of all evidence within the first {RECALL_K} passages",
    f"precision_at_{PRECISION_K}": f"passages that bring evidence, of the first {PRECISION_K}",
    f"ndcg_at_{NDCG_K}": f"nDCG of the first {NDCG_K} passages",
    "mrr": f"1 / rank of the first passage with evidence, 0 beyond {RECALL_K}",
}
CONFIDENCE: Mapping[str, str] = {
    "aurc": "area under the risk-coverage curve: the mean share of wrong answers, the surest questions first",
    "ece": "expected calibration error of the confidence, ten bins",
}
GROUPS = ("answers", "abstention", "citations", "disagreements", "reading", "retrieval", "confidence")
LESS_IS_BETTER = frozenset({"aurc", "ece"})
Marks = dict[str, tuple[Values, Values]]  # figure -> (counted, of), each (n rows,)


def meanings() -> dict[str, str]:
    """What each figure says, by its name."""
    return {**{metric.name: metric.meaning for metric in METRICS}, **RETRIEVAL, **CONFIDENCE}


def group_of(name: str) -> str:
    if name in CONFIDENCE:
        return "confidence"
    return next((metric.group for metric in METRICS if metric.name == name), "retrieval")


def better(name: str) -> int:
    """+1 for a figure of which more is better, -1 where less is, 0 where neither is."""
    if name in LESS_IS_BETTER:
        return -1
    return next((metric.better for metric in METRICS if metric.name == name), 1)


def marks(rows: Sequence[Row]) -> Marks:
    """Of each figure that is a share or a mean, what each row counts, and of what (0 where it does not)."""
    pairs = {metric.name: [metric.count(row) for row in rows] for metric in METRICS}
    sought = [row.ranking if row.answerable is not False else type(row.ranking)((), ()) for row in rows]
    ranked = ranking_figures(sought)
    for name in RETRIEVAL:
        deep = name == f"recall_at_{DEEP_K}"
        pairs[name] = [
            _if(name in found and not (deep and row.answerable is not None), found.get(name))
            for row, found in zip(rows, ranked, strict=True)
        ]
    return {
        name: (np.array([c for c, _ in listed], dtype=float), np.array([of for _, of in listed], dtype=float))
        for name, listed in pairs.items()
    }


def confident(rows: Sequence[Row]) -> tuple[Values, Values]:
    """The confidence of each question for which there is one, and whether what it goes with is right; both (m,)."""
    held = [(row.found.confidence, bool(row.would_be_right)) for row in rows if row.found is not None]
    return np.array([c for c, _ in held], dtype=float), np.array([right for _, right in held], dtype=float)


def figures(rows: Sequence[Row]) -> dict[str, Figure]:
    """Every figure of these rows by name."""
    drawn = resamples(len(rows))
    found = {
        name: _figure(counted.sum() / of.sum(), ratio_interval(counted, of, drawn), int((of > 0).sum()))
        if of.sum()
        else Figure(None, None, None, 0)
        for name, (counted, of) in marks(rows).items()
    }
    confidence, right = confident(rows)
    again = resamples(len(confidence))
    for name, statistic in (("aurc", aurc), ("ece", ece)):
        if not len(confidence):
            found[name] = Figure(None, None, None, 0)
            continue
        bounds = statistic_interval(lambda at, of=statistic: of(confidence[at], right[at]), again)  # type: ignore[misc]
        found[name] = _figure(statistic(confidence, right), bounds, len(confidence))
    return found


def _figure(value: float, bounds: tuple[float, float], n: int) -> Figure:
    return Figure(float(value), *bounds, n)


def _abstaining(row: Row) -> Counted:
    if _alternatives(row):
        return _share([0.0 if row.abstained or row.found is None else row.found.f1])
    return _if(row.answerable is False, row.abstained)
