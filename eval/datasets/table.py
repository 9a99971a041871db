"""A spreadsheet's questions: a CSV file with the columns question, answer and perhaps source."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from eval.datasets.records import Dataset, open_question
from eval.gold import GoldQuestion
from rag.errors import GoldError

ALTERNATIVES = "|"  # between answers of which any one will do


def load_table(path: Path) -> Dataset:
    """One question a line, alternative answers parted by |, an empty one where the documents have none.

    ``source``, if given, is the file or title that must be cited. The header tells commas from semicolons and tabs.
    Raises GoldError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            separator = max(",;\t", key=header.count)
            file.seek(0)
            rows = list(csv.DictReader(file, delimiter=separator))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GoldError(f"{path}: cannot read the gold questions: {error}") from error
    names = {(name or "").strip().lower(): name for name in (rows[0] if rows else {})}
    if not {"question", "answer"} <= set(names):
        raise GoldError(
            f"{path}: the first line must name the columns question and answer (and source, if there is one)"
        )
    questions = []
    for number, row in enumerate(rows, 2):
        told = {
            key: (row[name] or "").strip() for key, name in names.items() if key in ("question", "answer", "source")
        }
        if not told["question"]:
            raise GoldError(f"{path}, line {number}: no question in this row")
        questions.append(_question(path, number, told))
    return Dataset("csv", questions)


def _question(path: Path, number: int, told: dict[str, str]) -> GoldQuestion:
    answers = tuple(part.strip() for part in told["answer"].split(ALTERNATIVES) if part.strip())
    question = open_question(path.stem, number, told["question"], answers)
    return replace(question, source=told.get("source", ""))
