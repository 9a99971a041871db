"""report.html: one file that needs nothing else, neither a network nor a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.blame import MEANINGS
from eval.figures import GROUPS
from eval.plots import plots
from eval.scoring import Row

TEMPLATE = Path(__file__).parent / "data" / "report.html"
MOST_ROWS = 500  # of a run with more, only the rows that were lost are shown


def page(report: Mapping[str, Any], rows: Sequence[Row], title: str) -> str:
    """The page of a run: the figures with their intervals, the pictures, and the rows, to be filtered."""
    from jinja2 import Environment
    from markupsafe import Markup

    shown = [row for row in rows if len(rows) <= MOST_ROWS or row.blame is not None]
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    return template.render(
        title=title,
        report=report,
        groups=_grouped(report["figures"]),
        plots=[Markup(svg) for svg in plots(report)],
        rows=shown,
        n_lost=sum(row.blame is not None for row in rows),
        meanings=MEANINGS,
        types=list(dict.fromkeys(row.type for row in shown)),
        made_by=_flat(report["run"]),
    )


def _grouped(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """The figures that have a value, by their groups."""
    grouped: dict[str, dict[str, Mapping[str, Any]]] = {group: {} for group in GROUPS}
    for name, figure in figures.items():
        if figure["value"] is not None:
            grouped[figure["group"]][name] = figure
    return {group: members for group, members in grouped.items() if members}


def _flat(run: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in run.items():
        name = f"{prefix}{key}"
        flat |= _flat(value, f"{name} · ") if isinstance(value, Mapping) else {name: value}
    return flat
