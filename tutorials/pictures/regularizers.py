"""The pictures of tutorial 8."""

import matplotlib
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from numlstm.palette import BLUE, GREY, ORANGE

FONT = {"font.size": 12}  # readable where a page shows a picture 700 pixels wide
LOOKS = {"none": ("black", ":"), "L2": (BLUE, "--"), "L1": (ORANGE, "-")}


def penalties(wanted: np.ndarray, shrunk: dict[str, np.ndarray], weights: dict[str, np.ndarray]) -> Figure:
    """The best weight by the value that the loss alone would choose; the sizes of trained networks' weights.

    shrunk: {"L1": the best weight for each of wanted, ...}; weights: {"none": all weights of a network, ...}.
    """
    with matplotlib.rc_context(FONT):
        figure = Figure(figsize=(8.8, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot(wanted, wanted, color=LOOKS["none"][0], linestyle=LOOKS["none"][1], label="no penalty")
        for name, values in shrunk.items():
            colour, style = LOOKS[name]
            left.plot(wanted, values, color=colour, linestyle=style, linewidth=2, label=name)
        left.axhline(0, color=GREY, linewidth=0.8)
        left.set(title="One weight", xlabel="a, what the text asks for", ylabel="best weight", aspect="equal")
        left.legend()
        edges = np.geomspace(1e-4, 10, 51)
        for name, values in weights.items():
            colour, style = LOOKS[name]
            share, _ = np.histogram(np.maximum(np.abs(values), edges[0]), edges)
            right.stairs(100 * share / values.size, edges, color=colour, linestyle=style, linewidth=2, label=name)
        right.set(title="All weights of a network", xscale="log", xlabel="absolute value (log scale)",
                  ylabel="share of the weights (%)")
        right.text(1.3 * edges[1], 44, "0.0001\nor less", color=LOOKS["L1"][0])
        right.legend()
    return figure


def masks(kinds: dict[str, list[np.ndarray]]) -> Figure:
    """A row for each kind of mask, a grid for each time step: what is kept is light, what is dropped dark."""
    with matplotlib.rc_context(FONT):
        figure = Figure(figsize=(7.6, 4.6), layout="constrained")
        steps = len(next(iter(kinds.values())))
        all_axes = figure.subplots(len(kinds), steps)
        for row, (name, grids) in zip(all_axes, kinds.items()):
            for axes, grid in zip(row, grids):
                axes.pcolormesh(grid[::-1], cmap=ListedColormap(["#404040", "#f2e3d5"]), vmin=0, vmax=1,
                                edgecolor="white", linewidth=1)
                axes.set(xticks=[], yticks=[], aspect="equal")
            row[0].set_ylabel(f"{name}\n(a row: a unit of x)", fontsize=11)
        for t, axes in enumerate(all_axes[0], 1):
            axes.set_title(f"step {t}")
        for axes in all_axes[-1]:
            axes.set_xlabel("columns of Wx", fontsize=11)
    return figure
