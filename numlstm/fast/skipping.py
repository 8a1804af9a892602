"""Matrix products that skip what dropout set to zero.

With dropout, a product D(x) W multiplies many zeros: half of all numbers in `medium`, 65 % in `large`. So do the
product D(x)^T da, the gradient of W. Here each row of the left matrix becomes a list of its numbers that aren't zero,
with their places, and only these are multiplied. The sums have the same terms as in `layers.product`, their definition,
less the zeros.

How it works: a tile can't be used, because every row keeps other units. One row of the result is computed at a time,
`kept_vectors` vectors wide, with its sums in registers. For each number of the list, as many vectors of the right
matrix are read from the number's row. So every multiplication reads memory, which is only as fast as needed in the
first-level cache. The right matrix is therefore cut into panels that fit there, `kept_rows` by one such width, and a
panel serves all rows of the left matrix before the next one comes.

A tile multiplies two to three times as fast, so this pays only where enough is skipped (`registers.Shape.skip_below`).
The third product of a layer, dx = da W^T, has no zeros to skip on its left. The entries of dx that dropout will set to
zero could be left out. But then each of the others is a dot product of its own, and that was measured to be slower than
tiles with AVX-512, and hardly faster with AVX2.

Shapes: a product is left (M, K) times right (K, N). The K columns of left are cut into blocks of `kept_rows`.

Tutorial: tutorials/12_fast.md
"""

import functools
from typing import NamedTuple

import numba as nb
import numpy as np
from numba.core import types
from numba.extending import intrinsic, overload

from .blocks import block_of, copy_block, down, right_of
from .jit import kernel
from .registers import INT64, SHAPE, Writer

DEPTH = SHAPE.kept_rows if SHAPE else 1
SAMPLE = 64       # so many rows and columns are looked at to see how much is zero


class Kept(NamedTuple):
    """The numbers of a matrix (M, K) that are not zero, in lists: one for every row and block of columns."""

    numbers: np.ndarray  # (blocks * M * DEPTH,), of which each block uses as much of its share as it needs
    places: np.ndarray   # the same, uint8: the number's column within its block
    starts: np.ndarray   # (blocks, M + 1): row m's list in a block is from starts[block, m] to starts[block, m + 1]


def pays(left, right):
    """Whether enough of `left` is zero, so that skipping is faster. The rows of `right` must be contiguous."""
    sample = left[::max(1, len(left) // SAMPLE), ::max(1, left.shape[1] // SAMPLE)]
    return right.strides[1] == right.itemsize and np.count_nonzero(sample) < SHAPE.skip_below * sample.size


def empty_lists(left, empty):
    """An unfilled Kept for `left`, with arrays made by empty(shape, dtype)."""
    M, blocks = len(left), -(-left.shape[1] // DEPTH)
    size = (blocks * M * DEPTH,)
    return Kept(empty(size, left.dtype), empty(size, np.uint8), empty((blocks, M + 1), np.int64))


@kernel
def find_kept(left, kept, first, last):
    """Fills the lists of the blocks from first up to last."""
    M, (numbers, places, starts) = len(left), kept
    for b in range(first, last):
        block, n = left[:, b * DEPTH:(b + 1) * DEPTH], b * M * DEPTH
        for m in range(M):
            starts[b, m] = n
            for k in range(block.shape[1]):
                numbers[n], places[n] = block[m, k], k   # written over by the next one, if it is zero
                n += block[m, k] != 0
        starts[b, M] = n


# --- a row -------------------------------------------------------------------------------------

@intrinsic
def kept_row(typingctx, first, last, numbers, places, panel, start, out):
    """out[w] = start[w] + sum over n, from first up to last, of numbers[n] * panel[places[n], w].

    start and out are blocks, of which the first row is meant. out may be start. Bounds are not checked.
    """
    def codegen(context, builder, signature, args):
        write = Writer(context, builder, signature, args, out[0].dtype)
        vectors = range(SHAPE.kept_vectors)
        numbers_at, places_at, panel_at, start_at, out_at = (
            write.data(2), write.data(3), write.data(4), write.row(5, 0), write.row(6, 0))

        def add(n, sums):
            number = write.spread(builder.load(builder.gep(numbers_at, [n])))
            place = builder.zext(builder.load(builder.gep(places_at, [n])), INT64)
            row = builder.gep(panel_at, [builder.mul(place, INT64(len(vectors) * write.lanes))])
            return [write.multiply_add(number, write.load(row, v), sums[v]) for v in vectors]
        for v, total in enumerate(write.loop(args[0], args[1], [write.load(start_at, v) for v in vectors], add)):
            write.store(total, out_at, v)
        return context.get_dummy_value()
    return types.void(first, last, numbers, places, panel, start, out), codegen


# --- a product ----------------------------------------------------------------------------------

def width(array):
    """The width of a row of `kept_row`, in numbers of the array's type."""
    return SHAPE.kept_vectors * SHAPE.vector_bytes // array.itemsize


@overload(width)
def _width_overload(array):
    W = SHAPE.kept_vectors * SHAPE.vector_bytes * 8 // array.dtype.bitwidth
    return lambda array: W


def _multiply_kept(numbers, places, starts, right, bias, out, panel, sums):
    (M, N), K, W, blocks = out.shape, len(right), width(out), len(starts)
    source, target = block_of(right), block_of(panel)
    bias, sums, out = block_of(bias), block_of(sums), block_of(out)
    for n in range(0, N, W):
        wide = min(W, N - n)
        for b in range(blocks):
            k = b * DEPTH
            copy_block(min(DEPTH, K - k), wide, right_of(down(source, k), n), target)
            for m in range(M):
                start = right_of(bias, n) if b == 0 else down(sums, m)
                end = right_of(down(out, m), n) if b + 1 == blocks and wide == W else down(sums, m)
                kept_row(starts[b, m], starts[b, m + 1], numbers, places, panel, start, end)
        if wide < W:
            copy_block(M, wide, sums, right_of(out, n))


@functools.cache
def multiply_kept(dtype):
    """The function (*kept, right, bias, out, panel, sums) for one type of numbers: out = left @ right + bias.

    kept: the lists of left. right (K, N) and out (M, N) have
    contiguous rows. bias (1, N rounded up to whole widths). panel (DEPTH, width) and
    sums (M, width) are written over.
    """
    numbers = nb.from_dtype(np.dtype(dtype))
    matrix = numbers[:, :]
    return kernel(_multiply_kept, nb.void(numbers[::1], nb.uint8[::1], nb.int64[:, :], matrix, matrix, matrix,
                                          matrix, matrix))
