"""The backend that computes with compiled kernels, on several threads.

Each method has the name, the arguments and the result of a method of `network.backend.Backend`, whose NumPy functions
define what it computes. It cuts the work into independent parts (rows, columns, columns of the batch) and leaves them
to a kernel, which takes its part as `first, last`. The results are the same for any number of threads, up to rounding.
For the same number of threads they are the same bit for bit.

Tutorial: tutorials/12_fast.md
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..network import unroll
from ..network.backend import Backend
from ..network.cells.cell import Cell
from ..network.layers import Array
from . import border, loops, skipping, tiles
from .border import compiled_for
from .buffers import Buffers
from .kernels import KERNELS, sums
from .threads import Pool, ranges, rectangles

Rectangles = Iterable[tuple[int, int, int, int]]  # (first row, row after the last, first column, column after the last)

PACKED_ROWS = 16          # with fewer rows than this, packing a matrix is not worth it
PACKED_STEPS = 4          # nor is it with fewer time steps than this
SHARED_PRODUCT = 1 << 22  # more multiplications than this are worth waking another thread for (up to 0.1 ms)
SHARED_NUMBERS = 1 << 18  # reading or writing fewer numbers than this is not
PART = 1 << 16            # numbers per partial sum: each is rounded to float32, then all are added in float64


class Compiled(Backend):
    """Everything except the products and the time loops."""

    name = "numba"

    def __init__(self, threads: int, products: str) -> None:
        self.threads, self.products = threads, products
        self.pool, self.buffers = Pool(threads), Buffers()

    def __reduce__(self) -> tuple:
        """For copies and pickles, as joblib makes them: a backend has no content but its kind and its threads."""
        return type(self), (self.threads, self.products)

    def split(self, kernel: Callable[..., None], size: int, count: int, *arguments: Any, multiple: int = 1) -> None:
        """Divides 0 .. count among the threads if the kernel works on at least SHARED_NUMBERS numbers: `size`."""
        if size < SHARED_NUMBERS:
            kernel(*arguments, 0, count)
        else:
            self.pool.split(kernel, count, *arguments, multiple=multiple)

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        return self.buffers.empty(shape, dtype)

    @compiled_for(border.for_column_sums)
    def column_sums(self, array: Array) -> Array:
        out = np.empty(array.shape[1], array.dtype)
        self.split(sums.column_sums, array.size, out.size, array, out, multiple=PACKED_ROWS)
        return out

    @compiled_for(border.for_row_sums)
    def row_sums(self, array: Array, order: Array, start: Array) -> Array:
        out = self.empty((len(start), array.shape[1]), array.dtype)
        self.split(sums.row_sums, array.size, len(start), array, order, np.append(start, len(order)), out)
        return out

    @compiled_for(border.for_softmax)
    def softmax_cross_entropy_forward(self, logits: Array, y: Array) -> tuple[Array, Array]:
        nll = np.empty(y.size, logits.dtype)
        self.split(sums.softmax_rows, logits.size, y.size, logits, y, nll)
        return nll, logits

    @compiled_for(border.for_softmax_backward)
    def softmax_cross_entropy_backward(self, dnll: Array, probs: Array, y: Array) -> Array:
        self.split(sums.softmax_rows_backward, probs.size, y.size, dnll, probs, y)
        return probs

    @compiled_for(border.for_sum)
    def square_sum(self, array: Array) -> float:
        partial = np.empty(-(-array.size // PART), array.dtype)
        self.split(sums.square_sums, array.size, partial.size, array.reshape(-1), partial)
        return float(partial.sum(dtype=float))

    @compiled_for(border.for_penalty)
    def add_penalty(self, grad: Array, weight: Array, l2: float, l1: float) -> None:
        l2, l1 = grad.dtype.type(l2), grad.dtype.type(l1)
        self.split(sums.add_penalty, grad.size, grad.size, grad.reshape(-1), weight.reshape(-1), l2, l1)

    @compiled_for(border.for_update)
    def subtract(self, array: Array, rate: float, grad: Array) -> None:
        rate = array.dtype.type(rate)
        self.split(sums.subtract, array.size, array.size, array.reshape(-1), rate, grad.reshape(-1), multiple=PART)


class WithBlas(Compiled):
    """Products by BLAS, on its own threads. All else runs on one thread, so that BLAS has the cores to itself."""

    def __init__(self, threads: int, products: str = "BLAS") -> None:
        super().__init__(1, products)
        self.threads = threads  # those of BLAS: for display

    @compiled_for(border.for_loop)
    def loop_forward(self, cell: Cell, a: Array, Wh: Array, state: Array) -> tuple[Array, Array]:
        return unroll.loop_forward(with_kernels(cell), a, Wh, state)

    @compiled_for(border.for_loop_backward)
    def loop_backward(self, cell: Cell, dout: Array, dstate: Array, cache: unroll.Cache) -> tuple[Array, Array]:
        return unroll.loop_backward(with_kernels(cell), dout, dstate, cache)


def with_kernels(cell: Cell) -> Cell:
    """The cell with its compiled steps, if it has any."""
    if cell not in KERNELS:
        return cell
    forward, backward = KERNELS[cell][:2]

    def step_forward(a: Array, *arrays: Array) -> None:
        forward(a, *arrays, (0, len(a)))

    def step_backward(dstate: Array, a: Array, *arrays: Array) -> None:
        backward(dstate, a, *arrays, (0, len(a)))
    return cell._replace(step_forward=step_forward, step_backward=step_backward)


class WithTiles(Compiled):
    """The time loops by `tiles`. The large products too, or else by BLAS, with a part for each thread."""

    def __init__(self, threads: int, products: str) -> None:
        super().__init__(threads, products)
        self.large = products == "tiles"

    @compiled_for(border.for_product)
    def product(self, left: Array, right: Array, bias: Array | None = None, out: Array | None = None) -> Array:
        (M, _), N = left.shape, right.shape[1]
        if out is None:
            out = self.empty((M, N), left.dtype)
        if bias is None:
            bias = np.zeros(N, left.dtype)
        if M >= PACKED_ROWS and skipping.pays(left, right):
            return self.product_of_kept(left, right, bias, out)
        if self.large and M >= PACKED_ROWS:
            multiply, width = tiles.multiply(out.dtype), tiles.panel_width(out)
            start = np.lib.stride_tricks.as_strided(bias, out.shape, (0, bias.strides[0]))  # the same row M times
        else:
            multiply, width, start = multiply_by_blas, PACKED_ROWS, np.broadcast_to(bias, out.shape)

        def pieces(rectangles: Rectangles) -> None:
            for m, last_m, n, last_n in rectangles:
                multiply(left[m:last_m], right[:, n:last_n], start[m:last_m, n:last_n], out[m:last_m, n:last_n])
        threads = self.threads_for(M, right)
        self.pool.share(pieces, [(piece,) for piece in rectangles(M, N, threads, tiles.HEIGHTS[0], width)])
        return out

    def product_of_kept(self, left: Array, right: Array, bias: Array, out: Array) -> Array:
        """`product`, without what is zero in left."""
        (M, N), W = out.shape, skipping.width(out)
        kept = skipping.empty_lists(left, self.empty)
        self.split(skipping.find_kept, left.size, len(kept.starts), left, kept)
        padded = np.zeros((1, -(-N // W) * W), out.dtype)
        padded[0, :N] = bias
        multiply = skipping.multiply_kept(out.dtype)

        def pieces(rectangles: Rectangles, panel: Array, sums: Array) -> None:
            for m, last_m, n, last_n in rectangles:
                part = kept._replace(starts=kept.starts[:, m:last_m + 1])
                multiply(*part, right[:, n:last_n], padded[:, n:], out[m:last_m, n:last_n], panel, sums)
        threads = self.threads_for(M, right)
        self.pool.share(pieces, [(piece, self.empty((skipping.DEPTH, W), out.dtype), self.empty((M, W), out.dtype))
                                 for piece in rectangles(M, N, threads, 1, W)])
        return out

    def threads_for(self, M: int, right: Array) -> int:
        """How many threads share a product of M rows with `right`."""
        work = max(M, PACKED_ROWS) * right.size  # with few rows, reading `right` takes longer than multiplying
        return self.pool.threads if work > SHARED_PRODUCT else 1

    def pack(self, right: Array) -> Array:
        """right (K, N) as panels, (count, K, width)."""
        K, N = right.shape
        width = tiles.panel_width(right)
        panels = self.empty((-(-N // width), K, width), right.dtype)
        threads = self.pool.threads if right.size > SHARED_NUMBERS else 1
        self.pool.share(tiles.pack, [(right[:, first:last], panels[first // width:-(-last // width)])
                                   for first, last in ranges(N, threads, width)])
        return panels

    @compiled_for(border.for_loop)
    def loop_forward(self, cell: Cell, a: Array, Wh: Array, state: Array) -> tuple[Array, Array]:
        T, (S, B, H) = len(a), state.shape
        if T < PACKED_STEPS or cell not in KERNELS:
            return unroll.loop_forward(with_kernels(cell), a, Wh, state)
        states = self.empty((T + 1, S, B, H), a.dtype)
        saved = self.empty((T, len(cell.saved), B, H), a.dtype)
        states[0] = state
        window = loops.Window(a, a[:, :, -Wh.shape[1]:], states, saved)
        work = self.numbers(T * B * Wh.size)
        if B < self.pool.threads and work >= SHARED_NUMBERS:
            call = window, self.pack(Wh), np.zeros((3, T), np.int64)
            self.pool.share(KERNELS[cell].shared_loop_forward, [call] * self.pool.threads)
        else:
            self.split(KERNELS[cell].loop_forward, work, B, window, self.pack(Wh))
        return states, saved

    @compiled_for(border.for_loop_backward)
    def loop_backward(self, cell: Cell, dout: Array, dstate: Array, cache: unroll.Cache) -> tuple[Array, Array]:
        a, Wh = cache.a, cache.weights.Wh
        if len(a) < PACKED_STEPS or cell not in KERNELS:
            return unroll.loop_backward(with_kernels(cell), dout, dstate, cache)
        dstate, da = dstate.copy(), self.empty(a.shape, a.dtype)
        M = Wh.shape[1]
        window = loops.Window(a, a[:, :, -M:], cache.states, cache.saved)
        gradients = loops.Gradients(dout, dstate, da, da[:, :, -M:])
        T, B, _ = dout.shape
        work = self.numbers(T * B * Wh.size)
        self.split(KERNELS[cell].loop_backward, work, B, window, gradients, self.pack(Wh.T))
        return da, dstate

    @staticmethod
    def numbers(multiplications: int) -> int:
        """How many numbers could be read or written in the time that these multiplications take."""
        return multiplications // (SHARED_PRODUCT // SHARED_NUMBERS)


def multiply_by_blas(left: Array, right: Array, start: Array, out: Array) -> None:
    np.matmul(left, right, out=out)
    out += start
