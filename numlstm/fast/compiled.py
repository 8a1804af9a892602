"""The compiled twins of everything in `backend.NUMPY`, shared out among threads.

Each method below has the name, the arguments and the result of the NumPy function that defines it. It cuts
the work into parts that need nothing of each other (rows, columns, columns of the batch) and leaves
them to a kernel, which takes its part as `first, last`. So results are the same, but for rounding,
however many threads there are, and bit for bit where there are as many.
"""

from functools import partial

import numpy as np

from ..network import layers, lstm
from . import kernels, loops, tiles
from .buffers import Memory
from .threads import Pool, ranges, rectangles

FEW = 16        # rows for which it is not worth packing a matrix
FEW_STEPS = 4   # time steps for which it isn't
MUCH = 1 << 20  # multiplications that are worth waking another thread for
PART = 1 << 16  # numbers that one thread takes at a time; their sum is rounded to float32, those of the parts are not


class Twins:
    """What needs no product, on a pool of threads."""

    def __init__(self, threads):
        self.pool, self.memory = Pool(threads), Memory()

    def column_sums(self, array):
        sums = np.empty(array.shape[1], array.dtype)
        self.pool.split(kernels.column_sums, sums.size, array, sums, multiple=FEW)
        return sums

    def row_sums(self, array, order, start):
        sums = self.memory.empty((len(start), array.shape[1]), array.dtype)
        self.pool.split(kernels.row_sums, len(start), array, order, np.append(start, len(order)), sums)
        return sums

    def softmax_cross_entropy_forward(self, logits, y):
        nll = np.empty(y.size, logits.dtype)
        self.pool.split(kernels.softmax_rows, y.size, logits, y, nll)
        return nll, logits

    def softmax_cross_entropy_backward(self, dnll, probs, y):
        self.pool.split(kernels.softmax_rows_backward, y.size, dnll, probs, y)
        return probs

    def square_sum(self, array):
        sums = np.empty(-(-array.size // PART), array.dtype)
        self.pool.split(kernels.square_sums, sums.size, array.reshape(-1), sums)
        return float(sums.sum(dtype=float))

    def subtract(self, array, rate, grad):
        self.pool.split(kernels.subtract, array.size, array.reshape(-1), array.dtype.type(rate), grad.reshape(-1),
                        multiple=PART)


class WithBlas(Twins):
    """Products by BLAS and its own threads; so that these have the cores to themselves, all else has one thread."""

    product = staticmethod(layers.product)
    loop_forward = staticmethod(partial(lstm.loop_forward, step=kernels.lstm_step_forward))
    loop_backward = staticmethod(partial(lstm.loop_backward, step=kernels.lstm_step_backward))

    def __init__(self):
        super().__init__(threads=1)


class WithTiles(Twins):
    """The time loops by `tiles`, and the large products too, or else by BLAS, a part for each thread."""

    def __init__(self, threads, large):
        super().__init__(threads)
        self.large = large

    def product(self, left, right, bias=None):
        (M, _), N = left.shape, right.shape[1]
        out = self.memory.empty((M, N), left.dtype)
        if bias is None:
            bias = np.zeros(N, left.dtype)
        if self.large and M >= FEW:
            multiply, width = tiles.multiply(out.dtype), tiles.panel_width(out)
            start = np.lib.stride_tricks.as_strided(bias, out.shape, (0, bias.strides[0]))  # M times the same row
        else:
            multiply, width, start = multiply_by_blas, FEW, np.broadcast_to(bias, out.shape)

        def pieces(rectangles):
            for m, last_m, n, last_n in rectangles:
                multiply(left[m:last_m], right[:, n:last_n], start[m:last_m, n:last_n], out[m:last_m, n:last_n])
        threads = self.pool.threads if M * right.size > MUCH else 1
        self.pool.run(pieces, [(piece,) for piece in rectangles(M, N, threads, tiles.ROWS[0], width)])
        return out

    def pack(self, right):
        """right (K, N) as panels, (count, K, width)."""
        K, N = right.shape
        width = tiles.panel_width(right)
        panels = self.memory.empty((-(-N // width), K, width), right.dtype)
        self.pool.run(tiles.pack, [(right[:, first:last], panels[first // width:-(-last // width)])
                                   for first, last in ranges(N, self.pool.threads, width)])
        return panels

    def loop_forward(self, gates, Wh, state):
        T, B, H = len(gates), *state[0].shape
        if T < FEW_STEPS:
            return WithBlas.loop_forward(gates, Wh, state)
        h, c, tanh_c = (self.memory.empty((slots, B, H), gates.dtype) for slots in (T + 1, T + 1, T))
        h[0], c[0] = state
        if B < self.pool.threads:
            counters = np.zeros((3, T), np.int64)
            self.pool.run(loops.shared_loop_forward,
                          [(gates, self.pack(Wh), h, c, tanh_c, *counters)] * self.pool.threads)
        else:
            self.pool.split(loops.loop_forward, B, gates, self.pack(Wh), h, c, tanh_c)
        return h, c, tanh_c

    def loop_backward(self, dout, dstate, gates, c, tanh_c, Wh):
        if len(gates) < FEW_STEPS:
            return WithBlas.loop_backward(dout, dstate, gates, c, tanh_c, Wh)
        dh, dc = dstate[0].copy(), dstate[1].copy()
        da = self.memory.empty(gates.shape, gates.dtype)
        self.pool.split(loops.loop_backward, len(dh), dout, dh, dc, gates, c, tanh_c, self.pack(Wh.T), da)
        return da, (dh, dc)


def multiply_by_blas(left, right, start, out):
    np.matmul(left, right, out=out)
    out += start
