"""The figures of a run as its reader meets them: the public ones, and report.json with all of them."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval.blame import MEANINGS
from eval.bootstrap import interval, ratio_interval, resamples
from eval.figures import GROUPS, Figure, Marks, confident, figures, group_of, marks, meanings
from eval.metrics import mean, percentile
from eval.ranking import recall_curve
from eval.scoring import Row
from eval.selective import calibration_bins, risk_coverage
from eval.support import BY_RULE

CURVE_POINTS = 200  # of the risk-coverage curve, at most
DIGITS, TIME_DIGITS = 6, 4
STAGES = ("search", "read", "write", "check", "total")  # of an answer's timings, in their order

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """``accuracy``: the share of right rows; for unanswerable questions, of abstentions."""

    n: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class EvalReport:
    """The public figures of a run. All but ``n`` and the latencies (seconds) are shares from 0 to 1."""

    n: int
    answerable_accuracy: float  # right, of the answerable
    abstain_precision: float  # unanswerable, of the abstained
    abstain_recall: float  # abstained, of the unanswerable
    citation_precision: float  # citations that overlap evidence, of all on answerable questions that got an answer
    citation_recall: float  # answerable questions with such a citation, of the answerable
    quotes_verbatim: float  # quotes that are their document's words, of all; 1.0 if there is none
    recall_at_8: float  # evidence within the first 8 passages, over answerable questions that have evidence
    mrr: float  # 1 / rank of the first passage with evidence (0 beyond 8), over the same questions
    latency_p50_s: float
    latency_p95_s: float
    by_type: dict[str, TypeFigures]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return asdict(self)


SHARES = tuple(name for name in EvalReport.__slots__ if name not in ("n", "by_type") and not name.endswith("_s"))


def summarise(rows: Sequence[Row]) -> EvalReport:
    """The public figures of these rows; 0.0 where there is nothing to count, but no quotes are verbatim by 1.0."""
    counted = marks(rows)
    shares = {name: float(c.sum() / of.sum()) if of.sum() else 0.0 for name, (c, of) in counted.items()}
    if not counted["quotes_verbatim"][1].sum():
        shares["quotes_verbatim"] = 1.0
    seconds = [row.seconds for row in rows if row.seconds]  # none of rows that an earlier run wrote without times
    return EvalReport(
        n=len(rows),
        **{name: shares[name] for name in SHARES},
        latency_p50_s=percentile(seconds, 50),
        latency_p95_s=percentile(seconds, 95),
        by_type=_by_type(rows),
    )


def full_report(
    rows: Sequence[Row],
    run: Mapping[str, Any],
    *,
    timings: bool = True,
    peak_memory_mb: float | None = None,
    supported_by: str = BY_RULE,
) -> Report:
    """All that report.json holds: figures with intervals, curves, blame, what made them, and what each row counted.

    Without ``timings`` nothing in it depends on the machine's speed or memory. ``marks`` lets a later run be compared
    with this one row by row from this file alone.
    """
    found, said = figures(rows), meanings()
    named = sorted(found, key=lambda name: GROUPS.index(group_of(name)))
    report: Report = {
        "n": len(rows),
        "unreviewed": sum(not row.reviewed for row in rows),
        **({"fell_back": fell_back} if (fell_back := sum(row.fell_back for row in rows)) else {}),
        "figures": {
            name: {**_rounded_figure(found[name]), "group": group_of(name), "meaning": said[name]} for name in named
        },
        "by_type": {kind: _of_type([row for row in rows if row.type == kind]) for kind in _by_type(rows)},
        "blame": blamed(rows),
        "supported_by": supported_by,
        "curves": _curves(rows),
        "run": dict(run),
    }
    if timings:
        report["timings"] = latencies(rows, peak_memory_mb)
    return report | {"ids": [row.id for row in rows], "marks": _marks_as_json(marks(rows))}


def blamed(rows: Sequence[Row]) -> dict[str, int]:
    """How many rows each stage lost, in the order of the stages."""
    counts = Counter(row.blame for row in rows)
    return {stage: counts[stage] for stage in MEANINGS}


def latencies(rows: Sequence[Row], peak_memory_mb: float | None = None) -> dict[str, Any]:
    """Seconds a question by stage (median, 95th percentile, each with its interval), tokens a question, and the memory
    at its peak."""
    spent = {stage: [row.timings[stage] for row in rows if stage in row.timings] for stage in STAGES}
    tokens = list(dict.fromkeys(name for row in rows for name in row.tokens))
    return {
        "stages": {stage: _percentiles(seconds) for stage, seconds in spent.items() if seconds},
        "tokens": {name: round(mean(row.tokens.get(name, 0) for row in rows), 1) for name in tokens},
        "seconds_in_all": round(sum(row.seconds for row in rows), 1),
        "peak_memory_mb": peak_memory_mb,
    }


def _percentiles(seconds: Sequence[float]) -> dict[str, float | list[float]]:
    values, drawn = np.array(seconds), resamples(len(seconds))
    found: dict[str, float | list[float]] = {}
    for percent in (50, 95):
        found[f"p{percent}_s"] = round(percentile(seconds, percent), TIME_DIGITS)
        bounds = interval(np.percentile(values[drawn], percent, axis=1))
        found[f"p{percent}_interval"] = [round(bound, TIME_DIGITS) for bound in bounds]
    return found


def _of_type(rows: Sequence[Row]) -> dict[str, float | int]:
    right = np.array([bool(row.right) for row in rows], dtype=float)
    low, high = ratio_interval(right, np.ones(len(right)), resamples(len(right)))
    shown = {"accuracy": float(right.mean()), "low": low, "high": high}
    return {"n": len(rows), **{name: round(value, DIGITS) for name, value in shown.items()}}


def readable(report: Report) -> str:
    """The report as JSON that a person can read and git can compare: an object's members on lines of their own, down to
    the third level; lists on one."""
    return _lines(report, 0) + "\n"


def _lines(value: Any, depth: int) -> str:
    if not isinstance(value, dict) or not value or depth > 2:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    pad = " " * (depth + 1)
    members = (f"{pad}{json.dumps(key, ensure_ascii=False)}: {_lines(item, depth + 1)}" for key, item in value.items())
    return "{\n" + ",\n".join(members) + "\n" + " " * depth + "}"


def _by_type(rows: Sequence[Row]) -> dict[str, TypeFigures]:
    """The figures of each type that is asked, in the order in which the types first appear."""
    right: dict[str, list[bool]] = {}
    for row in rows:
        if row.right is not None:
            right.setdefault(row.type, []).append(row.right)
    return {kind: TypeFigures(len(marks), mean(marks)) for kind, marks in right.items()}


def _curves(rows: Sequence[Row]) -> dict[str, Any]:
    confidence, right = confident(rows)
    coverage, risk = risk_coverage(confidence, right)
    searched = [row.ranking for row in rows if row.answerable is not False]
    shown = np.unique(np.linspace(0, len(coverage) - 1, CURVE_POINTS).astype(int)) if len(coverage) else ()
    spoken = [bool(row.would_be_right) for row in rows if row.found is not None and not row.abstained]
    return {
        "answering": [round(len(spoken) / len(confidence), DIGITS), round(1 - mean(spoken), DIGITS)] if spoken else [],
        "risk_coverage": [[round(float(coverage[i]), DIGITS), round(float(risk[i]), DIGITS)] for i in shown],
        "calibration": [[round(c, DIGITS), round(s, DIGITS), n] for c, s, n in calibration_bins(confidence, right)],
        "recall": [round(recall, DIGITS) for recall in recall_curve(searched)],
    }


def _rounded_figure(figure: Figure) -> dict[str, float | int | None]:
    return {
        name: None if value is None or math.isnan(value) else round(value, DIGITS)
        for name, value in asdict(figure).items()
    }


def _marks_as_json(counted: Marks) -> dict[str, list[list[float]]]:
    return {name: [[_plain(v) for v in values] for values in pair] for name, pair in counted.items() if pair[1].any()}


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else round(float(value), DIGITS)
