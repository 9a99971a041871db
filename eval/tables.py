"""A run, a comparison and a grid as a terminal shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from eval.ablate import COLUMNS, Setting
from eval.compare import Difference, Recorded
from eval.report import EvalReport
from eval.scoring import Row

WORST_SHOWN = 10  # flipped rows, of each kind


def run_table(public: EvalReport, report: Mapping[str, Any]) -> Table:
    """Every figure that has a value, with its interval, then the types, the blame and the latencies."""
    table = Table(title=f"{public.n} questions", title_justify="left")
    for column in ("measure", "value", "95 % interval", "n"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    group = ""
    for name, figure in report["figures"].items():
        if figure["value"] is None:
            continue
        if group and figure["group"] != group:
            table.add_section()
        group = figure["group"]
        table.add_row(name, f"{figure['value']:.3f}", _interval(figure["low"], figure["high"]), str(figure["n"]))
    table.add_section()
    for kind, of_type in report["by_type"].items():
        table.add_row(kind, f"{of_type['accuracy']:.3f}", _interval(of_type["low"], of_type["high"]), str(of_type["n"]))
    if any(report["blame"].values()):
        table.add_section()
        for stage, n in report["blame"].items():
            table.add_row(f"lost: {stage}", "", "", str(n))
    if report.get("fell_back"):
        table.add_section()
        table.add_row("only quoted: the writer failed", "", "", str(report["fell_back"]))
    table.add_section()
    for name in ("latency_p50_s", "latency_p95_s"):
        table.add_row(name.removesuffix("_s"), f"{getattr(public, name):.2f} s", "", "")
    return table


def comparison_table(first: Recorded, second: Recorded, found: Mapping[str, Difference]) -> Table:
    """Each figure of both runs, their difference with its interval, and what that says."""
    table = Table(title=f"{first.name} → {second.name}", title_justify="left")
    for column in ("measure", "first", "second", "difference", "95 % interval", "n", ""):
        table.add_column(column, justify="left" if column in ("measure", "") else "right")
    for name, d in found.items():
        shown = f"{d.first:.3f}", f"{d.second:.3f}", f"{d.difference:+.3f}", _interval(d.low, d.high, sign=True)
        table.add_row(name, *shown, str(d.n), d.verdict)
    return table


def flips(title: str, ids: Sequence[str], run: Recorded) -> list[str]:
    """The flipped rows as lines: how many, and of the first some the question and what this run said."""
    rows: dict[str, Row] = {row.id: row for row in run.rows}
    shown = [f"{title}: {len(ids)}"]
    for key in ids[:WORST_SHOWN]:
        row = rows.get(key)
        shown.append(f"  {key}" if row is None else f"  {key}  {row.question}\n      {row.answer or row.status}")
    return shown + ([f"  and {len(ids) - WORST_SHOWN} more"] if len(ids) > WORST_SHOWN else [])


def grid_table(runs: Mapping[Setting, Recorded], differences: Mapping[Setting, Mapping[str, Difference]]) -> Table:
    """A line a setting; a star where a figure differs from the first setting's by more than luck."""
    table = Table(title="* differs from the first line at 95 %", title_justify="left", title_style="")
    for column in ("writer", "mode", "k", "reader", "checker"):
        table.add_column(column)
    for column in (*COLUMNS, "median"):
        table.add_column(column, justify="right")
    for setting, run in runs.items():
        figures = []
        for name in COLUMNS:
            found = differences[setting].get(name)
            figures.append("-" if found is None else f"{found.second:.3f}{'*' if found.verdict else ' '}")
        seconds = sorted(row.seconds for row in run.rows)
        onoff = ["on" if on else "off" for on in (setting.reader, setting.checker)]
        median = f"{seconds[len(seconds) // 2]:.2f} s" if seconds else "-"
        table.add_row(setting.writer, setting.mode, str(setting.k), *onoff, *figures, median)
    return table


def _interval(low: float | None, high: float | None, *, sign: bool = False) -> str:
    if low is None or high is None:
        return ""
    return f"[{low:+.3f}, {high:+.3f}]" if sign else f"[{low:.3f}, {high:.3f}]"
