"""Numerical gradients by central differences, and how far they are from hand-written ones.

Tutorial: tutorials/03_backward.md
"""

import numpy as np

from ..network.layers import Rows


def numerical_gradient(f, array, eps=1e-3):
    """Gradient of f(), a number that depends on `array`, by central differences: array's shape.

    Each number of the array is moved, in place, by one and by two eps to either side (the five-point
    formula): the error of the formula falls with eps^4, so that eps can be large and rounding small.
    """
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        before = array[place]

        def at(shift):
            array[place] = before + shift
            return f()

        gradient[place] = (8 * (at(eps) - at(-eps)) - (at(2 * eps) - at(-2 * eps))) / (12 * eps)
        array[place] = before
    return gradient


def relative_error(a, b, smallest=1e-4):
    """The largest |a - b| / max(|a|, |b|) over all places; numbers below `smallest` count as that large."""
    return float(np.max(np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), smallest)))


def dense(grad, like):
    """A gradient as an array of the parameter's shape, also where it is sparse."""
    if not isinstance(grad, Rows):
        return grad
    array = np.zeros_like(like)
    array[grad.index] = grad.values
    return array
