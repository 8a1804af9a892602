"""A backend: the operations that may have a faster version. The NumPy functions called here define them.

Tutorial: tutorials/08_fast.md
"""

import numpy as np

from . import layers, optim, regularize, unroll


class Backend:
    """NumPy's backend. `fast.compiled` has others. Arguments and results are those of the functions called here."""

    name = "numpy"
    products = "BLAS"   # what multiplies matrices
    threads = None      # how many threads; None: as many as BLAS uses

    def empty(self, shape, dtype):
        """An uninitialised array."""
        return np.empty(shape, dtype)

    def product(self, left, right, bias=None, out=None):
        return layers.product(left, right, bias, out)

    def column_sums(self, array):
        return layers.column_sums(array)

    def row_sums(self, array, order, start):
        return layers.row_sums(array, order, start)

    def loop_forward(self, cell, a, Wh, state):
        return unroll.loop_forward(cell, a, Wh, state)

    def loop_backward(self, cell, dout, dstate, cache):
        return unroll.loop_backward(cell, dout, dstate, cache)

    def softmax_cross_entropy_forward(self, logits, y):
        return layers.softmax_cross_entropy_forward(logits, y)

    def softmax_cross_entropy_backward(self, dnll, probs, y):
        return layers.softmax_cross_entropy_backward(dnll, probs, y)

    def square_sum(self, array):
        return optim.square_sum(array)

    def add_penalty(self, grad, weight, l2, l1):
        return regularize.add_penalty(grad, weight, l2, l1)

    def subtract(self, array, rate, grad):
        return optim.subtract(array, rate, grad)


NUMPY = Backend()
