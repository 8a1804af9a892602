"""The picture that a run leaves behind: its log as curves. Drawn without pyplot: no window, no global state."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..palette import BLUE, GREY, ORANGE


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
    best = min(log, key=lambda row: row["valid_perplexity"])
    if best is not log[-1]:
        axes.plot(best["epoch"], best["valid_perplexity"], "*", color=ORANGE, markersize=13, markeredgecolor="black",
                  label=f"its best epoch, {best['epoch']}: {best['valid_perplexity']:.1f}")
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
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13))  # below: it covers nothing
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
