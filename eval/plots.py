"""The report's pictures as SVG text: the same figures give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, BLUE, ORANGE, GREY = "#26323d", "#2a6fb0", "#d9822b", "#b9c3cc"
SIZE = (4.7, 3.3)  # inches
STYLE: dict[str, Any] = {
    "svg.hashsalt": "footnote",  # else every run names its parts anew
    "svg.fonttype": "none",
    "font.family": ["sans-serif"],
    "font.size": 9,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6eaee",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}


def plots(report: Mapping[str, Any]) -> list[str]:
    """An SVG element for each picture that the report has figures for."""
    curves = report["curves"]
    drawn = [
        _drawn(_risk_coverage, report) if curves["risk_coverage"] else "",
        _drawn(_calibration, report) if curves["calibration"] else "",
        _drawn(_recall, report) if curves["recall"] else "",
        _drawn(_blame, report) if any(report["blame"].values()) else "",
        _drawn(_latency, report) if report.get("timings", {}).get("stages") else "",
    ]
    return [svg for svg in drawn if svg]


def _drawn(draw: Any, report: Mapping[str, Any]) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # type: ignore[arg-type]  # it wants the literal names of all its settings
        figure = Figure(figsize=SIZE, layout="constrained")
        draw(figure.subplots(), report)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    svg = written.getvalue()
    return svg[svg.index("<svg") :]  # an element of a page needs no XML declaration


def _risk_coverage(axes: Axes, report: Mapping[str, Any]) -> None:
    points = report["curves"]["risk_coverage"]
    coverage, risk = [c for c, _ in points], [r for _, r in points]
    area = report["figures"]["aurc"]["value"]
    axes.plot(coverage, risk, color=BLUE, linewidth=1.8)
    axes.fill_between(coverage, risk, color=BLUE, alpha=0.12)
    highest = max(risk)
    if answering := report["curves"]["answering"]:
        axes.plot(*answering, marker="o", color=ORANGE, linestyle="", label="as it answers now")
        axes.legend(loc="upper left")
        highest = max(highest, answering[1])
    axes.set(
        title=f"Wrong answers, the surest questions first (area {area:.3f})",
        xlabel="share of questions answered",
        ylabel="share of wrong answers",
        xlim=(0, 1),
        ylim=(0, min(1.0, highest * 1.15 + 0.02)),
    )


def _calibration(axes: Axes, report: Mapping[str, Any]) -> None:
    bins = report["curves"]["calibration"]
    total = sum(n for _, _, n in bins)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    axes.plot([c for c, _, _ in bins], [share for _, share, _ in bins], color=BLUE, linewidth=1, alpha=0.5)
    axes.scatter(
        [c for c, _, _ in bins], [share for _, share, _ in bins], s=[20 + 300 * n / total for *_, n in bins], color=BLUE
    )
    axes.set(
        title=f"Confidence and outcome (ECE {report['figures']['ece']['value']:.3f})",
        xlabel="confidence (a dot is as large as its bin)",
        ylabel="share of right answers",
        xlim=(0, 1),
        ylim=(-0.05, 1.05),
    )


def _recall(axes: Axes, report: Mapping[str, Any]) -> None:
    recall = report["curves"]["recall"]
    ks = range(1, len(recall) + 1)
    axes.plot(ks, recall, color=BLUE, linewidth=1.8, marker="o", markersize=3)
    axes.set(
        title="Evidence among the first k passages",
        xlabel="k",
        ylabel="recall_at_k",
        xlim=(0.5, len(recall) + 0.5),
        ylim=(min(recall) * 0.9, 1.01),
    )
    axes.set_xticks([k for k in ks if k == 1 or k % 4 == 0])


def _blame(axes: Axes, report: Mapping[str, Any]) -> None:
    from matplotlib.ticker import MaxNLocator

    stages: Sequence[str] = list(report["blame"])
    counts = [report["blame"][stage] for stage in stages]
    bars = axes.barh(stages, counts, color=ORANGE)
    axes.bar_label(bars, padding=3)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(title="Rows lost, by the stage that lost them", xlabel="rows", xlim=(0, max(counts) * 1.12))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _latency(axes: Axes, report: Mapping[str, Any]) -> None:
    stages = report["timings"]["stages"]
    names = list(stages)
    places = range(len(names))
    axes.barh([p - 0.18 for p in places], [stages[n]["p50_s"] for n in names], height=0.34, color=BLUE, label="median")
    axes.barh(
        [p + 0.18 for p in places], [stages[n]["p95_s"] for n in names], height=0.34, color=GREY, label="95 of 100"
    )
    axes.set_yticks(list(places), names)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.legend(loc="upper right")
    axes.set(title="Time of a question by stage", xlabel="seconds")
