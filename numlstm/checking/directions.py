"""Derivatives along random directions: a check for networks of any size, with the kernels that train them.

Checking an array of a million numbers one by one takes too long. Instead, all of them move at once, by eps * v, where v
is a random direction. Then the loss is a function of eps alone, and its derivative at 0 must be the sum of
gradient * v. One direction checks the whole array, because an error in the gradient is almost never orthogonal to a
random v.

Tutorial: tutorials/04_gradient_check.md
"""

from collections.abc import Callable

import numpy as np

from ..network import model
from ..network.backend import NUMPY, Backend
from ..network.layers import Array
from .problem import Problem


def check(problem: Problem, backend: Backend, eps: float = 0.001, seed: int = 0) -> dict[str, float]:
    """{name: relative error} of the derivative along a random direction, for every parameter and carried state.

    The gradient is the backend's, but the loss is NumPy's. Otherwise a backend that computes a wrong loss, and the
    right derivatives of it, would pass. Directions have length 1, so an array moves by eps.
    """
    rng, by_hand = np.random.default_rng(seed), problem.backward(backend)
    return {name: error_along(unit(rng, array), by_hand[name], array, lambda: problem.forward()[0], eps)
            for name, array in problem.inputs().items()}


def unit(rng: np.random.Generator, array: Array) -> Array:
    """A random direction: the array's shape, length 1."""
    v = rng.normal(size=array.shape)
    return v / np.linalg.norm(v)


def error_along(v: Array, gradient: Array, array: Array, loss: Callable[[], float], eps: float) -> float:
    """The error of the hand-written derivative of loss() along v, against the five-point formula.

    It is relative to the gradient's length divided by the square root of the array's size. That is the typical
    (root mean square) derivative along a random direction of length 1.
    """
    before = array.copy()

    def at(shift: float) -> float:
        np.add(before, shift * v, out=array)
        return loss()

    numerical = (8 * (at(eps) - at(-eps)) - (at(2 * eps) - at(-2 * eps))) / (12 * eps)
    array[:] = before
    by_hand = np.vdot(gradient, v)
    return float(abs(by_hand - numerical) / (np.linalg.norm(gradient) / np.sqrt(v.size) + 1e-300))


def single_precision(problem: Problem, backend: Backend) -> dict[str, float]:
    """{name: relative error} of the gradients in float32, which training uses, against those in float64."""
    exact = problem.backward(backend)
    single = problem.in_single_precision().backward(backend)
    return {name: float(np.linalg.norm(single[name] - grad) / (np.linalg.norm(grad) + 1e-300))
            for name, grad in exact.items()}


def one_stream(problem: Problem, backend: Backend, steps: int = 40) -> float:
    """The largest relative error of nll against NumPy, for a single stream without masks, as in evaluation."""
    words = np.resize(problem.text.T, (steps + 1, 1))
    state = model.zero_state(problem.params, 1)
    computed, expected = (model.forward(problem.params, words[:-1], words[1:], state, backend=who)[0]
                          for who in (backend, NUMPY))
    return float(np.max(np.abs(computed - expected) / np.abs(expected)))
