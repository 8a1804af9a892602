"""The picture of the network unrolled over time, like the paper's figures 2 and 3."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...palette import GREY, ORANGE
from .drawing import INK, arrow, box, label

HALF = 0.25  # from the middle of an LSTM's box to where arrows begin and end
Point = tuple[float, float]


def unrolled_network(words: Sequence[str] = ("the", "keys", "to", "the", "old", "door", "are"), L: int = 2) -> Figure:
    """The network over len(words) - 1 steps as a Figure.

    Dashed arrows go up and carry dropout. Solid arrows go through time, h and c, and carry none. One of the many
    paths from the second word to the last prediction is drawn in colour. It meets dropout L + 1 times.
    """
    T = len(words) - 1
    figure = Figure(figsize=(9, 0.84 * (L + 4.9)))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-1.85, T - 0.45), ylim=(-1.1, L + 3.8))
    axes.axis("off")
    levels = ["word read", "", *(f"layer {level}" for level in range(1, L + 1)), "", "word predicted"]
    path = [(1, 0), (1, 1), *((t, 2) for t in range(1, T)), *((T - 1, level) for level in range(3, L + 4))]
    steps = set(zip(path, path[1:]))

    for t in range(T):
        texts = [words[t], "embedding", *["LSTM"] * L, "softmax", words[t + 1]]
        for level, text in enumerate(texts):
            colour = ORANGE if (t, level) in path else INK
            if 0 < level < L + 3:
                box(axes, t, level, text, 0.064 * len(text) + 0.16, 0.3, colour, size=10)
            else:
                label(axes, t, level, text, colour, size=10)
            if level < L + 3:
                coloured = ((t, level), (t, level + 1)) in steps
                if 0 < level < L + 2:
                    connect(axes, (t, level + 0.25), (t, level + 0.77), coloured, dashed=True)
                else:  # no arrow of the legend: a word has no mask
                    axes.plot((t, t), (level + 0.25, level + 0.77), color=ORANGE if coloured else GREY,
                              linewidth=2.6 if coloured else 1.1)
        for level in range(2, L + 2):
            through_time(axes, t, level, ((t - 1, level), (t, level)) in steps)
    for level, name in enumerate(levels):
        label(axes, -1.75, level, name, GREY, ha="left")
    explain(axes, words, L)
    return figure


def through_time(axes: Axes, t: int, level: int, coloured: bool) -> None:
    """The two arrows that lead into step t of a layer: c, on which the coloured path runs, and h."""
    start, end = t - 1 + HALF if t else -0.7, t - HALF
    for name, y, colour in (("c", level + 0.11, coloured), ("h", level - 0.11, False)):
        connect(axes, (start, y), (end, y), colour)
        label(axes, (start + end) / 2, y + (0.17 if name == "c" else -0.19), name, ORANGE if colour else INK,
              style="italic")


def explain(axes: Axes, words: Sequence[str], L: int) -> None:
    """What the two kinds of arrows mean, above; what the coloured path shows, below."""
    for x, dashed, text in ((-1.75, True, "upward: dropout, fresh at every step"),
                            (2.05, False, "through time: never dropped")):
        connect(axes, (x, L + 3.55), (x + 0.6, L + 3.55), False, dashed)
        label(axes, x + 0.7, L + 3.55, text, "black", 11.5, ha="left")
    label(axes, -1.75, -0.72, f"The thick path leads from '{words[1]}' to the prediction of '{words[-1]}', through "
          f"{len(words) - 3} steps of memory.\nIt meets dropout {L + 1} times, however many steps there are.",
          ORANGE, 11.5, ha="left")


def connect(axes: Axes, start: Point, end: Point, coloured: bool, dashed: bool = False) -> None:
    """An arrow from one point to another, thick if it is coloured."""
    arrow(axes, start, end, ORANGE if coloured else INK, dashed, 2.6 if coloured else 1.1)
