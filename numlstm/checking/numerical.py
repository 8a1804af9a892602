"""Numerical gradients by central differences, and how much hand-written gradients differ from them.

Tutorial: tutorials/04_gradient_check.md
"""

from collections.abc import Callable

import numpy as np

from ..network.layers import Array, Rows


def numerical_gradient(f: Callable[[], float], array: Array, eps: float = 0.001) -> Array:
    """Gradient of f(), a number that depends on `array`, by central differences. It has the array's shape.

    Each number of the array is moved, in place, by eps and by 2 eps to either side (the five-point formula). The
    formula's error falls with eps^4, so eps can be large enough to keep the rounding error small.
    """
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        before = array[place]

        def at(shift: float) -> float:
            array[place] = before + shift
            return f()

        gradient[place] = (8 * (at(eps) - at(-eps)) - (at(2 * eps) - at(-2 * eps))) / (12 * eps)
        array[place] = before
    return gradient


def relative_error(a: Array, b: Array, smallest: float = 0.0001) -> float:
    """The largest |a - b| / max(|a|, |b|, smallest) over all places. `smallest` keeps rounding near 0 from counting."""
    return float(np.max(np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), smallest)))


def dense(grad: Array | Rows, like: Array) -> Array:
    """A gradient as an array of the parameter's shape, even if it is a `Rows`."""
    if not isinstance(grad, Rows):
        return grad
    array = np.zeros_like(like)
    array[grad.index] = grad.values
    return array
