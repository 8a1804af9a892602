"""The pictures of tutorial 12: the ladder of speeds, the time loop by columns of the batch, and the roofline."""

import statistics
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from numlstm.palette import BLUE, GREY, ORANGE


def ladder(loops: dict[str, Sequence[float]], rungs: dict[str, Sequence[float]], roofline: float) -> Figure:
    """Above, `loops` in GFLOP/s, logarithmically, beside the roofline; below, `rungs` in shares of it, by round."""
    figure = Figure(figsize=(8, 6.6), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(len(loops) + 1, len(rungs) + 1))
    bars(above, loops, GREY, "//", "{:.3g}")
    above.axvline(roofline, color="black", linestyle="--")
    above.text(roofline, -0.55, " roofline", va="top", fontsize=11)
    above.set_title("Rung 0: the affine map of one step", loc="left", fontsize=12)
    above.set_xscale("log")
    above.set(xlim=(min(map(min, loops.values())) / 3, 40 * roofline))
    above.set_xlabel("GFLOP/s: one labelled tick is ten times the one before", fontsize=11)
    bars(below, {name: [100 * share for share in shares] for name, shares in rungs.items()}, BLUE, "", "{:.0f} %")
    below.set_title("Rungs 1 to 7: one layer, forward and backward", loc="left", fontsize=12)
    below.axvline(100, color="black", linestyle="--")
    below.set(xlim=(0, 130), xticks=range(0, 101, 20))
    below.set_xlabel("% of the roofline", fontsize=11)
    return figure


def bars(axes: Axes, found: dict[str, Sequence[float]], colour: str, hatch: str, form: str) -> None:
    """A bar for each median, a line from the lowest value to the highest, and the median written at the right."""
    for place, values in enumerate(found.values()):
        middle = statistics.median(values)
        axes.barh(place, middle, 0.7, color=colour, edgecolor="white", hatch=hatch)
        axes.errorbar(middle, place, xerr=[[middle - min(values)], [max(values) - middle]], color="black", capsize=3)
        axes.text(0.98, place, form.format(middle), ha="right", va="center", fontsize=11,
                  transform=axes.get_yaxis_transform(), bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
    axes.set_yticks(range(len(found)), found, fontsize=11)
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)


def rows(columns: Sequence[int], reached: dict[str, Sequence[float]], roofline: float, batch: int) -> Figure:
    """GFLOP/s of the time loop by the number of batch columns, a line for each way to multiply."""
    figure = Figure(figsize=(7.5, 4.6), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(batch, color=GREY, linewidth=8, alpha=0.3)
    axes.axhline(roofline, color="black", linestyle=":", label="roofline")
    for (name, rates), style, colour in zip(reached.items(), ("o--", "s-"), (BLUE, ORANGE)):
        axes.plot(columns, rates, style, color=colour, label=name, linewidth=2, markersize=7)
    axes.text(batch * 1.12, 0, "the paper's 20", va="bottom", fontsize=11)
    axes.set(xscale="log", ylim=(0, 1.05 * max(roofline, *map(max, reached.values()))))
    axes.set_xlabel("columns of the batch (log scale)", fontsize=11)
    axes.set_ylabel("GFLOP/s", fontsize=11)
    axes.set_xticks(columns, columns, fontsize=11)
    axes.minorticks_off()
    figure.legend(loc="outside upper center", ncols=3, fontsize=11, frameon=False)
    return figure


def roofline(rate: float, bandwidth: float, work: dict[str, float]) -> Figure:
    """The highest speed by operations per byte: a slope where memory is the limit, then flat. `work` as points."""
    figure = Figure(figsize=(7.5, 4.6), layout="constrained")
    axes = figure.add_subplot()
    intensity = np.geomspace(0.1, 1000, 200)
    axes.fill_between(intensity, np.minimum(rate, intensity * bandwidth) / 1e9, color=GREY, alpha=0.2, linewidth=0)
    axes.plot(intensity, np.minimum(rate, intensity * bandwidth) / 1e9, color="black", linewidth=2)
    flat = 0
    for name, x in work.items():
        y = min(rate, x * bandwidth) / 1e9
        flat += rate < x * bandwidth
        if rate < x * bandwidth:
            look, place, line = {"marker": "o", "color": BLUE}, (0, -34 * flat), {"arrowstyle": "-", "color": GREY}
        else:
            look, place, line = {"marker": "s", "color": ORANGE}, (9, -4), None
        axes.plot(x, y, markersize=8, **look)
        axes.annotate(name, (x, y), place, textcoords="offset points", fontsize=11, va="center",
                      ha="center" if line else "left", arrowprops=line)
    axes.text(0.11, 1.3 * rate / 1e9, "memory is the limit", fontsize=11)
    axes.text(900, 1.3 * rate / 1e9, "multiplying is the limit", fontsize=11, ha="right")
    axes.set(xscale="log", yscale="log", xlim=(0.1, 1000), ylim=(0.05 * bandwidth / 1e9, 2.5 * rate / 1e9))
    axes.set_xlabel("operations per byte (log scale)", fontsize=11)
    axes.set_ylabel("GFLOP/s (log scale)", fontsize=11)
    return figure
