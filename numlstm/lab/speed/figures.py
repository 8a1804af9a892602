"""Figures of speed: beside the roofline, by size and contestant, and by H, T and L."""

import statistics
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from ...palette import BLUE, GREY, ORANGE


def speed(training: Any, names: dict[str, str]) -> Figure:
    """Training speed by size and contestant as a Figure, in shares of the machine's roofline.

    Args:
        training: {size: {contestant: [{"rate": tokens/s}, ...]}}, with the roofline under "roofline", from `benchmark`.
        names: {contestant: name in the legend}.
    """
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    contestants = [name for name in next(iter(training.values())) if name != "roofline"]
    width = 0.8 / len(contestants)
    for n, contestant in enumerate(contestants):
        medians = [median(rounds[contestant]) for rounds in training.values()]
        heights = [100 * rate / median(rounds["roofline"]) for rate, rounds in zip(medians, training.values())]
        bars = axes.bar([x + (n - (len(contestants) - 1) / 2) * width for x in range(len(training))], heights, width,
                        label=names[contestant], color=(ORANGE, "#f0c090", BLUE, "#a0d0f0", GREY)[n],
                        hatch=("", "//", "", "..", "xx")[n], edgecolor="white")
        axes.bar_label(bars, [f"{rate:,.0f}" for rate in medians], fontsize=8, padding=2)
    axes.axhline(100, color="black", linewidth=1)
    axes.annotate("the roofline: the matrix products alone", (0, 100), xycoords=("axes fraction", "data"),
                  xytext=(4, 4), textcoords="offset points", fontsize=8)
    axes.set_xticks(range(len(training)), training)
    axes.set(ylabel="share of the roofline (%)", ylim=(0, 125),
             xlabel="size; above the bars: tokens per second, median")
    figure.legend(loc="outside upper center", ncols=len(contestants))
    return figure


def median(results: list[dict[str, float]]) -> float:
    """The median rate of several measurements."""
    return statistics.median(result["rate"] for result in results)


def cost(points: list[dict[str, Any]]) -> Figure:
    """What a trained token costs for different H, T and L, beside the roofline, as a Figure.

    `points` are dicts with "field" (hidden, unroll or layers), "value", "rate" and "roofline" (tokens/s).
    """
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    titles = {"hidden": "hidden units per layer, H", "unroll": "steps per window, T", "layers": "layers, L"}
    shared = None
    for n, (field, title) in enumerate(titles.items(), 1):
        axes = shared = figure.add_subplot(1, 3, n, sharey=shared)
        rows = [row for row in points if row["field"] == field]
        values = [row["value"] for row in rows]
        axes.plot(values, [1e6 / row["rate"] for row in rows], "o-", color=ORANGE, label="numlstm")
        axes.plot(values, [1e6 / row["roofline"] for row in rows], "k--", label="the roofline: matrix products alone")
        axes.set(xscale="log", yscale="log", xlabel=f"{title} (log scale)")
        axes.set_xticks(values, values)
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
    figure.axes[0].set_ylabel("microseconds per trained token (log scale)")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure
