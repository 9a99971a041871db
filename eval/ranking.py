"""Retrieval figures, computed by ir_measures (which asks trec_eval), one ranking a question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eval.gold import GoldQuestion
from eval.metrics import mean, unit_ranks

if TYPE_CHECKING:
    from rag import Hit

RECALL_K = 8  # the depth of recall_at_8 and mrr
KS = (1, 5, RECALL_K, 20)
PRECISION_K, NDCG_K, DEEP_K = 8, 10, 100


@dataclass(frozen=True, slots=True)
class Ranking:
    """Where search found each thing that is relevant: ``ranks`` from 1, None for not at all, beside its ``grades``.

    A thing is an evidence string, found with the first passage that holds it, or a document. One passage that holds
    several counts as one relevant passage; a later one that only repeats an earlier one's evidence counts as none.
    With ``every``, recall is the share of the relevant that is found; without, whether any is.
    """

    ranks: tuple[int | None, ...]
    grades: tuple[int, ...]
    every: bool = False


def with_heading(hit: Hit) -> str:
    """What a passage can hold evidence with. A headline stands in no passage's text; those under it hold it."""
    return f"{hit.passage.heading}\n{hit.passage.text}"


def rank_evidence(gold: GoldQuestion, hits: Iterable[Hit]) -> Ranking:
    """The ranking of a question with evidence strings."""
    ranks = unit_ranks(gold.units, [with_heading(hit) for hit in hits])
    return Ranking(ranks, (1,) * len(ranks), gold.needs_all)


def rank_documents(gold: GoldQuestion, keys: Iterable[str]) -> Ranking:
    """The ranking of a question with relevant documents; ``keys`` are those of the hits' documents, best first.

    A question that is a document of the corpus itself does not find itself, as in BEIR's own evaluation.
    """
    others = dict.fromkeys(key for key in keys if key != gold.id)
    places = {key: rank for rank, key in enumerate(others, 1)}
    return Ranking(
        tuple(places.get(key) for key, _ in gold.relevant), tuple(grade for _, grade in gold.relevant), every=True
    )


def ranking_figures(rankings: Sequence[Ranking]) -> list[dict[str, float]]:
    """Of each ranking, by name: recall_at_k, evidence_recall_at_8, precision_at_8, ndcg_at_10 and mrr.

    ``mrr`` is 1 / the rank of the first relevant passage among 8, 0 beyond. Rankings with nothing relevant have none.
    """
    from ir_measures import RR, P, R, Success, nDCG

    measured = _measured(
        rankings,
        [measure @ k for measure in (R, Success) for k in (*KS, DEEP_K)]
        + [P @ PRECISION_K, nDCG @ NDCG_K, RR @ RECALL_K],
    )
    return [
        {
            **{f"recall_at_{k}": values[_recall(ranking, k)] for k in (*KS, DEEP_K)},
            f"evidence_recall_at_{RECALL_K}": values[f"R@{RECALL_K}"],
            f"precision_at_{PRECISION_K}": values[f"P@{PRECISION_K}"],
            f"ndcg_at_{NDCG_K}": values[f"nDCG@{NDCG_K}"],
            "mrr": values[f"RR@{RECALL_K}"],
        }
        if ranking.ranks
        else {}
        for ranking, values in zip(rankings, measured, strict=True)
    ]


def recall_curve(rankings: Sequence[Ranking]) -> list[float]:
    """The mean recall_at_k for each k from 1 to 20, of the rankings with something relevant; [] without any."""
    from ir_measures import R, Success

    ks = range(1, max(KS) + 1)
    sought = [ranking for ranking in rankings if ranking.ranks]
    measured = _measured(sought, [measure @ k for measure in (R, Success) for k in ks])
    return [
        mean(values[_recall(ranking, k)] for ranking, values in zip(sought, measured, strict=True))
        for k in ks
        if sought
    ]


def _recall(ranking: Ranking, k: int) -> str:
    return f"R@{k}" if ranking.every else f"Success@{k}"


def _measured(rankings: Sequence[Ranking], measures: Sequence[Any]) -> list[dict[str, float]]:
    """The measures of each ranking by their name; 0.0 where nothing relevant was found or sought."""
    import ir_measures

    qrels, run = [], []
    for number, ranking in enumerate(rankings):
        found: dict[int, str] = {}
        for i, (rank, grade) in enumerate(zip(ranking.ranks, ranking.grades, strict=True)):
            if rank is not None and found.setdefault(rank, f"relevant-{i}") != f"relevant-{i}":
                continue  # the same passage holds it
            qrels.append(ir_measures.Qrel(str(number), f"relevant-{i}", grade))
        run += [
            ir_measures.ScoredDoc(str(number), found.get(rank, f"other-{rank}"), -float(rank))
            for rank in range(1, max(found, default=0) + 1)
        ]
    values = [dict.fromkeys(map(str, measures), 0.0) for _ in rankings]
    for metric in ir_measures.iter_calc(measures, qrels, run) if qrels else ():
        values[int(metric.query_id)][str(metric.measure)] = metric.value
    return values
