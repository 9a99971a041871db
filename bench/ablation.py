"""``python -m bench.ablation``: what each choice in finding and reading is worth, one changed at a time."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.gold import load_gold
from eval.metrics import best_subspan, holds_answer, mean
from eval.ranking import RECALL_K, Ranking, rank_evidence, ranking_figures
from eval.retrieval import reciprocal_rank_fusion
from eval.rows import load_rows
from eval.wiki import CORPUS, opened
from rag import Hit, Index, load_reader
from rag.chunking import split
from rag.pipeline import N_READ
from rag.types import Document, Mode, Passage

WIKI_SETS = ("squad2_dev", "squadshifts_new_wiki")


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to find and read. ``patches`` replaces names of rag by others: what no option of Footnote changes."""

    name: str
    mode: Mode | None = "hybrid"  # None: reciprocal rank fusion
    n_read: int = N_READ
    patches: dict[str, Any] = field(default_factory=dict)
    reindex: bool = False  # whether the passages or their vectors differ

    def search(self, index: Index, question: str) -> Sequence[Hit]:
        if self.mode is None:
            return reciprocal_rank_fusion(index, question)[: self.n_read]
        return index.search(question, self.n_read, mode=self.mode)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; ``ranking`` says where an answer's evidence was found, ``right`` whether a sentence answers."""

    text: str
    ranking: Callable[[Sequence[Hit]], Ranking]
    right: Callable[[str], bool]


def words_only(document: Document, passage: Passage) -> str:
    return passage.text


def untitled(title: str, heading: str) -> str:
    return ""


CHOICES = (
    Choice("as it ships"),
    Choice("BM25 alone", mode="lexical"),
    Choice("dense alone", mode="dense"),
    Choice("reciprocal rank fusion", mode=None),
    Choice("8 passages read", n_read=8),
    Choice("40 passages read", n_read=40),
    Choice(
        "order by the reader alone", patches={"rag.calibration.Calibration.ranks": lambda _, scores, cosines: scores}
    ),
    Choice("sentence of the best single span", patches={"rag.spans.TEMPERATURE": 0.01}),
    Choice("no title before the passage", patches={"rag.reader.prefix": untitled}),
    Choice("no title in the vector", patches={"rag.ingest.embedding_text": words_only}, reindex=True),
    Choice(
        "passages of 60 to 90 words",
        patches={"rag.ingest.split": partial(split, min_words=60, max_words=90)},
        reindex=True,
    ),
    Choice(
        "passages of 180 to 270 words",
        patches={"rag.ingest.split": partial(split, min_words=180, max_words=270)},
        reindex=True,
    ),
    Choice("no sentence shared by neighbours", patches={"rag.ingest.split": partial(split, overlap=0)}, reindex=True),
)


@contextmanager
def applied(choice: Choice) -> Iterator[None]:
    with ExitStack() as stack:
        for target, replacement in choice.patches.items():
            stack.enter_context(patch(target, replacement))
        yield


def gold_questions(path: Path) -> list[Question]:
    """The answerable questions of a gold file."""
    return [
        Question(gold.question, partial(rank_evidence, gold), partial(_holds, gold.answer))
        for gold in load_gold(path)
        if gold.answerable
    ]


def wiki_questions(data: Path, n_rows: int) -> list[Question]:
    """Answerable dev rows, to be asked over the Wikipedia paragraphs."""

    def ranking(answers: Sequence[str], hits: Sequence[Hit]) -> Ranking:
        rank = next((n for n, hit in enumerate(hits, 1) if best_subspan(hit.passage.text, answers)), None)
        return Ranking((rank,), (1,))

    def right(answers: Sequence[str], quote: str) -> bool:
        return best_subspan(quote, answers)

    return [
        Question(row.question, partial(ranking, row.answers), partial(right, row.answers))
        for name in WIKI_SETS
        for row in load_rows(data, name, n_rows)
        if row.answers
    ]


def figures(choice: Choice, index: Index, questions: Sequence[Question]) -> tuple[float, float, float]:
    """``recall_at_8``, ``mrr``, and how often the sentence that the reader puts first answers."""
    rankings, right = [], []
    with applied(choice):
        for question in questions:
            hits = choice.search(index, question.text)
            rankings.append(question.ranking(hits))
            findings = load_reader().read(question.text, hits)
            right.append(bool(findings) and question.right(findings[0].quote))
    found = ranking_figures(rankings)
    return mean(one[f"recall_at_{RECALL_K}"] for one in found), mean(one["mrr"] for one in found), mean(right)


def main() -> None:
    """Measure every choice on both corpora and print one table."""
    parser = argparse.ArgumentParser(prog="python -m bench.ablation", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/seeds"))
    parser.add_argument("--gold", type=Path, default=Path("../shared/gold/seeds-dev.jsonl"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the *.jsonl.gz sets")
    parser.add_argument("--wiki-index", type=Path, help="where the Wikipedia paragraphs are indexed, or will be")
    parser.add_argument("--rows", type=int, default=100, help="dev rows a set over the Wikipedia paragraphs")
    options = parser.parse_args()
    columns = [f"{corpus} {figure}" for corpus in ("news", "wiki") for figure in ("recall_at_8", "mrr", "right")]
    table = Table("choice", *columns)
    news, wiki = gold_questions(options.gold), wiki_questions(options.data, options.rows)
    with opened(options.wiki_index, options.data / CORPUS) as wiki_index:
        for choice in track(CHOICES, console=Console(stderr=True)):
            with tempfile.TemporaryDirectory(prefix="footnote-bench-") as scratch, Index.open(scratch) as index:
                with applied(choice):
                    index.add(options.corpus)
                row = [f"{figure:.3f}" for figure in figures(choice, index, news)]
            over_wiki = [] if choice.reindex else [f"{figure:.3f}" for figure in figures(choice, wiki_index, wiki)]
            table.add_row(choice.name, *row, *(over_wiki or ["-"] * 3))
    Console(width=140).print(table)


def _holds(groups: Sequence[Sequence[str]], quote: str) -> bool:
    return holds_answer(quote, groups)


if __name__ == "__main__":
    main()
