"""Rows of the open question-answering sets: one question, one passage, the answers that people found in it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.records import read_records
from rag import Hit, Passage
from rag.errors import GoldError


@dataclass(frozen=True, slots=True)
class QARow:
    """``answers`` is empty where the passage does not answer; ``fold`` (0 or 1) splits a set by title."""

    question: str
    title: str
    context: str
    answers: tuple[str, ...]
    fold: int = 0

    @property
    def hit(self) -> Hit:
        """The row's passage as if search had found it."""
        return Hit(Passage(self.title, 0, len(self.context), self.context), 1.0, title=self.title)


def load_rows(folder: Path, name: str, n_rows: int = 0) -> list[QARow]:
    """The rows of ``name`` that nothing was trained on, all or ``n_rows`` drawn with a fixed seed.

    Those marked dev or heldout; of squad2_dev the articles with an odd place in the order of titles, since the
    even ones were trained on (``training/README.md``).
    """
    try:
        records = [r for r in read_records(folder / f"{name}.jsonl.gz") if r.get("split_hint") in ("dev", "heldout")]
    except GoldError as error:
        raise GoldError(f"{error}; give the folder of the *.jsonl.gz sets") from error
    titles = {title: i for i, title in enumerate(sorted({record.get("title", "") for record in records}))}
    rows = [
        QARow(
            question=record["question"],
            title=record.get("title", ""),
            context=record["context"],
            answers=tuple(record["answers"]),
            fold=titles[record.get("title", "")] // 2 % 2,
        )
        for record in records
        if name != "squad2_dev" or titles[record["title"]] % 2
    ]
    if n_rows:
        random.Random(7).shuffle(rows)
        rows = rows[:n_rows]
    return rows
