"""Stochastic gradient descent with the gradient's norm clipped: section 4.1's training, and no more.

Tutorial: tutorials/05_training.md
"""

import math

import numpy as np

from ..errors import Diverged
from .layers import Rows


def square_sum(array):
    """The sum of an array's squares."""
    return float(np.vdot(array, array))


def subtract(array, rate, grad):
    """array -= rate * grad, in place. The gradient is used up: its memory holds the step."""
    grad *= rate
    array -= grad


def global_norm(grads, square_sum=square_sum):
    """The L2 norm of all gradients together, as if they were one long vector; of a sparse one, its rows count."""
    return math.sqrt(sum(square_sum(grad.values if isinstance(grad, Rows) else grad) for grad in grads.values()))


def sgd_step(params, grads, lr, limit, square_sum=square_sum, subtract=subtract):
    """params -= lr * grads, in place, with the gradients first scaled to a global norm of at most `limit`.

    The last two arguments are the functions above or their compiled twins.

    Returns: the norm before scaling. Raises Diverged where it is not finite, with params untouched: a
    step along such a gradient would destroy the model.
    """
    norm = global_norm(grads, square_sum)
    if not math.isfinite(norm):
        raise Diverged(f"the gradient's norm is {norm}")
    rate = lr * min(1, limit / norm) if norm else lr
    for name, grad in grads.items():
        if isinstance(grad, Rows):
            params[name][grad.index] -= rate * grad.values  # no word occurs twice in index
        else:
            subtract(params[name], rate, grad)
    return norm
