"""Two runs of the same questions: how far apart each figure is, whether that could be luck, which rows flipped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.bootstrap import Values, interval, paired_difference, resamples
from eval.figures import CONFIDENCE, Marks, better, marks
from eval.run import ANSWERS_FILE, REPORT_FILE, read_rows
from eval.scoring import Row
from eval.selective import aurc, ece
from rag.errors import OptionError


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run as it was written: what each question counts, and its rows where there is an answers.jsonl."""

    name: str
    ids: tuple[str, ...]
    marks: Marks
    rows: tuple[Row, ...] = ()

    def right(self) -> dict[str, bool | None]:
        """By question whether its answer is right; None where none was asked for."""
        if self.rows:
            return {row.id: row.right for row in self.rows}
        counted, of = np.zeros(len(self.ids)), np.zeros(len(self.ids))
        for name in ("answerable_accuracy", "abstain_recall"):
            if name in self.marks:
                counted, of = counted + self.marks[name][0], of + self.marks[name][1]
        return {key: bool(c) if n else None for key, c, n in zip(self.ids, counted, of, strict=True)}


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of both runs over the ``n`` questions they share, second minus first with its 95 % interval.

    ``verdict``: "better", "worse" or "differs" (where neither is better) if 0 lies outside the interval, else "".
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    n: int
    verdict: str


def load_run(path: Path) -> Recorded:
    """The run in a folder, or in one of its files: answers.jsonl or report.json. Raises OptionError."""
    folder = path if path.is_dir() else path.parent
    if path.is_dir() or path.name == ANSWERS_FILE:
        rows = read_rows(folder / ANSWERS_FILE)
        return Recorded(path.name, tuple(row.id for row in rows), marks(rows), tuple(rows))
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        read = {
            name: (np.array(c, dtype=float), np.array(of, dtype=float)) for name, (c, of) in report["marks"].items()
        }
        return Recorded(path.name, tuple(report["ids"]), read)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OptionError(
            f"{path}: not the {REPORT_FILE} of a run ({error!r}); give that file, {ANSWERS_FILE} or their folder"
        ) from error


def compare(first: Recorded, second: Recorded) -> dict[str, Difference]:
    """Every figure that both runs have, second minus first, by the paired bootstrap over the questions they share.

    Raises OptionError where they share none. An id that names another question in each is none that they share.
    """
    shared = _shared(first, second)
    places = [[{key: i for i, key in enumerate(run.ids)}[key] for key in shared] for run in (first, second)]
    drawn = resamples(len(shared))
    found = {}
    for name in first.marks:
        if name in second.marks:
            ours, theirs = (_at(run.marks[name], at) for run, at in zip((second, first), places[::-1], strict=True))
            if ours[1].sum() and theirs[1].sum():
                found[name] = _difference(name, ours, theirs, drawn)
    if first.rows and second.rows:
        found |= _confidence(first, second, shared)
    return found


def flipped(first: Recorded, second: Recorded) -> tuple[list[str], list[str]]:
    """The ids of the questions that only the second run has right, and of those that only the first has."""
    before, after = first.right(), second.right()
    shared = [key for key in _shared(first, second) if before[key] is not None and after[key] is not None]
    return [k for k in shared if after[k] and not before[k]], [k for k in shared if before[k] and not after[k]]


def as_json(found: Mapping[str, Difference], gained: Sequence[str], lost: Sequence[str]) -> dict[str, Any]:
    """The comparison as JSON types."""
    figures = {name: {key: getattr(d, key) for key in Difference.__slots__} for name, d in found.items()}
    return {"figures": figures, "gained": list(gained), "lost": list(lost)}


def changed_questions(first: Recorded, second: Recorded) -> list[str]:
    """The ids that both runs have for different questions, as where a row was put in and ids are numbers of rows. A
    report alone does not tell its questions."""
    asked = {row.id: row.question for row in first.rows}
    return [row.id for row in second.rows if asked.get(row.id, row.question) != row.question]


def _shared(first: Recorded, second: Recorded) -> list[str]:
    there = set(second.ids) - set(changed_questions(first, second))
    shared = [key for key in first.ids if key in there]
    if not shared:
        raise OptionError(f"{first.name} and {second.name} share no question; compare runs of the same gold file")
    return shared


def _at(pair: tuple[Values, Values], places: Sequence[int]) -> tuple[Values, Values]:
    return pair[0][places], pair[1][places]


def _difference(name: str, ours: tuple[Values, Values], theirs: tuple[Values, Values], drawn: Any) -> Difference:
    difference, low, high = paired_difference(ours, theirs, drawn)
    return Difference(
        first=float(theirs[0].sum() / theirs[1].sum()),
        second=float(ours[0].sum() / ours[1].sum()),
        difference=difference,
        low=low,
        high=high,
        n=int(((ours[1] > 0) | (theirs[1] > 0)).sum()),
        verdict=_verdict(name, low, high),
    )


def _verdict(name: str, low: float, high: float) -> str:
    if low <= 0 <= high or np.isnan(low):
        return ""
    way = better(name) * (1 if low > 0 else -1)
    return "differs" if way == 0 else "better" if way > 0 else "worse"


def _confidence(first: Recorded, second: Recorded, shared: Sequence[str]) -> dict[str, Difference]:
    by_id = [{row.id: row for row in run.rows} for run in (first, second)]
    both = [pair for key in shared if all((pair := [rows[key] for rows in by_id])[i].found for i in (0, 1))]
    if not both:
        return {}
    sure, right = (
        [np.array([measure(pair[i]) for pair in both], dtype=float) for i in (0, 1)]
        for measure in (lambda row: row.found.confidence, lambda row: bool(row.would_be_right))
    )
    drawn = resamples(len(both))
    found = {}
    for name, statistic in zip(CONFIDENCE, (aurc, ece), strict=True):
        before, after = (statistic(sure[i], right[i]) for i in (0, 1))
        low, high = interval(
            np.array([statistic(sure[1][at], right[1][at]) - statistic(sure[0][at], right[0][at]) for at in drawn])
        )
        found[name] = Difference(before, after, after - before, low, high, len(both), _verdict(name, low, high))
    return found
