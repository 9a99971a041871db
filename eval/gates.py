"""Bars for a user's CI: a figure under a floor, or worse than a recorded run, fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.compare import Recorded, compare
from eval.figures import better, marks, meanings
from eval.scoring import Row
from rag.errors import OptionError

# What --no-worse-than holds a run to. Each is tested at 95 %, so that of all runs that are no worse some fail by luck.
HELD = (
    "answerable_accuracy", "abstain_precision", "abstain_recall", "citation_precision", "citation_recall",
    "quotes_verbatim", "recall_at_8", "mrr", "f1",
)  # fmt: skip


def floors(text: str) -> dict[str, float]:
    """``answerable_accuracy=0.85,mrr=0.9`` as a dict. Raises OptionError, also for a name that is no figure."""
    found, known = {}, meanings()
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        if name.strip() not in known:
            raise OptionError(f"--fail-under: no figure {name.strip()!r}; the figures are {', '.join(known)}")
        try:
            found[name.strip()] = float(value)
        except ValueError as error:
            raise OptionError(
                f"--fail-under {part!r}: write NAME=VALUE, for example answerable_accuracy=0.85"
            ) from error
    return found


def under(values: Mapping[str, float | None], bars: Mapping[str, float]) -> list[str]:
    """Which figures are on the wrong side of their bar, in words; above it for those of which less is better."""
    missed = []
    for name, bar in bars.items():
        value = values.get(name)
        if value is None:
            missed.append(f"{name}: nothing to count, and the bar is {bar:g}")
        elif (value - bar) * (better(name) or 1) < 0:
            missed.append(f"{name} is {value:.3f}, and the bar is {bar:g}")
    return missed


def worse_rows(rows: Sequence[Row], baseline: Recorded) -> list[str]:
    """``worse`` of the run that has just been asked."""
    return worse(Recorded("this run", tuple(row.id for row in rows), marks(rows), tuple(rows)), baseline)


def worse(run: Recorded, baseline: Recorded, names: Sequence[str] = HELD) -> list[str]:
    """Which figures are worse than the baseline's by more than luck, in words. Raises OptionError."""
    found = compare(baseline, run)
    return [
        f"{name} was {d.first:.3f} and is {d.second:.3f} ({d.difference:+.3f} [{d.low:+.3f}, {d.high:+.3f}])"
        for name, d in found.items()
        if name in names and d.verdict == "worse"
    ]
