"""Stochastic gradient descent with the gradient's norm clipped: section 4.1's training, and no more."""

import math

import numpy as np

from .errors import Diverged
from .layers import Rows


def arrays(grads):
    """The gradients' arrays; of a sparse one, its rows."""
    return [grad.values if isinstance(grad, Rows) else grad for grad in grads.values()]


def global_norm(grads):
    """The L2 norm of all gradients together, as if they were one long vector."""
    return math.sqrt(sum(float(np.vdot(grad, grad)) for grad in arrays(grads)))


def clip(grads, limit):
    """Scales the gradients, in place, to a global norm of at most `limit`. Returns the norm before.

    Raises Diverged where the norm is not finite; a step along such a gradient would destroy the model.
    """
    norm = global_norm(grads)
    if not math.isfinite(norm):
        raise Diverged(f"the gradient's norm is {norm}")
    if norm > limit:
        for grad in arrays(grads):
            grad *= limit / norm
    return norm


def sgd_step(params, grads, lr):
    """params -= lr * grads, in place. The gradients are used up: their memory holds the step."""
    for name, grad in grads.items():
        if isinstance(grad, Rows):
            params[name][grad.index] -= lr * grad.values  # no word occurs twice in index
        else:
            grad *= lr
            params[name] -= grad
