"""The pictures of tutorial 9: what temperature does, agreement by distance, surprises word by word, what is lacking."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from numlstm.corpus import agreement as language
from numlstm.palette import BLUE, GREY, ORANGE

from .intervals import errorbar

MOST = 14  # bits: the darkest colour of a surprise
SHADES = ListedColormap(colormaps["Oranges"](np.linspace(0, 0.7, 256)))  # light enough for black letters


def temperature(temperatures: list[float], share: np.ndarray, count: int, different: np.ndarray,
                in_text: int) -> Figure:
    """Sentences without a mistake (shares of `count`), and different words among 1,000, by temperature."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    errorbar(left, temperatures, share, np.full(len(share), count), "s-", color=ORANGE)
    left.set(ylabel="sentences without a mistake (%)", ylim=(0, 100))
    right.plot(temperatures, different, "s-", color=ORANGE, label="what the network wrote")
    right.axhline(in_text, color=BLUE, linestyle="--", label="the test text")
    right.set(ylabel="different words among 1,000", ylim=(0, None))
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.set(xlabel="temperature", xlim=(0, 2.1), xticks=temperatures, xticklabels=temperatures)
        enlarge(axes)
    return figure


def agreement(groups: dict[str, dict[str, tuple[float, int]]]) -> Figure:
    """The share of right forms by distance: {name: {bin of distances: (share, cases)}}, three groups."""
    figure = Figure(figsize=(9, 4.4), layout="constrained")
    axes = figure.subplots()
    looks = ((-0.06, BLUE, "o-"), (0, ORANGE, "s--"), (0.06, "black", "^:"))
    for (name, found), (shift, colour, style) in zip(groups.items(), looks):
        share, count = np.array(list(found.values())).T
        places = shift + np.array([list(language.BINS).index(distance) for distance in found])
        errorbar(axes, places, share, count, style, color=colour, label=name)
    chance(axes)
    axes.set_xticks(range(len(language.BINS)), language.BINS)
    axes.set(xlabel="words from the cause to the form that must agree", ylabel="right form preferred (%)",
             ylim=(40, 102))
    enlarge(axes)
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=11)
    return figure


def chance(axes: Axes) -> None:
    """A line at 50 %, where a coin would be."""
    axes.axhline(50, color=GREY, linewidth=1)
    axes.text(0.01, 51, "chance", color=GREY, fontsize=11, transform=axes.get_yaxis_transform())


def surprises(sentences: list[tuple[list[str], np.ndarray, np.ndarray]]) -> Figure:
    """Sentences as boxes, the darker the more surprised the network; below, its bits and the grammar's.

    A sentence is (words, the network's bits, the grammar's bits: inf for a forbidden word, nan after one).
    """
    figure = Figure(figsize=(10, 3.3), layout="constrained")
    axes = figure.subplots()
    colour = ScalarMappable(Normalize(0, MOST), SHADES)
    for row, (words, network, grammar) in enumerate(sentences):
        y = 1.1 * (len(sentences) - 1 - row)
        for x, (word, own, true) in enumerate(zip(words, network, grammar)):
            axes.add_patch(Rectangle((x + 0.02, y), 0.96, 0.42, facecolor=colour.to_rgba(own), edgecolor="black",
                                     linewidth=0.6))
            below = "never" if np.isinf(true) else "" if np.isnan(true) else f"{true:.1f}"
            for height, text, ink in ((0.2, word, "black"), (-0.14, f"{own:.1f}", "black"), (-0.38, below, BLUE)):
                axes.text(x + 0.5, y + height, text, ha="center", va="center", fontsize=11.5, color=ink)
        for height, text, ink in ((-0.14, "network, bits", "black"), (-0.38, "grammar, bits", BLUE)):
            axes.text(-0.1, y + height, text, ha="right", va="center", fontsize=11, color=ink)
    axes.set(xlim=(-1.6, max(len(words) for words, _, _ in sentences)), ylim=(-0.5, 1.1 * len(sentences) - 0.6))
    axes.axis("off")
    bar = figure.colorbar(colour, ax=axes, location="bottom", shrink=0.5, aspect=30, pad=0.02)
    bar.set_label(f"the network's surprise at the word (bits; {MOST} and more have one colour)", fontsize=11)
    return figure


def excess(unavoidable: dict[str, float], lost: dict[str, float], by_place: dict[str, np.ndarray]) -> Figure:
    """Left: unavoidable and excess bits per word of the text, by step. Right: excess by the word's place."""
    figure = Figure(figsize=(10, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    steps, least, more = list(unavoidable), np.array(list(unavoidable.values())), np.array(list(lost.values()))
    left.barh(steps, least, color=BLUE, label="unavoidable")
    left.barh(steps, more, left=least, color=ORANGE, hatch="///", edgecolor="white", label="the network's excess")
    for n, (end, bits) in enumerate(zip(least + more, more)):
        left.text(end + 0.03, n, f"+ {bits:.2f}, or {bits / least[n]:.0%}", va="center", fontsize=11)
    left.invert_yaxis()
    left.set_yticks(range(len(steps)), [f"which {step}?" for step in steps])
    left.set(xlabel="surprise, bits per word of the text", xlim=(0, 1.45 * max(least + more)))
    figure.legend(loc="outside upper left", ncols=2, frameon=False, fontsize=11)
    errors = [2 * np.std(values) / np.sqrt(len(values)) for values in by_place.values()]
    right.errorbar(list(by_place), [values.mean() for values in by_place.values()], errors, fmt="s-", color=ORANGE,
                   capsize=3)
    right.set(xlabel="place of the word in its sentence", ylabel="excess, bits per word", ylim=(0, None))
    right.margins(x=0.08)
    for axes in (left, right):
        enlarge(axes)
    return figure


def enlarge(axes: Axes) -> None:
    """Letters that can be read where the picture is shown at 700 pixels."""
    for text in (axes.xaxis.label, axes.yaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()):
        text.set_fontsize(11)
    if axes.get_legend():
        for text in axes.get_legend().get_texts():
            text.set_fontsize(11)
