"""A backend: the operations that may have a faster version. The NumPy functions named here define them.

Tutorial: tutorials/12_fast.md
"""

import numpy as np
from numpy.typing import DTypeLike

from . import layers, optim, regularize, unroll
from .layers import Array


class Backend:
    """NumPy's backend. `fast.compiled` has others, whose methods take the arguments of the functions named here."""

    name = "numpy"
    products = "BLAS"   # what multiplies matrices
    threads: int | None = None  # how many threads; None: as many as BLAS uses

    product = staticmethod(layers.product)
    column_sums = staticmethod(layers.column_sums)
    row_sums = staticmethod(layers.row_sums)
    loop_forward = staticmethod(unroll.loop_forward)
    loop_backward = staticmethod(unroll.loop_backward)
    softmax_cross_entropy_forward = staticmethod(layers.softmax_cross_entropy_forward)
    softmax_cross_entropy_backward = staticmethod(layers.softmax_cross_entropy_backward)
    square_sum = staticmethod(optim.square_sum)
    add_penalty = staticmethod(regularize.add_penalty)
    subtract = staticmethod(optim.subtract)

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """An uninitialised array."""
        return np.empty(shape, dtype)


NUMPY = Backend()
