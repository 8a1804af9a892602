"""The figure of a comparison: curves, which tell few arms apart. Where there are more, `ranked` draws.

`rows` are those of a results.csv, `logs` {arm: [a seed's log, ...]}, `floors` {split: the best possible perplexity},
empty where it isn't known. Colours differ in lightness, and line styles and markers differ too: figures are readable
in grey.
"""

from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...palette import BLUE, GREY, ORANGE
from . import ranked
from .tables import titles

Logs = dict[str, list[list[dict[str, Any]]]]
STYLES = [("black", "o", ":"), (ORANGE, "s", "-"), (BLUE, "^", "--"), ("#009e73", "D", "-."),
          ("#cc79a7", "v", (0, (1, 3))), ("#56b4e9", "P", (0, (7, 2)))]
FONT: Any = {"font.size": 13, "axes.titlesize": 14}  # to be read from the last row


def draw(rows: list[dict[str, Any]], logs: Logs, floors: dict[str, float]) -> Figure:
    """The arms of `compare` as a Figure."""
    with matplotlib.rc_context(FONT):
        return curves(rows, logs, floors) if len(titles(rows)) <= len(STYLES) else ranked.draw(rows, floors)


def series(rows: list[dict[str, Any]], kind: str) -> list[str]:
    """The names of the columns agreement_..., or gradient_..., as far as they were measured."""
    return [name for name in rows[0] if name.startswith(f"{kind}_")]


def curves(rows: list[dict[str, Any]], logs: Logs, floors: dict[str, float]) -> Figure:
    """Validation perplexity by epoch and, where measured, agreement by distance and the gradient through time."""
    bins, lags = series(rows, "agreement"), series(rows, "gradient")
    panels = 1 + bool(bins) + bool(lags)
    figure = Figure(figsize=(1 + 6 * panels, 5.8), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    by_epoch(axes[0], titles(rows), logs, floors.get("valid"))
    if bins:
        by_distance(axes[1], rows, bins)
    if lags:
        by_lag(axes[-1], rows, lags)
    figure.legend(loc="outside lower center", ncols=3 if panels > 1 else 1)  # titles may be long
    return figure


def by_epoch(axes: Axes, names: dict[str, str], logs: Logs, floor: float | None) -> None:
    """Validation perplexity."""
    for (arm, title), style in zip(names.items(), STYLES):
        runs = [[row["valid_perplexity"] for row in log] for log in logs[arm]]
        mean_and_band(axes, [row["epoch"] for row in logs[arm][0]], runs, style, title)
    if floor is not None:
        axes.axhline(floor, color=GREY, linewidth=1, label=f"best possible, validation text: {floor:.1f}")
    lowest = min(row["valid_perplexity"] for runs in logs.values() for log in runs for row in log)
    last = max(len(log) for runs in logs.values() for log in runs)
    axes.set(xlabel="epoch", ylabel="perplexity of the validation text", title="Perplexity: lower is better",
             ylim=(0.95 * (floor or lowest), 2 * lowest), xlim=(0, last + 1))
    axes.locator_params(axis="x", integer=True)


def by_distance(axes: Axes, rows: list[dict[str, Any]], bins: list[str]) -> None:
    """Agreement, in bins of distances."""
    for arm, style in zip(titles(rows), STYLES):
        shares = [[100 * row[name] for name in bins] for row in rows if row["arm"] == arm]
        mean_and_band(axes, range(len(bins)), shares, style)
    axes.axhline(50, color=GREY, linewidth=1)
    axes.annotate("chance", (0, 50), xytext=(0, 4), textcoords="offset points", color=GREY)
    axes.set_xticks(range(len(bins)), [name.removeprefix("agreement_") for name in bins])
    axes.set(xlabel="words from the cause to the form that must agree", ylabel="right form preferred (% of cases)",
             title="Memory: higher is better")


def by_lag(axes: Axes, rows: list[dict[str, Any]], lags: list[str]) -> None:
    """The gradient of a prediction with respect to the state so many steps before."""
    steps = [1, *(int(name.removeprefix("gradient_")) for name in lags)]
    for arm, style in zip(titles(rows), STYLES):
        shares = [[100, *(100 * row[name] for name in lags)] for row in rows if row["arm"] == arm]
        mean_and_band(axes, steps, shares, style)
    axes.set(xscale="log", yscale="log", xlabel="steps back in time", title="Gradient through time",
             ylabel="norm of the gradient (% of that 1 step back)")
    axes.set_xticks(steps, map(str, steps))
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:g}")


def mean_and_band(axes: Axes, x: Any, runs: list[list[float]], style: tuple, label: str | None = None) -> None:
    """Draws the mean of several curves, and a band from the lowest to the highest."""
    colour, marker, line = style
    by_x = list(zip(*runs))
    axes.fill_between(x, [min(values) for values in by_x], [max(values) for values in by_x], color=colour, alpha=0.15,
                      linewidth=0)
    axes.plot(x, [sum(values) / len(values) for values in by_x], color=colour, marker=marker, markersize=5,
              linestyle=line, label=label)
