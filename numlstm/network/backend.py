"""Who computes: the operations that may have a faster twin, and NumPy's functions, which define them.

Tutorial: tutorials/08_fast.md
"""

import numpy as np

from . import layers, optim, regularize, unroll


class Backend:
    """NumPy. `fast.compiled` has another one; arguments and results are those of the functions called here."""

    name = "numpy"
    products = "BLAS"   # who multiplies matrices
    threads = None      # how many; None: however many BLAS has

    def empty(self, shape, dtype):
        """An array with arbitrary content."""
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
