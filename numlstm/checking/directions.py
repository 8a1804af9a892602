"""Derivatives along random directions: a check for networks of any size, with the kernels that train them.

An array of a million numbers can't be checked number by number. But let all of them move at once, each by eps times a
random number of its own, the direction v: then the loss is a function of eps alone, and its derivative must be the
sum of gradient * v. One direction for an array checks all of it, as a mistake anywhere is nearly never at a right angle
to a random v.

Tutorial: tutorials/03_backward.md
"""

import numpy as np

from ..network import model
from ..network.backend import NUMPY


def check(problem, backend, eps=1e-3, seed=0):
    """{name: relative error} of the derivative along a random direction, for every parameter and carried state.

    The gradient is the backend's, the loss NumPy's: products that were all negated, say, would have the right
    derivatives of a wrong loss. Directions have the length 1, so that eps is what an array moves by.
    """
    rng, by_hand = np.random.default_rng(seed), problem.backward(backend)
    return {name: error_along(unit(rng, array), by_hand[name], array, lambda: problem.forward()[0], eps)
            for name, array in problem.inputs().items()}


def unit(rng, array):
    """A random direction: the array's shape, length 1."""
    v = rng.normal(size=array.shape)
    return v / np.linalg.norm(v)


def error_along(v, gradient, array, loss, eps):
    """The derivative of loss() along v, by hand against the five-point formula, relative to what it could be at most.

    That is the gradient's length, divided by the square root of the array's size: what a random direction of
    length 1 sees of a gradient on average.
    """
    before = array.copy()

    def at(shift):
        np.add(before, shift * v, out=array)
        return loss()

    numerical = (8 * (at(eps) - at(-eps)) - (at(2 * eps) - at(-2 * eps))) / (12 * eps)
    array[:] = before
    by_hand = np.vdot(gradient, v)
    return float(abs(by_hand - numerical) / (np.linalg.norm(gradient) / np.sqrt(v.size) + 1e-300))


def single_precision(problem, backend):
    """{name: relative error} of the gradients in float32, in which training runs, against those in float64."""
    exact = problem.backward(backend)
    single = problem.in_single_precision().backward(backend)
    return {name: float(np.linalg.norm(single[name] - grad) / (np.linalg.norm(grad) + 1e-300))
            for name, grad in exact.items()}


def one_stream(problem, backend, steps=40):
    """The largest error of nll where a single stream is read, without masks, as evaluation does; against NumPy."""
    words = np.resize(problem.text.T, (steps + 1, 1))
    state = model.zero_state(problem.params, 1)
    found, expected = (model.forward(problem.params, words[:-1], words[1:], state, backend=who)[0]
                       for who in (backend, NUMPY))
    return float(np.max(np.abs(found - expected) / np.abs(expected)))
