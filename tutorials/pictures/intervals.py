"""How sure a share is that was counted: the bars in the pictures of tutorials 9 and 10."""

import numpy as np
from matplotlib.axes import Axes


def compatible(share: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest probability s that a share of `count` cases is compatible with.

    The share lies within two standard errors sqrt(s (1 - s) / count) of either. This is Wilson's interval (1927), which
    never leaves the range from 0 to 1.
    """
    share, count = np.asarray(share, float), np.asarray(count, float)
    middle = (share + 2 / count) / (1 + 4 / count)
    half = 2 / (1 + 4 / count) * np.sqrt(share * (1 - share) / count + 1 / count ** 2)
    return middle - half, middle + half


def errorbar(axes: Axes, places: np.ndarray, share: np.ndarray, count: np.ndarray, style: str, **options) -> None:
    """Draws shares, in percent, with the bars of `compatible`. `options` are those of matplotlib's errorbar."""
    low, high = compatible(share, count)
    bars = 100 * np.maximum([share - low, high - share], 0)  # rounding can make them a little less than 0
    axes.errorbar(places, 100 * np.asarray(share), bars, fmt=style, capsize=3, **options)
