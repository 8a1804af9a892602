"""Tutorial 5: the memory's way through three cells, and how far gradients reach in them."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from numlstm.lab.report.drawing import INK, arrow, box, canvas, label
from numlstm.palette import BLUE, GREY, ORANGE

STYLES = [("black", "-", "o"), (ORANGE, "--", "s"), (BLUE, "-.", "^"), (GREY, ":", "D")]  # of curves, in their order
RAIL, GATES = 2.6, 0.95  # the heights of the memory and of the gates, in the drawing's units


def memories() -> Figure:
    """A step of the plain RNN, the GRU and the LSTM. The thick line is the memory; dashed arrows carry dropout."""
    figure, axes = canvas(14.5, 4.6, 0.71)
    for draw, left, title in ((plain, 0.2, "plain RNN"), (gru, 4.7, "GRU"), (lstm, 9.2, "LSTM")):
        label(axes, left + 2.0, 4.3, title, size=14)
        arrow(axes, (left + 1.8, 0.1), (left + 1.8, 0.66), dashed=True)
        label(axes, left + 2.0, 0.3, "$x_t$", size=13, ha="left")
        draw(axes, left)
    return figure


def rail(axes: Axes, left: float, name: str, parts: list[tuple[float, str]], length: float = 3.75) -> None:
    """The memory from step t - 1 to step t, and what it meets on its way: [(distance from the left, text), ...]."""
    arrow(axes, (left + 0.55, RAIL), (left + length, RAIL), ORANGE, width=3.5)
    label(axes, left + 0.2, RAIL, f"${name}_{{t-1}}$", ORANGE, 14)
    label(axes, left + length + 0.25, RAIL, f"${name}_t$", ORANGE, 14)
    for distance, text in parts:
        box(axes, left + distance, RAIL, text, 0.62, 0.55, ORANGE, size=12)


def upward(axes: Axes, x: float, y: float) -> None:
    """The copy of h that goes to the layer above, through dropout."""
    arrow(axes, (x, y), (x, 4.05), dashed=True)
    label(axes, x + 0.12, 3.85, "D, then up", size=10.5, ha="left")


def plain(axes: Axes, left: float) -> None:
    """h goes through a matrix, a sum and tanh."""
    rail(axes, left, "h", [(1.0, "$W_h$"), (1.9, "+"), (2.75, "tanh")])
    box(axes, left + 1.8, GATES, "$x_t W_x + b$", 1.7)
    arrow(axes, (left + 1.9, GATES + 0.25), (left + 1.9, RAIL - 0.3))
    upward(axes, left + 3.3, RAIL)


def gru(axes: Axes, left: float) -> None:
    """h is multiplied by z, and receives (1 - z) n."""
    rail(axes, left, "h", [(1.6, "$\\times z$"), (2.5, "+")])
    box(axes, left + 1.8, GATES, "$n,\\ r,\\ z$", 2.0)
    arrow(axes, (left + 0.95, RAIL), (left + 0.95, GATES + 0.27))
    label(axes, left + 0.82, 1.75, "$W_h$", size=12, ha="right")
    arrow(axes, (left + 1.6, GATES + 0.25), (left + 1.6, RAIL - 0.3))
    arrow(axes, (left + 2.5, GATES + 0.25), (left + 2.5, RAIL - 0.3))
    label(axes, left + 2.6, 1.75, "$(1-z)\\,n$", size=12, ha="left")
    upward(axes, left + 3.2, RAIL)


def lstm(axes: Axes, left: float) -> None:
    """c is multiplied by f, and receives i g. h = o tanh(c) goes up, and to the gates of the next step."""
    rail(axes, left, "c", [(1.6, "$\\times f$"), (2.5, "+")], length=4.5)
    box(axes, left + 1.8, GATES, "$i,\\ f,\\ o,\\ g$", 1.6)
    label(axes, left + 0.2, GATES, "$h_{t-1}$", INK, 14)
    arrow(axes, (left + 0.55, GATES), (left + 0.98, GATES))
    label(axes, left + 0.73, GATES + 0.3, "$W_h$", size=12)
    arrow(axes, (left + 1.6, GATES + 0.25), (left + 1.6, RAIL - 0.3))
    arrow(axes, (left + 2.5, GATES + 0.25), (left + 2.5, RAIL - 0.3))
    label(axes, left + 2.38, 1.75, "$i\\,g$", size=12, ha="right")
    arrow(axes, (left + 3.25, RAIL), (left + 3.25, 2.03))
    box(axes, left + 3.25, 1.75, "$o\\,\\tanh$", 1.0, 0.5)
    arrow(axes, (left + 3.25, 1.5), (left + 3.25, GATES), head=False)
    arrow(axes, (left + 3.25, GATES), (left + 4.5, GATES))
    label(axes, left + 4.75, GATES, "$h_t$", size=14)
    arrow(axes, (left + 4.05, GATES), (left + 4.05, RAIL - 0.12), dashed=True, head=False)
    arrow(axes, (left + 4.05, RAIL + 0.12), (left + 4.05, 4.05), dashed=True)
    label(axes, left + 3.93, 3.85, "D, then up", size=10.5, ha="right")


def reach(steps: list[int], curves: dict[str, tuple[list[float], list[float]]]) -> Figure:
    """How strongly a prediction depends on the state so many steps before, before training and after it.

    `curves` is {cell: (before, after)}, each a list with a number for each of `steps`.
    """
    figure = Figure(figsize=(8.4, 3.9), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, title in zip(panels, ("before training", "after training")):
        panel.set(xscale="log", yscale="log", title=title, xlabel="steps back", ylim=(1e-7, 2))
        panel.set_xticks(steps, map(str, steps))
        panel.minorticks_off()
    for (name, both), (colour, line, marker) in zip(curves.items(), STYLES):
        for panel, lengths in zip(panels, both):
            panel.plot(steps, lengths, line, color=colour, marker=marker, label=name)
    panels[0].set_ylabel("length of the gradient,\nrelative to one step back")
    panels[0].legend(loc="lower left")
    return figure
