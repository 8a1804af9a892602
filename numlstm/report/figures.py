"""Figures, drawn with matplotlib's objects instead of pyplot: no window, no global state."""

import statistics
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#808080"  # distinguishable to the colour-blind, and in print


def learning_curves(log: list[dict[str, Any]], floor: float | None = None) -> Figure:
    """A run's log as a Figure: perplexity after each epoch and, where it was measured, agreement by distance.

    `floor` is the best possible validation perplexity, where it is known.
    """
    agreement = [name for name in log[-1] if name.startswith("agreement_")]
    figure = Figure(figsize=(12 if agreement else 7, 4.5), layout="constrained")
    axes = figure.add_subplot(1, 2 if agreement else 1, 1)
    epochs = [row["epoch"] for row in log]
    for key, name, colour, style in (("train_perplexity", "training text, while learning it", BLUE, "o--"),
                                     ("valid_perplexity", "validation text", ORANGE, "s-")):
        values = [row[key] for row in log]
        axes.plot(epochs, values, style, color=colour, label=f"{name}: {values[-1]:.1f} at the end", markersize=4)
    if (test := log[-1]["test_perplexity"]) is not None:
        axes.axhline(test, color=GREY, linestyle=":", label=f"test text, last epoch: {test:.1f}")
    if floor is not None:
        below = min(row["train_perplexity"] for row in log) < floor
        label = f"best possible, validation text: {floor:.1f}"
        axes.axhline(floor, color="black", linestyle="-.", linewidth=1,
                     label=label + "\n(the training text is below: known by heart)" * below)
    lowered = next((row["epoch"] for row in log if row["learning_rate"] < log[0]["learning_rate"]), None)
    if lowered is not None:
        axes.axvline(lowered - 0.5, color=GREY, linewidth=0.8)
        axes.annotate("learning rate\nstarts to fall", (lowered - 0.5, 0.97), xytext=(4, 0), va="top", fontsize=8,
                      xycoords=("data", "axes fraction"), textcoords="offset points", color=GREY)
    axes.set(xlabel="epoch", ylabel="perplexity per word (log scale)", yscale="log", xlim=(0.5, len(log) + 0.5))
    axes.locator_params(axis="x", integer=True)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.legend()
    if agreement:
        agreement_curves(figure.add_subplot(1, 2, 2), log, agreement)
    return figure


def agreement_curves(axes: Axes, log: list[dict[str, Any]], names: list[str]) -> None:
    """Draws how agreement grows with training, with a line for each bin of distances."""
    for rank, name in enumerate(names):
        axes.plot([row["epoch"] for row in log], [100 * row[name] for row in log], marker="osD^v<>"[rank], markersize=4,
                  color=str(0.75 * rank / len(names)), label=f"{name.removeprefix('agreement_')} words")
    axes.axhline(50, color=GREY, linestyle=":")
    axes.set(xlabel="epoch", ylabel="right form preferred (% of cases)", ylim=(30, 102),
             xlim=(0.5, len(log) + 0.5))
    axes.locator_params(axis="x", integer=True)
    axes.legend(title="distance to the cause", ncols=2, loc="lower right")


def speed(training: Any, names: dict[str, str]) -> Figure:
    """Training speed by size and contestant as a Figure, in shares of the machine's roofline.

    Args:
        training: {size: {contestant: [{"rate": tokens/s}, ...]}}, with the roofline under "roofline", from `benchmark`.
        names: {contestant: name in the legend}.
    """
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    contestants = [name for name in next(iter(training.values())) if name != "roofline"]
    width = 0.8 / len(contestants)
    for n, contestant in enumerate(contestants):
        medians = [median(rounds[contestant]) for rounds in training.values()]
        heights = [100 * rate / median(rounds["roofline"]) for rate, rounds in zip(medians, training.values())]
        bars = axes.bar([x + (n - (len(contestants) - 1) / 2) * width for x in range(len(training))], heights, width,
                        label=names[contestant], color=(ORANGE, "#f0c090", BLUE, "#a0d0f0", GREY)[n],
                        hatch=("", "//", "", "..", "xx")[n], edgecolor="white")
        axes.bar_label(bars, [f"{rate:,.0f}" for rate in medians], fontsize=8, padding=2)
    axes.axhline(100, color="black", linewidth=1)
    axes.annotate("the roofline: the matrix products alone", (0, 100), xycoords=("axes fraction", "data"),
                  xytext=(4, 4), textcoords="offset points", fontsize=8)
    axes.set_xticks(range(len(training)), training)
    axes.set(ylabel="share of the roofline (%)", ylim=(0, 125),
             xlabel="size; above the bars: tokens per second, median")
    figure.legend(loc="outside upper center", ncols=len(contestants))
    return figure


def median(results: list[dict[str, float]]) -> float:
    """The median rate of several measurements."""
    return statistics.median(result["rate"] for result in results)


