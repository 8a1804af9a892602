"""Stochastic gradient descent with gradient norm clipping, as in section 4.1.

Tutorial: tutorials/07_training.md
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Diverged
from .layers import Array, Grads, Params, Rows

if TYPE_CHECKING:
    from .backend import Backend

PIECE = 1 << 14  # numbers that are squared and summed at a time


def square_sum(array: Array) -> float:
    """The sum of an array's squares, in float64. In float32 the norm of a large network would be off by 5e-5."""
    flat, total = array.reshape(-1), 0.0
    for start in range(0, flat.size, PIECE):  # small pieces stay in the CPU's cache
        piece = flat[start:start + PIECE].astype(np.float64)
        total += float(piece @ piece)
    return total


def subtract(array: Array, rate: float, grad: Array) -> None:
    """array -= rate * grad, in place. The gradient is overwritten with rate * grad, to save memory."""
    grad *= rate
    array -= grad


def global_norm(grads: Grads, backend: "Backend") -> float:
    """The L2 norm of all gradients together, as one long vector. The rows that a `Rows` doesn't store are zero."""
    arrays = (grad.values if isinstance(grad, Rows) else grad for grad in grads.values())
    return math.sqrt(sum(map(backend.square_sum, arrays)))


def sgd_step(params: Params, grads: Grads, lr: float, limit: float, backend: "Backend") -> float:
    """params -= lr * grads, in place, with the gradients first scaled to a global norm of at most `limit`.

    The gradients are overwritten.

    Returns: the norm before scaling. Raises Diverged if it is not finite, and leaves params unchanged, because a
    step along such a gradient would destroy the model.
    """
    norm = global_norm(grads, backend)
    if not math.isfinite(norm):
        raise Diverged(f"the gradient's norm is {norm}")
    rate = lr * min(1, limit / norm) if norm else lr
    for name, grad in grads.items():
        if isinstance(grad, Rows):
            params[name][grad.index] -= rate * grad.values  # right because no word occurs twice in index
        else:
            backend.subtract(params[name], rate, grad)
    return norm
