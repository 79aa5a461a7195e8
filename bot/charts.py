"""The curves of an evaluation as SVG, drawn by Matplotlib: risk–coverage and reliability.

Colours are drawn as placeholders and become the page's CSS variables, so that a chart follows light and dark. The same
figures give the same bytes: ids are salted with the chart's name and no date is written.
"""

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, LINE, ACCENT, PAST = "#010203", "#040506", "#070809", "#0a0b0c"
_VARIABLES = {INK: "var(--ink)", LINE: "var(--line)", ACCENT: "var(--accent)", PAST: "var(--past)"}
_SIZE = (4.8, 3.4)  # inches; the page scales it
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it is read aloud, searched, and in the page's font
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "font.size": 10,
}
Points = Sequence[Mapping[str, Any]]


def risk_coverage_chart(points: Points, past: Points = ()) -> str:
    """Return the risk–coverage curve, with that of the baseline behind it, as an `<svg>` element."""
    with rc_context({**_STYLE, "svg.hashsalt": "risk-coverage"}):
        figure, axes = _axes("share of questions answered", "share of the answers that are wrong")
        if past:
            _curve(axes, past, color=PAST, linestyle="--", label="baseline")
        _curve(axes, points, color=ACCENT, linewidth=2, label="this run")
        if past:
            axes.legend(loc="upper left")
        return _svg(figure, "risk-coverage")


def reliability_chart(bins: Points) -> str:
    """Return the reliability diagram as an `<svg>` element: a bar a bin, and the diagonal where they should end."""
    with rc_context({**_STYLE, "svg.hashsalt": "reliability"}):
        figure, axes = _axes("confidence", "share of the answers that are right")
        lows, widths = [b["low"] for b in bins], [b["high"] - b["low"] for b in bins]
        axes.bar(lows, [b["accuracy"] for b in bins], widths, align="edge", color=ACCENT, alpha=0.75, linewidth=0)
        axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":")
        for b in bins:
            middle, height = (b["low"] + b["high"]) / 2, b["accuracy"]
            axes.text(middle, height + 0.015, str(b["n"]), ha="center", va="bottom", fontsize=9)
        return _svg(figure, "reliability")


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlim=(0, 1), ylim=(0, 1.06), xlabel=x, ylabel=y)
    axes.tick_params(length=0, pad=6)
    return figure, axes


def _curve(axes: Axes, points: Points, **style: Any) -> None:
    coverage, risk = [point["coverage"] for point in points], [point["risk"] for point in points]
    axes.plot(coverage, risk, marker="o" if len(points) == 1 else None, **style)


def _svg(figure: Figure, name: str) -> str:
    buffer = StringIO()
    figure.patch.set_visible(False)
    for axes in figure.axes:
        axes.patch.set_visible(False)
    figure.savefig(buffer, format="svg", metadata={"Creator": None, "Date": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    for placeholder, variable in _VARIABLES.items():
        text = text.replace(placeholder, variable)
    # Matplotlib numbers what it draws from 1 in every figure; on one page ids must differ.
    return re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", text[text.index("<svg") :])
