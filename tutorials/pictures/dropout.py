"""Tutorial 6: what overfitting looks like, a memory under masks, and the masks on a path through the network."""

import itertools
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from numlstm.lab.report.drawing import INK, arrow, box, label
from numlstm.palette import BLUE, GREY, ORANGE


def overfitting(logs: dict[str, list[dict[str, Any]]], floor: float) -> Figure:
    """Perplexity by epoch of both texts, a panel for each {title: log of a network}."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    panels = figure.subplots(1, len(logs), sharey=True)
    for panel, (title, log) in zip(panels, logs.items()):
        epochs = [row["epoch"] for row in log]
        for name, text, colour, style in (("valid", "validation text", ORANGE, "s-"),
                                          ("train", "training text", BLUE, "o--")):
            panel.plot(epochs, [row[f"{name}_perplexity"] for row in log], style, color=colour, label=text)
        panel.axhline(floor, color="black", linestyle=":", label="floor of the validation text")
        panel.set(title=title, xlabel="epoch", ylim=(2, 24), xlim=(0.5, len(log) + 0.5))
        panel.locator_params(axis="x", integer=True)
    panels[0].set_ylabel("perplexity per word")
    panels[-1].legend()
    return figure


def memory(held: np.ndarray, variance: np.ndarray, p: float) -> Figure:
    """Left, four of the cells `held` (steps + 1, cells) that should hold 1. Right, the variance (steps + 1,)."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    n, lifetime = np.arange(len(held)), (held != 0).sum(axis=0) - 1          # steps survived
    for life, style, colour in zip((0, 1, 2, 4), ("o-", "s--", "^-.", "D:"), (ORANGE, BLUE, GREY, "black")):
        cell = np.flatnonzero(lifetime == life)[0]
        left.plot(n, held[:, cell], style, color=colour, label=f"dropped in step {life + 1}")
    left.axhline(1, color="black", linewidth=0.8)
    left.set(yscale="symlog", ylim=(-0.4, 24), xlabel="steps", ylabel="what the cell holds",
             title=f"Four cells that should hold 1, p = {p}")
    left.set_yticks([0, 1, 2, 4, 8, 16], ["0", "1", "2", "4", "8", "16"])
    left.legend()
    right.plot(n[1:], variance[1:], "s", color=ORANGE, label="masks on the memory, simulated")
    right.plot(n[1:], (1 - p) ** -n[1:].astype(float) - 1, "-", color=ORANGE, label="formula: $(1-p)^{-n} - 1$")
    right.plot(n[1:], np.full(len(n) - 1, p / (1 - p)), "--", color=BLUE, label="one mask on the way out: $p/(1-p)$")
    right.set(yscale="log", xlabel="steps, n", ylabel="variance of what is read", ylim=(0.5, 1000),
              title=f"How unreliable the number is, p = {p}")
    right.yaxis.set_major_formatter("{x:g}")
    right.legend()
    return figure


def paths(words: list[str], L: int = 2) -> tuple[Figure, list[int]]:
    """A path from the first word to the last prediction, with the masks on it numbered: without and with recurrent D.

    Returns the figure, and the number of masks in each of its two panels.
    """
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    panels, counts = figure.subplots(1, 2), []
    for panel, recurrent, title in zip(panels, (False, True),
                                       ("D on the dashed arrows", "D on the recurrent arrows, too")):
        counts.append(one_path(panel, words, recurrent, L))
        panel.set_title(f"{title}: {counts[-1]} masks", fontsize=13)
    panels[0].set_yticks(range(L + 2), ["word read", *(f"layer {n + 1}" for n in range(L)), "prediction"], fontsize=11)
    panels[0].tick_params(length=0)
    return figure, counts


def one_path(axes: Any, words: list[str], recurrent_masks: bool, L: int) -> int:
    """Draws the unrolled network and the path. Returns the number of masks on it."""
    T, count = len(words) - 1, 0
    path = [(0, 0)] + [(t, 1) for t in range(T)] + [(T - 1, level) for level in range(2, L + 2)]
    up = [((t, level), (t, level + 1)) for t in range(T) for level in range(L + 1)]
    along = [((t, level), (t + 1, level)) for level in range(1, L + 1) for t in range(T - 1)]
    for (t, level), end in sorted(up + along):                               # sorted: in the order of the path
        on_path, dashed = ((t, level), end) in zip(path, path[1:]), end[0] == t
        ends = ((t, level + 0.18), (t, level + 0.82)) if dashed else ((t + 0.28, level), (t + 0.72, level))
        arrow(axes, *ends, ORANGE if on_path else GREY, dashed, width=2.6 if on_path else 1)
        if on_path and (dashed or recurrent_masks):
            count += 1
            label(axes, t if dashed else t + 0.45, level + 0.45 if dashed else level, str(count),
                  bbox={"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": "black"}, zorder=5)
    for t, level in itertools.product(range(T), range(L + 2)):
        colour = ORANGE if (t, level) in path else INK
        if 1 <= level <= L:
            box(axes, t, level, "LSTM", 0.56, 0.24, colour, size=10)
        else:
            label(axes, t, level, words[t] if level == 0 else words[t + 1], colour)
    axes.set(xlim=(-0.45, T - 0.55), ylim=(-0.3, L + 1.3), xticks=[], yticks=[], frame_on=False)
    return count
