"""Pictures of tutorial 4: how exact a finite difference is, and how far back a gradient reaches."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from numlstm.network.layers import Array
from numlstm.palette import BLUE, GREY, ORANGE

SIZE = 11
FORMULAS = [(ORANGE, "s", "-"), (GREY, "x", "--"), (BLUE, "o", "-"), ("black", "^", ":")]
NETWORKS = {"opened": ("black", "-", "^", "LSTM, gates f near 1"),
            "trained": (BLUE, "-", "o", "LSTM, trained a little"),
            "plain": (GREY, ":", "x", "plain recurrence"), "initial": (ORANGE, "--", "s", "LSTM, as initialised")}


def step_length(steps: Array, errors: dict[str, Array], chosen: float) -> Figure:
    """The relative error of several formulas, {name: errors}, against the step; `chosen` is the package's step."""
    figure = Figure(figsize=(9, 5.4), layout="constrained")
    axes = figure.add_subplot()
    for (name, curve), (colour, marker, line) in zip(errors.items(), FORMULAS):
        shown = curve < 3
        axes.plot(steps[shown], curve[shown], color=colour, marker=marker, linestyle=line, label=name, markersize=5)
    axes.axvline(chosen, color=GREY, linewidth=0.8)
    axes.text(chosen, 3e-13, "the package's step ", ha="right", color="black", fontsize=SIZE)
    axes.text(1e-12, 8e-6, "rounding:\nerror ~ 1 / ε", ha="right", va="top", fontsize=SIZE)
    for x, y, text in ((1.2e-6, 1.5e-5, "~ ε"), (2e-5, 2e-8, "~ ε²"), (3e-3, 4e-11, "~ ε⁴")):
        axes.text(x, y, text, fontsize=SIZE)
    axes.set(xscale="log", yscale="log", ylim=(1e-13, 10))
    axes.set_xlabel("step ε", fontsize=SIZE)
    axes.set_ylabel("relative error of the slope", fontsize=SIZE)
    figure.legend(loc="outside upper center", ncols=2, fontsize=SIZE)
    return figure


def reach(curves: dict[str, Array]) -> Figure:
    """Lengths of a gradient, 1, 2, ... steps back: {network: (steps, 2) for h and c, or (steps, 1) for h alone}."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for name, (colour, line, marker, text) in NETWORKS.items():
        for axes, lengths in zip((left, right), curves[name].T):
            axes.plot(range(1, len(lengths) + 1), lengths, line, color=colour, marker=marker, markevery=(4, 5),
                      markersize=5, label=text)
    for axes, title in ((left, "gradient of the hidden state h"), (right, "gradient of the memory c")):
        axes.set_title(title, fontsize=SIZE + 1)
        axes.set(yscale="log", ylim=(1e-11, 10), xticks=(1, 10, 20, 35, 50, 60))
        axes.set_xlabel("steps back, k", fontsize=SIZE)
        windows(axes)
    left.set_ylabel("length, relative to one step back", fontsize=SIZE)
    right.text(2, 1e-8, "(the plain\nrecurrence\nhas no c)", fontsize=SIZE)
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=SIZE)
    return figure


def windows(axes: Axes) -> None:
    """Lines where the paper's windows end at the latest, 20 and 35 steps."""
    for steps, name in ((20, "window\nof small"), (35, "of medium\nand large")):
        axes.axvline(steps, color=GREY, linewidth=0.8)
        axes.text(steps + 0.7, 2e-11, name, va="bottom", fontsize=SIZE - 1)
