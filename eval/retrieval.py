"""``python -m eval.retrieval``: how well each ranking finds the evidence of a gold file."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eval.gold import GoldQuestion, load_gold
from eval.metrics import mean
from eval.ranking import RECALL_K, rank_evidence, ranking_figures
from rag import Hit, Index
from rag.errors import FootnoteError

RRF_K = 60  # the constant of Cormack, Clarke and Büttcher (SIGIR 2009)
DEPTH = 50  # how many hits of each ranking are fused

Search = Callable[[str], Sequence[Hit]]


def reciprocal_rank_fusion(index: Index, question: str, depth: int = DEPTH) -> list[Hit]:
    """Dense and lexical hits ordered by the sum of 1 / (60 + rank): what the index does not do, to compare with."""
    scores: dict[Hit, float] = {}
    places: dict[tuple[str, int], Hit] = {}
    for mode in ("dense", "lexical"):
        for rank, hit in enumerate(index.search(question, depth, mode=mode), 1):
            known = places.setdefault((hit.passage.doc_id, hit.passage.start), hit)
            scores[known] = scores.get(known, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores, key=lambda hit: -scores[hit])


def figures(search: Search, questions: Sequence[GoldQuestion]) -> tuple[float, float]:
    """``recall_at_8`` and ``mrr`` over the questions that have evidence, as the eval run counts them."""
    rankings = [
        rank_evidence(gold, search(gold.question)[:RECALL_K]) for gold in questions if gold.answerable and gold.evidence
    ]
    found = ranking_figures(rankings)
    return mean(one[f"recall_at_{RECALL_K}"] for one in found), mean(one["mrr"] for one in found)


def main() -> int:
    """Index the corpus, ask each ranking for every question, print one table."""
    parser = argparse.ArgumentParser(prog="python -m eval.retrieval", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="file or folder to index")
    parser.add_argument("--gold", type=Path, required=True, help="gold questions, one JSON object a line")
    options = parser.parse_args()
    table = Table("ranking", "recall_at_8", "mrr")
    try:
        questions = load_gold(options.gold)
        with tempfile.TemporaryDirectory(prefix="footnote-eval-") as scratch, Index.open(scratch) as index:
            index.add(options.corpus)
            rankings: dict[str, Search] = {
                "dense alone": partial(index.search, k=DEPTH, mode="dense"),
                "BM25 alone": partial(index.search, k=DEPTH, mode="lexical"),
                "reciprocal rank fusion": partial(reciprocal_rank_fusion, index),
                "min-max average (hybrid)": partial(index.search, k=DEPTH),
            }
            for name, search in rankings.items():
                table.add_row(name, *(f"{figure:.3f}" for figure in figures(search, questions)))
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
