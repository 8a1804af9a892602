"""Boxes, arrows and text for the drawings that show how a network is built, in units of the drawing's own."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

INK = "#303030"


def canvas(width: float, height: float, inches: float = 1.0) -> tuple[Figure, Axes]:
    """A figure without axes, from (0, 0) at the lower left to (width, height); one unit is `inches` wide."""
    figure = Figure(figsize=(width * inches, height * inches))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def box(axes: Axes, x: float, y: float, text: str, width: float = 0.8, height: float = 0.5, colour: str = INK,
        fill: str = "white", size: float = 11) -> None:
    """A box with text, (x, y) its centre."""
    corner = (x - width / 2, y - height / 2)
    axes.add_patch(FancyBboxPatch(corner, width, height, boxstyle="round,pad=0,rounding_size=0.08", edgecolor=colour,
                                  facecolor=fill, linewidth=1.4))
    label(axes, x, y, text, colour, size)


def label(axes: Axes, x: float, y: float, text: str, colour: str = INK, size: float = 11,
          **options: Any) -> None:
    """Text, (x, y) its centre. `options` are those of matplotlib's text."""
    settings: dict[str, Any] = {"ha": "center", "va": "center", "color": colour, "fontsize": size}
    axes.text(x, y, text, **settings | options)


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = INK, dashed: bool = False,
          width: float = 1.4, bend: float = 0.0, head: bool = True) -> None:
    """An arrow, or a line without `head`, that bends to one side by `bend` times its length."""
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>" if head else "-", mutation_scale=12, color=colour,
                                   linestyle="--" if dashed else "-", linewidth=width, shrinkA=0, shrinkB=0,
                                   connectionstyle=f"arc3,rad={bend}"))
