"""The pictures of tutorial 11: two members word by word, perplexity by number of members, and against 1/N."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from numlstm.palette import BLUE, GREY, ORANGE


def two_members(first: np.ndarray, second: np.ndarray, gains: Sequence[float], shares: Sequence[float]) -> Figure:
    """Left: the probabilities (words,) by two networks. Right: mean diversity by fifths of words, and shares."""
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.loglog(first, second, ".", color=BLUE, markersize=2, alpha=0.3, rasterized=True)
    line = np.array([1e-6, 1])
    left.plot(line, line, "k-", linewidth=1, label="equal")
    left.plot(line, 2 * line, "--", color=ORANGE, label="one twice the other")
    left.plot(line, line / 2, "--", color=ORANGE)
    left.set(xlim=(1e-5, 1), ylim=(1e-5, 1), aspect="equal", title="Each point: one word of the test text")
    left.set_xlabel("probability by the first network", fontsize=11)
    left.set_ylabel("probability by the second network", fontsize=11)
    left.legend(loc="upper left")
    bars = right.bar(range(5), gains, color=ORANGE, hatch="//", edgecolor="white")
    right.bar_label(bars, [f"{share:.0%}" for share in shares], padding=2, fontsize=11)
    right.set_xticks(range(5), ["least", "", "", "", "most"], fontsize=11)
    right.set(title="Where averaging helps (share of all it gains)", ylim=(0, 1.15 * max(gains)))
    right.set_xlabel("disagreement of the four networks (fifths of the words)", fontsize=11)
    right.set_ylabel("diversity (nats per word)", fontsize=11)
    return figure


def curve(values: dict[int, list[float]], floor: float) -> Figure:
    """Left: the perplexity of every choice of members, and its mean, {members: [one for each choice]}.

    Right: how far one network is from the floor, and how much of that the average of all gains, in nats.
    """
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    means = [np.mean(of) for of in values.values()]
    for size, of in values.items():
        label = "one choice of members" if size == 1 else None
        left.plot([size] * len(of), of, "x", color=BLUE, markersize=8, label=label)
    left.plot(list(values), means, "s-", color=ORANGE, label="mean over the choices")
    left.set_xticks(list(values))
    left.set_xlabel("members averaged", fontsize=11)
    left.set_ylabel("test perplexity", fontsize=11)
    left.legend(fontsize=11)
    gained, missing = np.log(means[0] / means[-1]), np.log(means[-1] / floor)
    right.bar([0], [missing], color=GREY, width=0.5)
    right.bar([0], [gained], bottom=[missing], color=ORANGE, hatch="//", edgecolor="white", width=0.5)
    right.text(0, missing / 2, f"still missing\n{missing:.2f}", ha="center", va="center", fontsize=12, color="white")
    right.annotate(f"gained by\naveraging {max(values)}\n{gained:.2f}", (0.25, missing + gained / 2), (0.36, missing),
                   va="center", fontsize=12)
    right.set_xticks([0], [f"from one network\nto the floor, {floor:.2f}"], fontsize=11)
    right.set(xlim=(-0.4, 0.9), ylim=(0, 1.08 * (gained + missing)))
    right.set_ylabel("nats per word", fontsize=11)
    return figure


def one_over_n(fits: dict[str, tuple[np.ndarray, np.ndarray, float, float]]) -> Figure:
    """Perplexity against 1/N, {name: (members, measured, a, b)}: the first at the left, the others at the right."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    looks = [(left, ORANGE, "s"), (right, GREY, "v"), (right, BLUE, "^"), (right, "black", "o"), (right, ORANGE, "D")]
    for (name, (counts, measured, a, b)), (panel, colour, marker) in zip(fits.items(), looks):
        panel.plot(1 / counts, measured, marker, color=colour, label=f"{name}\n(at the left end: {np.exp(a):.1f})")
        panel.plot([0, 1], np.exp([a, a + b]), "--", color=colour, linewidth=1)
        panel.plot([0], np.exp([a]), marker, markerfacecolor="white", color=colour)
    for panel, counts, step in zip((left, right), ([1, 2, 3, 4], [1, 2, 5, 10]), (0.2, 8)):
        panel.set_xticks([1 / count for count in counts] + [0], [*counts, "∞"], fontsize=11)
        low, high = panel.get_ylim()
        panel.set(yscale="log", ylim=(low, high * (high / low) ** 0.4))
        panel.minorticks_off()
        ticks = np.arange(np.ceil(low / step), high / step) * step
        panel.set_yticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=11)
        panel.set_xlabel("members N (scale: 1/N)", fontsize=11)
        panel.legend(loc="upper left")
    left.set_ylabel("test perplexity (log scale)", fontsize=11)
    return figure
