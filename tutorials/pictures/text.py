"""The pictures of tutorial 1: columns and windows, perplexities, and how far the past reaches."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from numlstm.lab.report.drawing import arrow, canvas, label
from numlstm.palette import BLUE, GREY, ORANGE

LOOKS = [(BLUE, "////"), (ORANGE, "...."), (GREY, "")]  # window 0, window 1, neither


def windows(letters: Sequence[str], cols: np.ndarray, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Figure:
    """A stream of letters as a strip, as `cols` (6, 4) side by side, and as two windows `pairs` of x and y (T, B)."""
    figure, axes = canvas(31, 14.1, inches=0.29)
    length, B = cols.shape
    rows = [n for n, (x, _) in enumerate(pairs) for _ in x] + [2] * length  # a row's window, by its number
    for n, letter in enumerate(letters):
        column, row = divmod(n, length)
        tile(axes, letter, 1.1 + n + 0.7 * column, 11.9, rows[row] if column < B else 2)
    for column, name in enumerate([*(f"column {b}" for b in range(B)), "left over"]):
        label(axes, 1.1 + 6.7 * column + (3 if column < B else 1), 13.4, name, size=10.5)
    for t, b in np.ndindex(cols.shape):
        tile(axes, cols[t, b], 3.2 + b, 7.1 - t, rows[t])
    label(axes, 5.2, 9.3, "a row has the next\nword of each column", size=10.5)
    arrow(axes, (2.2, 7.9), (2.2, 2.1))
    label(axes, 1.4, 5.1, "time", size=10.5, rotation=90)
    for n, (x, y) in enumerate(pairs):
        draw_window(axes, n, x, y, top=7.1 - 5.4 * n)
    for b in range(B):
        arrow(axes, (14.5 + b, 4.8), (14.5 + b, 3.0))
    label(axes, 18.6, 3.9, "the state is carried over", size=10.5, ha="left")
    label(axes, 16, 8.8, "x: read", size=10.5)
    label(axes, 25.6, 8.8, "y: predict", size=10.5)
    return figure


def draw_window(axes: Axes, n: int, x: np.ndarray, y: np.ndarray, top: float) -> None:
    """Window `n`: the words to read, and beside them those to predict."""
    middle = top + 1 - len(x) / 2
    label(axes, 10.9, middle, f"window {n}", LOOKS[n][0])
    arrow(axes, (18.9, middle), (22.9, middle))
    for t, b in np.ndindex(x.shape):
        tile(axes, x[t, b], 14 + b, top - t, n)
        tile(axes, y[t, b], 23.6 + b, top - t, 2)


def tile(axes: Axes, letter: str, x: float, y: float, look: int) -> None:
    """A word in a small square, (x, y) its lower left corner."""
    colour, hatch = LOOKS[look]
    axes.add_patch(Rectangle((x, y), 0.9, 0.9, facecolor="white", edgecolor=colour, hatch=hatch, linewidth=1.4))
    label(axes, x + 0.45, y + 0.43, letter, size=10.5,
          bbox={"boxstyle": "circle,pad=0.12", "facecolor": "white", "linewidth": 0})


def ladder(rungs: Sequence[tuple[str, float, str]], floor: float) -> Figure:
    """Perplexities (name, value, source) on a logarithmic axis, and how many nats they are above the floor."""
    styles = {"measured": (BLUE, "o", "-", "measured in this tutorial"),
              "README": (ORANGE, "s", "--", "from the README"), "floor": ("black", "D", "-", "true probabilities")}
    figure = Figure(figsize=(8.4, 4.3), layout="constrained")
    axes = figure.add_subplot(xscale="log", xlim=(12.5, 1100))
    for rung, (_, value, source) in enumerate(rungs):
        colour, marker, line, _ = styles[source]
        axes.plot([floor, value], [rung, rung], line, color=colour, linewidth=2)
        axes.plot(value, rung, marker, color=colour, markersize=9)
        axes.annotate(f"{value:.{0 if value > 100 else 1}f}", (value, rung), xytext=(9, 0), va="center",
                      textcoords="offset points", fontsize=11)
    axes.axvline(floor, color=GREY, linestyle=":")
    for colour, marker, line, name in styles.values():
        axes.plot([], [], marker + line, color=colour, label=name)
    axes.set_xlabel("perplexity of the test text (log scale)", fontsize=11)
    axes.set_yticks(range(len(rungs)), [name for name, *_ in rungs], fontsize=11)
    axes.set_xticks([15, 20, 50, 100, 200, 500], [15, 20, 50, 100, 200, 500])
    axes.minorticks_off()
    above = axes.secondary_xaxis("top", functions=(lambda value: value / floor, lambda ratio: ratio * floor))
    above.set_xticks([np.exp(nats) for nats in range(5)], range(5))
    above.minorticks_off()
    above.set_xlabel("nats per word above the floor", fontsize=11)
    axes.invert_yaxis()
    axes.legend(loc="lower right", frameon=False, fontsize=11)
    return figure


def distances(found: np.ndarray, T: int, d: np.ndarray, shares: Sequence[float]) -> Figure:
    """Left: how often each distance of `found` occurs. Right: how often the cause is before the window, by distance."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, beside = figure.subplots(1, 2)
    counts = np.bincount(found)[1:]
    left.bar(range(1, T + 1), counts[:T], width=1, color="white", edgecolor=BLUE, hatch="///",
             label=f"at most {T} words")
    left.bar(range(T + 1, len(counts) + 1), counts[T:], width=1, color=ORANGE, edgecolor=ORANGE,
             label=f"more than {T} words")
    left.set(yscale="log", ylim=(0.6, 6000))
    left.set_ylabel("cases in the training text (log scale)", fontsize=11)
    left.yaxis.set_major_formatter("{x:,.0f}")
    left.legend(frameon=False, fontsize=11)
    beside.plot(d, 100 * np.minimum((d - 1) / T, 1), "--", color=GREY, label="(d - 1) / T")
    beside.plot(d, 100 * np.array(shares), "o", color=BLUE, markersize=5, label="counted")
    beside.set_ylim(-3, 110)
    beside.set_ylabel("cause lies before the window (%)", fontsize=11)
    beside.legend(loc="lower right", frameon=False, fontsize=11)
    for axes in (left, beside):
        axes.set_xlabel("distance d from cause to effect, in words", fontsize=11)
    return figure


def order(found: dict[str, np.ndarray], bigram: float) -> Figure:
    """Perplexity at each place of a window, for each way of handing the state on."""
    figure = Figure(figsize=(8.4, 3.6), layout="constrained")
    axes = figure.add_subplot(yscale="log")
    for (name, values), style, colour in zip(found.items(), ("o-", "s--", "^-."), (BLUE, "black", ORANGE)):
        axes.plot(range(1, len(values) + 1), values, style, color=colour, linewidth=2, markersize=7, label=name)
    axes.axhline(bigram, color=GREY, linestyle=":", label=f"bigram: {bigram:.0f}")
    axes.set_xticks(range(1, len(values) + 1))
    axes.set_yticks([20, 50, 100, 200], [20, 50, 100, 200])
    axes.minorticks_off()
    axes.set_xlabel("place in the window", fontsize=11)
    axes.set_ylabel("perplexity (log scale)", fontsize=11)
    axes.legend(frameon=False, fontsize=11)
    return figure
