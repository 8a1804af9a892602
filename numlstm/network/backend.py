"""A backend: the operations that may have a faster version. The NumPy functions called here define them.

Tutorial: tutorials/12_fast.md
"""

import numpy as np
from numpy.typing import DTypeLike

from . import layers, optim, regularize, unroll
from .cells.cell import Cell
from .layers import Array


class Backend:
    """NumPy's backend. `fast.compiled` has others. Arguments and results are those of the functions called here."""

    name = "numpy"
    products = "BLAS"   # what multiplies matrices
    threads: int | None = None  # how many threads; None: as many as BLAS uses

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """An uninitialised array."""
        return np.empty(shape, dtype)

    def product(self, left: Array, right: Array, bias: Array | None = None, out: Array | None = None) -> Array:
        return layers.product(left, right, bias, out)

    def column_sums(self, array: Array) -> Array:
        return layers.column_sums(array)

    def row_sums(self, array: Array, order: Array, start: Array) -> Array:
        return layers.row_sums(array, order, start)

    def loop_forward(self, cell: Cell, a: Array, Wh: Array, state: Array) -> tuple[Array, Array]:
        return unroll.loop_forward(cell, a, Wh, state)

    def loop_backward(self, cell: Cell, dout: Array, dstate: Array, cache: unroll.Cache) -> tuple[Array, Array]:
        return unroll.loop_backward(cell, dout, dstate, cache)

    def softmax_cross_entropy_forward(self, logits: Array, y: Array) -> tuple[Array, Array]:
        return layers.softmax_cross_entropy_forward(logits, y)

    def softmax_cross_entropy_backward(self, dnll: Array, probs: Array, y: Array) -> Array:
        return layers.softmax_cross_entropy_backward(dnll, probs, y)

    def square_sum(self, array: Array) -> float:
        return optim.square_sum(array)

    def add_penalty(self, grad: Array, weight: Array, l2: float, l1: float) -> None:
        regularize.add_penalty(grad, weight, l2, l1)

    def subtract(self, array: Array, rate: float, grad: Array) -> None:
        optim.subtract(array, rate, grad)


NUMPY = Backend()
