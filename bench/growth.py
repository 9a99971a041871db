"""``python -m bench.growth DIR/scale.json``: how the cost of a search grows with the index, fitted and drawn.

``bench.scale`` writes the file. Each cost is fitted as ``a * passages ** b``, a straight line of logarithms by least
squares; two sizes give the line through both.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.plots import BLUE, GREY, INK, ORANGE, STYLE

PICTURE = Path("docs/images/growth.svg")
# What is drawn: the name, where bench.scale has it, and the colour.
COSTS = (
    ("hybrid search, median", ("hybrid", "wall p50"), BLUE),
    ("hybrid search, 95 of 100", ("hybrid", "wall p95"), ORANGE),
    ("filtered to half, median", ("hybrid, half", "wall p50"), INK),
    ("one document removed", ("one document removed", "wall p50"), GREY),
)


def fitted(sizes: Sequence[int], costs: Sequence[float]) -> tuple[float, float]:
    """``(a, b)`` of ``a * size ** b``, from at least two sizes."""
    b, log_a = np.polyfit(np.log(sizes), np.log(costs), 1)
    return float(np.exp(log_a)), float(b)


def costs(rows: Sequence[Mapping[str, Any]], place: tuple[str, str]) -> list[float]:
    """Milliseconds of one cost, by size."""
    return [row[place[0]][place[1]] for row in rows]


def draw(rows: Sequence[Mapping[str, Any]], picture: Path) -> None:
    """Sizes against milliseconds, both as logarithms, with the fitted lines."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    sizes = [row["passages"] for row in rows]
    with rc_context(STYLE):  # type: ignore[arg-type]  # it wants the literal names of all its settings
        figure = Figure(figsize=(6.4, 4.2), layout="constrained")
        axes = figure.subplots()
        for name, place, colour in COSTS:
            a, b = fitted(sizes, costs(rows, place))
            axes.plot(sizes, [a * size**b for size in sizes], color=colour, linewidth=1, alpha=0.5)
            axes.plot(sizes, costs(rows, place), "o", color=colour, label=f"{name}: grows as n^{b:.2f}")
        axes.set(
            xscale="log", yscale="log", xlabel="passages", ylabel="milliseconds", title="Cost and size of the index"
        )
        axes.legend(loc="upper left", fontsize=8)
        picture.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(picture, format="svg", metadata={"Date": None, "Creator": None}, facecolor="white")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scale", type=Path, help="what bench.scale wrote")
    parser.add_argument("--out", type=Path, default=PICTURE)
    given = parser.parse_args()
    rows = sorted(json.loads(given.scale.read_text(encoding="utf-8"))["rows"], key=lambda row: row["passages"])
    draw(rows, given.out)
    for name, place, _ in COSTS:
        a, b = fitted([row["passages"] for row in rows], costs(rows, place))
        told = ", ".join(f"{row['passages']:,}: {cost:.1f}" for row, cost in zip(rows, costs(rows, place), strict=True))
        print(f"{name} (ms): {told}; {a:.3g} * n^{b:.2f}; ten times the passages cost {10**b:.1f} times")


if __name__ == "__main__":
    main()
