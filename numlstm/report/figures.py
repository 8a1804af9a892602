"""Figures, drawn with matplotlib's objects instead of pyplot: no window, no global state."""

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


def ensemble(rows: list[dict[str, Any]], paper: dict[str, list[tuple[int, float]]]) -> Figure:
    """Test perplexity by number of averaged members, and its spread over the choice of members, as a Figure.

    `rows` are those of `averaging.curve`. `paper` has the curves to draw beside it, `paper.curves` or none.
    """
    figure = Figure(figsize=(7.5, 4.8), layout="constrained")
    axes = figure.add_subplot()
    counts = [row["members"] for row in rows]
    axes.fill_between(counts, [row["test_lowest"] for row in rows], [row["test_highest"] for row in rows],
                      color=ORANGE, alpha=0.15, linewidth=0)
    axes.plot(counts, [row["test"] for row in rows], "s-", color=ORANGE,
              label="this ensemble (band: lowest to highest choice of members)")
    ticks = set(counts)
    for (name, points), colour, style in zip(paper.items(), (GREY, BLUE, "black"), ("v-.", "^--", "o:")):
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
