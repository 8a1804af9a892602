"""The pictures of tutorial 2: one LSTM cell, the shapes of a step, what a memory holds, and a trained cell's gates."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from numlstm.lab.report.drawing import INK, arrow, box, canvas, label
from numlstm.palette import BLUE, GREY, ORANGE

GATES = {"f": (3.4, "kept"), "i": (5.2, "written"), "g": (7.0, "the new"), "o": (8.9, "shown")}  # x, what it is about
RAIL, NODE = 6.0, 0.24                                                                           # y of c, a radius


def cell() -> Figure:
    """One step of one LSTM unit: c runs along a straight rail, and the gates act on it from below."""
    figure, axes = canvas(12.6, 7.2, inches=0.7)
    arrow(axes, (0.9, RAIL), (12.0, RAIL), BLUE, width=4)
    label(axes, 0.45, RAIL, "$c_{t-1}$", BLUE, 15)
    label(axes, 12.3, RAIL, "$c_t$", BLUE, 15)
    box(axes, 6.15, 1.3, "$a_t = x_t W_x + h_{t-1} W_h + b$", width=7.0, height=0.66, size=13)
    arrow(axes, (0.9, 1.3), (2.65, 1.3))
    label(axes, 0.45, 1.3, "$h_{t-1}$", size=15)
    arrow(axes, (6.15, 0.25), (6.15, 0.97), dashed=True)
    label(axes, 6.35, 0.42, "$x_t$, from below", size=12, ha="left")
    for name, (x, about) in GATES.items():
        box(axes, x, 2.5, "tanh" if name == "g" else r"$\sigma$", fill="white" if name == "g" else "#dcdcdc", size=13)
        arrow(axes, (x, 1.63), (x, 2.25))
        label(axes, x + 0.12, 3.15, f"${name}$: {about}", size=12, ha="left")
    draw_paths(axes)
    return figure


def draw_paths(axes: Axes) -> None:
    """How the four gates act on the rail, and how h comes out."""
    f, i, g, o = (x for x, _ in GATES.values())
    middle, out, up = (i + g) / 2, 10.4, 11.3
    arrow(axes, (f, 2.75), (f, RAIL - NODE))
    for x in (i, g):
        arrow(axes, (x, 2.75), (x, 4.2), head=False)
        arrow(axes, (x, 4.2), (middle + (NODE if x == g else -NODE), 4.2))
    arrow(axes, (middle, 4.2 + NODE), (middle, RAIL - NODE))
    arrow(axes, (out, RAIL), (out, 5.25))
    box(axes, out, 5.0, "tanh", size=13)
    arrow(axes, (out, 4.75), (out, 4.2 + NODE))
    arrow(axes, (o, 2.75), (o, 4.2), head=False)
    arrow(axes, (o, 4.2), (out - NODE, 4.2))
    arrow(axes, (out + NODE, 4.2), (12.0, 4.2))
    label(axes, 12.3, 4.2, "$h_t$", size=15)
    arrow(axes, (up, 4.2), (up, 6.95), dashed=True)
    label(axes, up - 0.15, 6.75, "$h_t$, to the layer above", size=12, ha="right")
    for x, y, sign in ((f, RAIL, r"$\odot$"), (middle, RAIL, "$+$"), (middle, 4.2, r"$\odot$"), (out, 4.2, r"$\odot$")):
        axes.add_patch(Circle((x, y), NODE, facecolor="white", edgecolor=BLUE if y == RAIL else INK, linewidth=1.6,
                              zorder=3))
        label(axes, x, y, sign, size=13, zorder=4)


def shapes(B: int, I: int, H: int) -> Figure:
    """The arrays of one step, a small square for each number: x, h, Wx, Wh, b, and the four blocks of a."""
    figure, axes = canvas(I + H + 4 * H + 11.3, I + H + B + 5.2, inches=0.24)
    left, top = I + H + 4.4, I + H + B + 4.7
    middle = top - (I + H + B) / 2
    squares(axes, 0.8, middle, B, I, BLUE, "$x_t$ (B, I)")
    squares(axes, 1.4 + I, middle, B, H, ORANGE, "$h_{t-1}$ (B, H)")
    label(axes, left - 1.4, middle + B / 2, r"$\cdot$", size=22)
    squares(axes, left, top - I, I, 4 * H, BLUE)
    squares(axes, left, top - I - H - 0.4, H, 4 * H, ORANGE)
    squares(axes, left, top - I - H - 2.3, 1, 4 * H, GREY)
    for y, name in ((top - I / 2, "$W_x$ (I, 4H)"), (top - I - H / 2 - 0.4, "$W_h$ (H, 4H)"),
                    (top - I - H - 1.8, "$b$ (4H,)")):
        label(axes, left + 4 * H + 0.6, y, name, size=12, ha="left")
    label(axes, left - 1.4, top - I - H - 1.8, "+", size=16)
    below = top - I - H - B - 3.3
    label(axes, left - 1.4, below + B / 2, "=", size=16)
    for n, (name, hatch) in enumerate(zip("ifog", ("//", "..", "xx", ""))):
        squares(axes, left + n * H, below, B, H, INK, hatch=hatch)
        label(axes, left + (n + 0.5) * H, below - 0.7, f"${name}$", size=13)
    label(axes, left - 2.4, below + B / 2, "$a_t$ (B, 4H)", size=12, ha="right")
    return figure


def squares(axes: Axes, x: float, y: float, rows: int, columns: int, colour: str, name: str = "",
            hatch: str = "") -> None:
    """An array as a grid of squares with its lower left corner at (x, y), and its name above."""
    for row, column in np.ndindex(rows, columns):
        axes.add_patch(Rectangle((x + column, y + row), 1, 1, facecolor="white", edgecolor=colour, linewidth=0.8,
                                 hatch=hatch))
    axes.add_patch(Rectangle((x, y), columns, rows, fill=False, edgecolor=INK, linewidth=1.6))
    if name:
        label(axes, x + columns / 2, y + rows + 0.8, name, size=12)


def memory(silent: dict[str, np.ndarray], disturbed: dict[str, np.ndarray], starts: Sequence[float]) -> Figure:
    """What three kinds of units hold, (steps, 3) each, over time: in silence, and while words arrive."""
    figure = Figure(figsize=(9, 5.4), layout="constrained")
    panels = figure.subplots(2, len(silent), sharex=True, sharey=True)
    for row, held, when in zip(panels, (silent, disturbed), ("in silence", "while words arrive")):
        row[0].set_ylabel(f"what the unit holds,\n{when}", fontsize=11)
        for axes, (name, values) in zip(row, held.items()):
            for start, curve, colour, style in zip(starts, values.T, (BLUE, ORANGE, "black"), ("-", "--", ":")):
                axes.plot(curve, style, color=colour, linewidth=2.2, label=f"{start:g} was stored")
            axes.axhline(0, color="lightgrey", linewidth=0.8, zorder=0)
            axes.set_ylim(-1.05, 1.05)
            if held is silent:
                axes.set_title(name, fontsize=12)
            else:
                axes.set_xlabel("steps since", fontsize=11)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=11)
    return figure


def gates(sentences: Sequence[Sequence[str]], values: Sequence[Sequence[np.ndarray]], titles: Sequence[str],
          subject: int) -> Figure:
    """A cell's i, f, o (bars) and g, c, h (squares) after each word of two sentences; the subject's place is shaded."""
    figure = Figure(figsize=(9, 6.4), layout="constrained")
    panels = figure.subplots(3, len(sentences), sharex="col", sharey=True)
    rows = [("i: how much is written", 0, "g: the proposal", 3, "s"),
            ("f: how much is kept", 1, "c: what is kept", 4, "s-"),
            ("o: how much is shown", 2, "h: what is shown", 5, "s")]
    for column, words, of_sentence, title in zip(panels.T, sentences, values, titles):
        column[0].set_title(title, fontsize=12)
        for axes, (gate_name, gate, value_name, value, style) in zip(column, rows):
            axes.axvspan(subject - 0.5, subject + 0.5, color="0.9")
            axes.axhline(0, color=INK, linewidth=0.8)
            axes.bar(range(len(words)), of_sentence[gate], 0.62, color="#a6cfe8", edgecolor=BLUE, label=gate_name)
            axes.plot(of_sentence[value], style, color=ORANGE, markeredgecolor="black", markersize=7, linewidth=2,
                      label=value_name)
            axes.set_ylim(-1.6, 2.5)
            axes.set_yticks([-1, 0, 1])
            axes.legend(loc="upper center", ncols=2, frameon=False, fontsize=10, columnspacing=1, handletextpad=0.5,
                        borderpad=0)
        column[-1].set_xticks(range(len(words)), words, fontsize=11, rotation=35, ha="right", rotation_mode="anchor")
    return figure
