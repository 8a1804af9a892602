"""The picture of tutorial 3: one step of an LSTM, backward. Everything stands where it is in tutorial 2's picture."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from numlstm.lab.report.drawing import INK, arrow, box, canvas, label
from numlstm.palette import BLUE

GATES = {"f": 3.4, "i": 5.2, "g": 7.0, "o": 8.9}             # from left to right
SLOPES = {"f": "f (1 − f)", "i": "i (1 − i)", "g": "(1 − g²)", "o": "o (1 − o)"}
FORGET, MIDDLE, OUT, UP, RIGHT = 2.0, 6.1, 10.4, 11.3, 12.0  # where c meets f, i meets g, h comes out, and goes up
RAIL, PRODUCT, GATE, SUM, NODE = 6.0, 4.2, 2.6, 1.15, 0.24   # heights: c, products, gates, a; radius of a ring
SIZE = 12


def cell() -> Figure:
    """A step of the LSTM backward: every arrow leads against the forward pass; beside it, what multiplies there."""
    figure, axes = canvas(12.6, 7.2, inches=0.7)
    memory(axes)
    hidden(axes)
    for name, x in GATES.items():
        fill = "white" if name == "g" else "#dcdcdc"
        box(axes, x, GATE, f"${name}$\n⊙ {SLOPES[name]}", 1.5, 0.85, fill=fill, size=SIZE)
        arrow(axes, (x, GATE - 0.43), (x, SUM + 0.33))
    box(axes, 6.15, SUM, "$da_t$, of which $dW_x$, $dW_h$ and $db$ are made", 7.0, 0.66, size=SIZE + 1)
    arrow(axes, (2.65, SUM), (0.3, SUM))
    label(axes, 0.3, SUM + 0.3, r"$dh_{t-1} = da_t W_h^T$", size=SIZE, ha="left")
    arrow(axes, (6.15, SUM - 0.33), (6.15, 0.15), dashed=True)
    label(axes, 6.35, 0.4, "$dx_t = da_t W_x^T$, to the layer below", size=SIZE, ha="left")
    return figure


def memory(axes: Axes) -> None:
    """The rail of c, from right to left, and the three ways down to f, i and g."""
    for start, end in ((12.4, OUT + NODE), (OUT - NODE, FORGET + 0.4), (FORGET, 0.3)):
        arrow(axes, (start, RAIL), (end, RAIL), BLUE, width=4)
    ring(axes, OUT, RAIL, BLUE)
    box(axes, FORGET, RAIL, "⊙ $f$", 0.8, 0.6, BLUE, size=SIZE + 1)
    axes.plot((GATES["f"], MIDDLE), (RAIL, RAIL), "o", color=BLUE, markersize=8)
    arrow(axes, (MIDDLE, RAIL), (MIDDLE, PRODUCT), head=False)
    arrow(axes, (GATES["i"], PRODUCT), (GATES["g"], PRODUCT), head=False)
    for name, height, factor in (("f", RAIL, "c_{t-1}"), ("i", PRODUCT, "g"), ("g", PRODUCT, "i")):
        arrow(axes, (GATES[name], height), (GATES[name], GATE + 0.43))
        label(axes, GATES[name] + 0.12, 3.65, rf"$\odot\ {factor}$", size=SIZE, ha="left")
    label(axes, 0.3, RAIL + 0.4, "$dc_{t-1}$", BLUE, SIZE + 1, ha="left")
    label(axes, 8.2, RAIL + 0.4, "$dc_t$, complete", BLUE, SIZE + 1)
    label(axes, OUT + 0.45, RAIL + 0.4, "$dc$", BLUE, SIZE + 1)
    label(axes, 12.5, RAIL - 0.45, "from\nstep\n$t+1$", size=SIZE - 1, ha="right", va="top")


def hidden(axes: Axes) -> None:
    """The gradient of h_t: from the layer above and from step t + 1, then to o, and to the rail by way of tanh."""
    arrow(axes, (UP, 7.1), (UP, PRODUCT + NODE), dashed=True)
    arrow(axes, (12.4, PRODUCT), (UP + NODE, PRODUCT))
    ring(axes, UP, PRODUCT, INK)
    arrow(axes, (UP - NODE, PRODUCT), (GATES["o"], PRODUCT), head=False)
    arrow(axes, (OUT, PRODUCT), (OUT, RAIL - NODE))
    arrow(axes, (GATES["o"], PRODUCT), (GATES["o"], GATE + 0.43))
    box(axes, OUT, 5.03, "⊙ $o$\n(1 − tanh² $c$)", 1.55, 0.8, size=SIZE - 0.5)
    label(axes, GATES["o"] + 0.12, 3.65, r"$\odot\ \tanh\,c$", size=SIZE, ha="left")
    label(axes, UP - 0.15, 6.95, "$dout_t$, from the layer above", size=SIZE, ha="right")
    label(axes, (OUT + UP) / 2 - 0.05, PRODUCT - 0.35, "$dh_t$", size=SIZE)
    label(axes, 12.5, PRODUCT - 0.5, "$da_{t+1} W_h^T$\nfrom step $t+1$", size=SIZE - 1, ha="right", va="top")


def ring(axes: Axes, x: float, y: float, colour: str) -> None:
    """The sum of two gradients, of something that was used twice."""
    axes.plot(x, y, "o", markersize=20, markerfacecolor="white", markeredgecolor=colour, markeredgewidth=1.6, zorder=3)
    label(axes, x, y, "$+$", size=SIZE + 1, zorder=4)
