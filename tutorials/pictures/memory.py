"""The pictures of tutorial 10: two cells at work, and what can be read out of a memory, by distance."""

import numpy as np
from matplotlib.figure import Figure

from numlstm.palette import BLUE, GREY, ORANGE

from .intervals import errorbar
from .writing import chance, enlarge

GREEN = "#009e73"


def cells(words: list[tuple[str, str]], singular: np.ndarray, plural: np.ndarray, nested: list[str],
          counted: np.ndarray, owed: list[int]) -> Figure:
    """Two cells of layer 2. Above, the one for number in two sentences; below, the one for verbs owed in a third.

    Args:
        words: the pairs of words of the two sentences, from `<eos>` on; singular, plural: the cell after each.
        nested: the words of the third sentence, from `<eos>` on; counted: the cell; owed: verbs owed, both after each.
    """
    figure = Figure(figsize=(10, 6.4), layout="constrained")
    above, below = figure.subplots(2, 1)
    above.plot(singular, "o-", color=BLUE)
    above.plot(plural, "s--", color=ORANGE)
    for values, text, colour in ((singular, "singular subject", BLUE), (plural, "plural subject", ORANGE)):
        middle = len(values) // 2
        above.annotate(text, (middle, values[middle]), (0, 14), textcoords="offset points", ha="center", fontsize=12,
                       color=colour)
    above.axvspan(2, len(words) - 2, color=GREY, alpha=0.15, linewidth=0)
    above.set_xticks(range(len(words)), [a if a == b else f"{a}\n{b}" for a, b in words])
    above.set(title="kept from the subject (grey: until the verb comes)", ylabel="cell for number")
    above.margins(y=0.25)
    below.plot(counted, "s-", color=ORANGE, label="the cell")
    below.step(range(len(owed)), owed, where="mid", color="black", linestyle=":", linewidth=2, label="verbs owed")
    below.set_xticks(range(len(nested)), nested)
    below.set(title="up at every who, down at every verb", ylabel="cell for verbs owed")
    below.legend(loc="upper left")
    for axes in (above, below):
        axes.axhline(0, color="black", linewidth=0.6)
        enlarge(axes)
    return figure


def probes(bins: list[str], shares: dict[str, list[tuple[float, int]]]) -> Figure:
    """How often the number is read rightly, by distance: {what reads it: [(share, cases) for each bin]}, four."""
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    axes = figure.subplots()
    looks = ((ORANGE, "s-"), (GREEN, "D-."), (BLUE, "^--"), ("black", "o:"))
    for n, ((name, found), (colour, style)) in enumerate(zip(shares.items(), looks)):
        share, count = np.array(found).T
        errorbar(axes, np.arange(len(bins)) + 0.05 * n - 0.075, share, count, style, color=colour, label=name)
    chance(axes)
    axes.set_xticks(range(len(bins)), bins)
    axes.set(xlabel="words since the subject that still waits for its verb", ylabel="number read rightly (%)",
             ylim=(40, 102))
    enlarge(axes)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=11)
    return figure
