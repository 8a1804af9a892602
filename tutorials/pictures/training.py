"""The pictures of tutorial 7."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter

from numlstm.palette import BLUE, GREY, ORANGE

FONT = {"font.size": 12}  # readable where a page shows a picture 700 pixels wide
Grads = dict[str, np.ndarray]


def clipping(gradient: Grads, globally: Grads, each: Grads, limit: float, norms: dict[str, Sequence[float]],
             clip: float) -> Figure:
    """Two arrays' gradient and its clipped versions as arrows; the norms of two runs' first steps.

    norms: {"never clipped": norm of each step, "clipped at ...": the same}; clip is the limit of the second.
    """
    with matplotlib.rc_context(FONT):
        figure = Figure(figsize=(8.5, 4.4), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.6))
        arrows(left, gradient, globally, each, limit)
        for (name, values), (style, colour) in zip(norms.items(), (("s-", ORANGE), ("o--", BLUE))):
            right.semilogy(range(1, len(values) + 1), values, style, color=colour, markersize=4, label=name)
        right.axhline(clip, color="black", linewidth=1)
        right.set(xlabel="step of the first epoch", ylabel="norm before clipping (log scale)",
                  ylim=(1.5, 4 * max(map(max, norms.values()))))
        right.text(1, clip * 0.9, "the limit", va="top")
        right.legend(loc="upper right")
    return figure


def arrows(axes: Axes, gradient: Grads, globally: Grads, each: Grads, limit: float) -> None:
    """One arrow for each version of the gradient, in the plane of the two arrays' norms."""
    looks = ((gradient, GREY, ":", "the gradient,\nnorm {:.0f}", (-14, -16), "right"),
             (each, ORANGE, "--", "each array\nby itself,\nnorm {:.1f}", (5, -6), "left"),
             (globally, BLUE, "-", "globally,\nnorm {:.1f}", (-46, 22), "left"))
    for grads, colour, style, text, shift, side in looks:
        tip = [float(np.linalg.norm(array)) for array in grads.values()]
        axes.plot([0, tip[0]], [0, tip[1]], linestyle=style, color=colour, linewidth=2)
        axes.annotate("", tip, [0.97 * tip[0], 0.97 * tip[1]],
                      arrowprops={"arrowstyle": "-|>", "color": colour, "mutation_scale": 18, "shrinkB": 0})
        axes.annotate(text.format(np.hypot(*tip)), tip, shift, textcoords="offset points", color=colour, ha=side)
    angles = np.linspace(0, np.pi / 2, 50)
    axes.plot(limit * np.cos(angles), limit * np.sin(angles), color="black", linewidth=1)
    axes.text(0.99 * limit, 0.4 * limit, "the limit", color="black")
    axes.set(xlabel="norm of a's gradient", ylabel="norm of b's gradient", aspect="equal", xlim=(0, 9), ylim=(0, 13.5))


def schedule(rates: dict[str, list[float]], decays: dict[str, float]) -> Figure:
    """The learning rates of the paper's networks, by epoch."""
    looks = {"small": ("o-", BLUE, (9.5, 0.035)), "medium": ("s--", ORANGE, (25.5, 0.035)),
             "large": ("^:", "black", (37, 0.06))}
    with matplotlib.rc_context(FONT):
        figure = Figure(figsize=(8.5, 4), layout="constrained")
        axes = figure.add_subplot()
        for size, (style, colour, place) in looks.items():
            axes.semilogy(range(1, len(rates[size]) + 1), rates[size], style, color=colour, markersize=4)
            axes.text(*place, f"{size}:\ndivided by {decays[size]:g}", color=colour)
        axes.set(xlabel="epoch", ylabel="learning rate (log scale)", xlim=(0, 56))
        axes.yaxis.set_major_formatter("{x:g}")
    return figure


def variants(first: dict[str, list[float]], V: int, schedules: dict[str, tuple[list[float], list[float]]]) -> Figure:
    """Validation perplexity of the first epochs, by variant; both perplexities with a falling and a constant rate.

    schedules: {"valid": (falling, constant), "train": the same}. V is the perplexity of a guess among all words. Of a
    curve that stays above 3 V only the name is written.
    """
    with matplotlib.rc_context(FONT):
        figure = Figure(figsize=(9, 5), layout="constrained")
        left, right = figure.subplots(1, 2)
        first_epochs(left, first, V)
        for (key, (falling, constant)), line in zip(schedules.items(), ("-", ":")):
            epochs = range(1, len(falling) + 1)
            right.plot(epochs, falling, "o" + line, color=BLUE, markersize=4, label=f"{key}, falling rate")
            right.plot(epochs, constant, "s" + line, color=ORANGE, markersize=5, markerfacecolor="white",
                       label=f"{key}, constant rate")
        right.set(title="The rate falls from epoch 5 on,\nor doesn't", xlabel="epoch", ylabel="perplexity",
                  xticks=epochs, ylim=(0, 120))
        right.legend(loc="upper right", fontsize=11)
    return figure


def first_epochs(axes: Axes, curves: dict[str, list[float]], V: int) -> None:
    """A curve for each variant, with its name. A name with an arrow, where a curve is off the scale."""
    looks = iter((("o-", BLUE), ("v-.", GREY), ("^:", "black")))
    top, off = 3.2 * V, []
    for name, values in curves.items():
        if min(values) > top:
            off.append(name)
        else:
            style, colour = next(looks)
            axes.plot(range(1, 5), values, style, color=colour, label=name, markersize=5)
    axes.text(2.5, 0.93 * top, "\n".join(f"\u2191 {name}: off the scale" for name in off), ha="center", va="top",
              color=ORANGE)
    axes.axhline(V, color="black", linewidth=0.8)
    axes.text(2.5, V / 1.05, "a guess among all words", ha="center", va="top")
    axes.set(title="The first epochs,\nall at rate 1", xlabel="epoch", ylabel="validation perplexity (log scale)",
             yscale="log", xticks=range(1, 5), ylim=(18, top))
    axes.yaxis.set_major_locator(FixedLocator([20, 50, 100, 200, 500, 1000]))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(fontsize=11, loc="lower left")