def cost(points: list[dict[str, Any]]) -> Figure:
    """What a trained token costs for different H, T and L, beside the roofline, as a Figure.

    `points` are dicts with "field" (hidden, unroll or layers), "value", "rate" and "roofline" (tokens/s).
    """
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    titles = {"hidden": "hidden units per layer, H", "unroll": "steps per window, T", "layers": "layers, L"}
    shared = None
    for n, (field, title) in enumerate(titles.items(), 1):
        axes = shared = figure.add_subplot(1, 3, n, sharey=shared)
        rows = [row for row in points if row["field"] == field]
        values = [row["value"] for row in rows]
        axes.plot(values, [1e6 / row["rate"] for row in rows], "o-", color=ORANGE, label="numlstm")
        axes.plot(values, [1e6 / row["roofline"] for row in rows], "k--", label="the roofline: matrix products alone")
        axes.set(xscale="log", yscale="log", xlabel=f"{title} (log scale)")
        axes.set_xticks(values, values)
        axes.minorticks_off()
        axes.yaxis.set_major_formatter("{x:g}")
    figure.axes[0].set_ylabel("microseconds per trained token (log scale)")
    figure.axes[0].legend(loc="lower right")
    return figure


PAPER_ENSEMBLES = {  # table 1 of the paper: members, test perplexity
    "paper, medium regularized": ((1, 82.7), (2, 77.0), (5, 73.3), (10, 72.0)),
    "paper, large regularized": ((1, 78.4), (2, 73.6), (10, 69.5), (38, 68.7)),
}


def ensemble(rows: list[dict[str, Any]], paper: bool = True) -> Figure:
    """Test perplexity by number of averaged members, and its spread over the choice of members, as a Figure.

    `rows` are those of `averaging.curve`. With `paper`, the paper's ensembles on Penn Treebank are drawn too.
    """
    figure = Figure(figsize=(7.5, 4.8), layout="constrained")
    axes = figure.add_subplot()
    counts = [row["members"] for row in rows]
    axes.fill_between(counts, [row["test_lowest"] for row in rows], [row["test_highest"] for row in rows],
                      color=ORANGE, alpha=0.15, linewidth=0)
    axes.plot(counts, [row["test"] for row in rows], "s-", color=ORANGE,
              label="this ensemble (band: lowest to highest choice of members)")
    ticks = set(counts)
    for (name, points), colour, style in zip(PAPER_ENSEMBLES.items() if paper else (), (BLUE, "black"), ("^--", "o:")):
        axes.plot(*zip(*points), style, color=colour, label=name)
        ticks |= {count for count, _ in points}
    axes.set(xscale="log", yscale="log", xlabel="members averaged (log scale)",
             ylabel="test perplexity per word (log scale)")
    axes.set_xticks(sorted(ticks), [f"{tick:g}" for tick in sorted(ticks)])
    axes.minorticks_off()
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))  # the range may hold no power of ten
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend()
    return figure


def unrolled_network(words: Sequence[str] = ("the", "keys", "to", "the", "old", "door", "are"), L: int = 2) -> Figure:
    """The network over len(words) - 1 steps as a Figure, like the paper's figures 2 and 3.

    Dashed arrows go up and carry dropout. Solid arrows go through time and carry none. One of the many
    paths from the second word to the last prediction is drawn in colour. It meets dropout L + 1 times.
    """
    T = len(words) - 1
    figure = Figure(figsize=(8.5, 4.8))
    axes = figure.add_axes((0.02, 0, 0.96, 1))
    axes.set(xlim=(-1.75, T - 0.6), ylim=(-0.95, L + 1.85))
    axes.axis("off")
    on_path = {(1, level) for level in range(2)} | {(t, 1) for t in range(1, T)} | \
              {(T - 1, level) for level in range(1, L + 2)}

    def arrow(start: tuple[float, float], end: tuple[float, float], dashed: bool) -> None:
        coloured = start in on_path and end in on_path
        axes.annotate("", end, start, arrowprops={
            "arrowstyle": "-|>,head_width=0.25,head_length=0.5", "linestyle": (0, (3, 2)) if dashed else "-",
            "color": ORANGE if coloured else "#404040", "linewidth": 2.6 if coloured else 1.1,
            "shrinkA": 17, "shrinkB": 17})

    for t in range(T):
        for level in range(L + 1):
            arrow((t, level), (t, level + 1), dashed=True)
        for level in range(1, L + 1):
            arrow((t - 1 if t else -0.75, level), (t, level), dashed=False)
            box(axes, t, level, "LSTM", (t, level) in on_path)
        box(axes, t, 0, words[t], (t, 0) in on_path, frame=False)
        box(axes, t, L + 1, words[t + 1], (t, L + 1) in on_path, frame=False)
    for level, name in enumerate(["word read", *(f"layer {level}" for level in range(1, L + 1)), "word predicted"]):
        axes.text(-1.75, level, name, va="center", fontsize=9, color=GREY)
    axes.text(-1.75, L + 1.6, "dashed, upward: dropout, fresh at every step        solid, through time: never dropped",
              va="center", fontsize=10)
    axes.text(-1.75, -0.65, f"The coloured path leads from '{words[1]}' to the prediction of '{words[-1]}', through "
              f"{T - 2} steps of memory.\nIt meets dropout {L + 1} times, and would however long it were.",
              va="center", fontsize=10, color=ORANGE)
    return figure


def box(axes: Axes, x: float, y: float, text: str, coloured: bool, frame: bool = True) -> None:
    """Writes a word, or the name of a layer in a frame, at (x, y)."""
    axes.text(x, y, text, ha="center", va="center", fontsize=10, color=ORANGE if coloured else "#202020",
              bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "linewidth": 1.2 if frame else 0,
                    "edgecolor": ORANGE if coloured else "#404040"})
