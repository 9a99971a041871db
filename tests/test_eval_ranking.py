"""Retrieval figures: equal to ir_measures' on rankings worked by hand, from evidence and from relevant documents."""

from __future__ import annotations

from math import log2

import ir_measures
import pytest
from ir_measures import RR, P, R, Success, nDCG

from eval.gold import GoldQuestion
from eval.ranking import Ranking, rank_documents, rank_evidence, ranking_figures, recall_curve
from rag import Hit, Passage


def figures(*ranks: int | None, grades: tuple[int, ...] = (), every: bool = False) -> dict[str, float]:
    [found] = ranking_figures([Ranking(ranks, grades or (1,) * len(ranks), every)])
    return found


def test_one_relevant_passage_at_the_third_place() -> None:
    found = figures(3)
    assert (found["recall_at_1"], found["recall_at_5"], found["recall_at_8"]) == (0.0, 1.0, 1.0)
    assert found["precision_at_8"] == pytest.approx(1 / 8)
    assert found["mrr"] == pytest.approx(1 / 3)
    assert found["ndcg_at_10"] == pytest.approx(1 / log2(4))


def test_any_of_two_will_do_unless_all_are_needed() -> None:
    assert figures(9, 2)["recall_at_8"] == 1.0
    assert figures(9, 2, every=True)["recall_at_8"] == 0.5
    assert figures(9, 2)["evidence_recall_at_8"] == 0.5
    assert figures(9, 2)["ndcg_at_10"] == pytest.approx((1 / log2(3) + 1 / log2(10)) / (1 + 1 / log2(3)))


def test_what_is_not_found_counts_and_what_lies_beyond_eight_has_no_rank() -> None:
    assert figures(None)["recall_at_20"] == figures(None)["mrr"] == 0.0
    assert figures(9)["mrr"] == 0.0
    assert figures(9)["recall_at_20"] == 1.0


def test_a_passage_that_holds_two_is_one_relevant_passage() -> None:
    assert figures(1, 1, None)["evidence_recall_at_8"] == 0.5
    assert figures(1, 1)["precision_at_8"] == pytest.approx(1 / 8)


def test_nothing_relevant_has_no_figures() -> None:
    assert figures() == {}
    assert ranking_figures([]) == []


@pytest.mark.parametrize("ranks", [(1, 4, 12), (2, 3, None), (8, 9, 10), (None, None, 20)])
def test_equal_to_the_library_s_own(ranks: tuple[int | None, ...]) -> None:
    """The same ranking as a run of twenty documents, given to the library as any evaluation would."""
    grades = (3, 2, 1)
    qrels = [ir_measures.Qrel("q", f"gold{i}", grade) for i, grade in enumerate(grades)]
    placed = {rank: f"gold{i}" for i, rank in enumerate(ranks) if rank is not None}
    run = [ir_measures.ScoredDoc("q", placed.get(rank, f"d{rank}"), 100.0 - rank) for rank in range(1, 21)]
    theirs = ir_measures.calc_aggregate([R @ 8, P @ 8, RR @ 8, nDCG @ 10, R @ 20, Success @ 5], qrels, run)
    ours = figures(*ranks, grades=grades, every=True)
    assert ours["recall_at_8"] == theirs[R @ 8]
    assert ours["recall_at_20"] == theirs[R @ 20]
    assert ours["precision_at_8"] == theirs[P @ 8]
    assert ours["mrr"] == theirs[RR @ 8]
    assert ours["ndcg_at_10"] == theirs[nDCG @ 10]
    assert figures(*ranks, grades=grades)["recall_at_5"] == theirs[Success @ 5]


def test_the_curve_rises_where_something_is_found() -> None:
    curve = recall_curve([Ranking((1,), (1,)), Ranking((3,), (1,)), Ranking((None,), (1,)), Ranking((), ())])
    assert curve[:4] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert len(curve) == 20
    assert recall_curve([Ranking((), ())]) == []


def hit(text: str, doc_id: str = "d", heading: str = "") -> Hit:
    return Hit(Passage(doc_id, 0, len(text), text, heading), 1.0)


def test_evidence_is_found_with_the_first_passage_that_holds_it() -> None:
    hits = [hit("Nothing."), hit("46 people died.", heading="Raid near Sukhna"), hit("46 people died, at least 61.")]
    gold = GoldQuestion("q", "conflict", "?", (("46",), ("61",)), ("46 people died", "at least 61", "raid near sukhna"))
    assert rank_evidence(gold, hits) == Ranking((2, 3, 2), (1, 1, 1), every=True)
    alternatives = GoldQuestion("q", "fact", "?", (("61", "46"),), ("61", "46"), any_evidence=True)
    assert rank_evidence(alternatives, hits).ranks == (2,)


def test_documents_are_ranked_by_their_first_passage() -> None:
    gold = GoldQuestion("q", "retrieval", "?", relevant=(("d2", 2), ("d9", 1)))
    assert rank_documents(gold, ["d1", "d1", "d2", "d3"]) == Ranking((2, None), (2, 1), every=True)


def test_a_question_that_is_a_document_does_not_find_itself() -> None:
    gold = GoldQuestion("d7", "retrieval", "?", relevant=(("d2", 1),))
    assert rank_documents(gold, ["d7", "d2"]).ranks == (1,)
