"""The figure of a comparison with many arms: a line for each, the best one on top.

It shows perplexities, and as far as they were measured agreement at a long distance and the share of weights near zero.
"""

from statistics import mean
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from ...palette import BLUE, GREY, ORANGE
from .tables import titles

FAR = "agreement_7-10"


def draw(rows: list[dict[str, Any]], floors: dict[str, float]) -> Figure:
    """The arms as a Figure. Arguments are as for `compared.draw`."""
    names = titles(rows)
    order = sorted(names, key=lambda arm: mean(of(rows, arm, "test_perplexity")), reverse=True)
    panels = 1 + (FAR in rows[0]) + ("near_zero_share" in rows[0])
    figure = Figure(figsize=(7 + 3.2 * (panels - 1), 1.6 + 0.48 * len(order)), layout="constrained")
    axes = figure.subplots(1, panels, sharey=True, squeeze=False, width_ratios=[2, 1, 1][:panels])[0]
    perplexities(axes[0], rows, order, floors.get("test"))
    axes[0].set_yticks(range(len(order)), [names[arm] for arm in order])
    if FAR in rows[0]:
        shares(axes[1], rows, order, FAR, "Agreement\nat 7-10 words")
        axes[1].axvline(50, color=GREY, linewidth=1)
    if "near_zero_share" in rows[0]:
        shares(axes[-1], rows, order, "near_zero_share", "Weights\nnear zero")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def perplexities(axes: Axes, rows: list[dict[str, Any]], order: list[str], floor: float | None) -> None:
    """Training and test perplexity, joined: the line between them is what was learned by heart."""
    for y, arm in enumerate(order):
        train, test = mean(of(rows, arm, "train_perplexity")), mean(of(rows, arm, "test_perplexity"))
        axes.plot([train, test], [y, y], color=GREY, linewidth=2, zorder=1)
        axes.plot(train, y, "o", color="white", markeredgecolor=BLUE, markeredgewidth=2, markersize=9,
                  label=None if y else "training text")
        axes.plot(test, y, "o", color=ORANGE, markersize=10, label=None if y else "test text")
        axes.annotate(f"{test:.1f}", (test, y), xytext=(9, 0), textcoords="offset points", va="center")
    if floor is not None:
        axes.axvline(floor, color="black", linestyle="--", linewidth=1, label=f"best possible, test text: {floor:.1f}")
    right = max(max(of(rows, arm, "test_perplexity")) for arm in order)
    axes.set(xscale="log", title="Perplexity\n(log scale)")
    axes.set_xlim(right=1.45 * right)
    axes.grid(axis="y", color="#e0e0e0")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()


def shares(axes: Axes, rows: list[dict[str, Any]], order: list[str], name: str, title: str) -> None:
    """One column, in %: the mean over the seeds as a dot, lowest to highest as a line."""
    for y, arm in enumerate(order):
        values = [100 * value for value in of(rows, arm, name)]
        axes.plot([min(values), max(values)], [y, y], color=GREY, linewidth=2, zorder=1)
        axes.plot(mean(values), y, "D", color="black", markersize=8)
    axes.grid(axis="y", color="#e0e0e0")
    axes.set(title=title, xlabel="%")


def of(rows: list[dict[str, Any]], arm: str, name: str) -> list[float]:
    """The values of an arm's seeds in a column."""
    return [row[name] for row in rows if row["arm"] == arm]
