"""The figure of an ensemble, drawn without pyplot: no window, no global state."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...palette import BLUE, GREY, ORANGE


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
    for count, name in equals(rows[-1]["test"], paper):
        axes.axhline(rows[-1]["test"], color=ORANGE, linewidth=0.8, linestyle=":", zorder=0)
        axes.annotate(f"{counts[-1]:g} of these: as good as {count}\n({name})", (max(ticks), rows[-1]["test"]),
                      xytext=(0, 4), textcoords="offset points", ha="right", color=ORANGE)
    axes.set(xscale="log", yscale="log", xlabel="members averaged (log scale)",
             ylabel="test perplexity per word (log scale)")
    axes.set_xticks(sorted(ticks), [f"{tick:g}" for tick in sorted(ticks)])
    axes.minorticks_off()
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))  # the range may hold no power of ten
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend()
    return figure


def equals(perplexity: float, paper: dict[str, list[tuple[int, float]]]) -> list[tuple[int, str]]:
    """The nearest point of the paper's curves, as [(members, curve)], if it is within half a percent; otherwise []."""
    points = [(abs(value / perplexity - 1), count, name) for name, curve in paper.items() for count, value in curve]
    return [(count, name) for distance, count, name in sorted(points)[:1] if distance < 0.005]
