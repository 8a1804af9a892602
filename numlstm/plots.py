"""Pictures, drawn with matplotlib's objects alone: no window, no global state.

    python -m numlstm.plots [FILE]         draws the README's picture of the unrolled network
"""

from matplotlib.figure import Figure

from . import cli

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#808080"  # told apart by the colour-blind, and in print


def learning_curves(log):
    """Perplexity of the training and the validation text after each epoch: a Figure from a run's log."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    epochs = [row["epoch"] for row in log]
    for key, name, style in (("train_perplexity", "training text", {"color": BLUE, "marker": "o", "linestyle": "--"}),
                             ("valid_perplexity", "validation text", {"color": ORANGE, "marker": "s"})):
        values = [row[key] for row in log]
        axes.plot(epochs, values, label=f"{name}: {values[-1]:.1f} at the end", markersize=4, **style)
    if (test := log[-1]["test_perplexity"]) is not None:
        axes.axhline(test, color=GREY, linestyle=":", label=f"test text, last epoch: {test:.1f}")
    lowered = next((row["epoch"] for row in log if row["learning_rate"] < log[0]["learning_rate"]), None)
    if lowered is not None:
        axes.axvline(lowered - 0.5, color=GREY, linewidth=0.8)
        axes.annotate("learning rate\nstarts to fall", (lowered - 0.5, 0.97), xytext=(4, 0), va="top", fontsize=8,
                      xycoords=("data", "axes fraction"), textcoords="offset points", color=GREY)
    axes.set(xlabel="epoch", ylabel="perplexity per word (log scale)", yscale="log")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.legend()
    return figure


def unrolled_network(words=("the", "keys", "to", "the", "old", "door", "are"), L=2):
    """The network over len(words) - 1 steps, like the paper's figures 2 and 3: a Figure.

    Dashed arrows go up and carry dropout, solid ones go through time and don't. One of the many
    paths from the second word to the last prediction is drawn in colour: it meets dropout L + 1 times.
    """
    T = len(words) - 1
    figure = Figure(figsize=(8.5, 4.8))
    axes = figure.add_axes((0.02, 0, 0.96, 1))
    axes.set(xlim=(-1.75, T - 0.6), ylim=(-0.95, L + 1.85))
    axes.axis("off")
    on_path = {(1, level) for level in range(2)} | {(t, 1) for t in range(1, T)} | \
              {(T - 1, level) for level in range(1, L + 2)}

    def arrow(start, end, dashed):
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


def box(axes, x, y, text, coloured, frame=True):
    """A word, or a framed name of a layer, at (x, y)."""
    axes.text(x, y, text, ha="center", va="center", fontsize=10, color=ORANGE if coloured else "#202020",
              bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "linewidth": 1.2 if frame else 0,
                    "edgecolor": ORANGE if coloured else "#404040"})


def main(argv=None):
    parser = cli.parser("numlstm.plots", __doc__)
    parser.add_argument("file", nargs="?", default="tutorials/figures/unrolled.png")
    args = parser.parse_args(argv)
    unrolled_network().savefig(args.file, dpi=150)
    print(f"wrote {args.file}")


if __name__ == "__main__":
    cli.run(main)
