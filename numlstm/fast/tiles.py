"""Matrix products in tiles that fit the processor's registers.

BLAS is made for large matrices. The recurrent product h Wh has only as many rows as the batch has columns. BLAS
multiplies it at half speed or less, and its threads wait for each other at every time step. So the package has
a kernel of its own, and also uses it for large products where it is faster than the installed BLAS (`fastest`
measures that).

How it works: a register holds a vector of 4 to 16 float32 numbers. A *tile* is a few rows of the result by two vectors
(four on ARM), all held in registers while the sum over k runs. For every k, that many vectors of the right matrix are
read, and each is multiplied by one number from every row of the left matrix. So a vector that was read once serves all
rows of the tile, and memory keeps up with the arithmetic. The right matrix is first *packed* into panels, one tile
wide, in which the numbers lie in the order in which the loop reads them.

The shapes that fit each processor are in `registers`.

Shapes: a product is left (M, K) times right (K, N). A panel is (K, WIDTH). Blocks are explained in `blocks`.

Tutorial: tutorials/12_fast.md
"""

import functools

import numba as nb
import numpy as np
from numba.core import types
from numba.extending import intrinsic, overload

from .blocks import block_of, copy_block, down, right_of
from .jit import kernel
from .registers import INT64, SHAPE, Writer

HEIGHTS = SHAPE.heights if SHAPE else (1,)
K_BLOCK = SHAPE.panel_rows if SHAPE else 1
STRIP = 4                 # panels packed at a time: at most 400 kB (AVX2: 100), to stay in the second-level cache
LINE = 64                 # bytes that the processor reads from memory together
AHEAD = 16384             # bytes: memory is slow, so a panel is asked for this far ahead of its use
M_BLOCK = 100             # rows of the left matrix that are multiplied by these panels, one panel after the other


# --- a tile, and columns of tiles -----------------------------------------------------------------

def make_tile(rows):
    """A numba function that computes `rows` rows and one panel's width of columns of a product.

        tile(K, left, panel, start, out):   out[r, w] = start[r, w] + sum over k < K of left[r, k] * panel[k, w]

    left, panel, start and out are blocks. The panel's stride is its width. out may be start. Bounds are not checked.
    """
    @intrinsic
    def tile(typingctx, K, left, panel, start, out):
        def codegen(context, builder, signature, args):
            write = Writer(context, builder, signature, args, out[0].dtype)
            spots = [(r, v) for r in range(rows) for v in range(SHAPE.vectors)]
            left_rows, panel_row = [write.row(1, r) for r in range(rows)], write.row(2, 0)
            start_rows, out_rows = ([write.row(n, r) for r in range(rows)] for n in (3, 4))
            sums = [write.load(start_rows[r], v) for r, v in spots]
            for r, v in spots:
                write.prefetch(write.at(out_rows[r], v))  # to be written at the end

            def add(k, sums):
                row = builder.gep(panel_row, [builder.mul(k, INT64(SHAPE.vectors * write.lanes))])
                right = [write.load(row, v) for v in range(SHAPE.vectors)]
                for v in range(0, SHAPE.vectors, max(1, LINE // SHAPE.vector_bytes)):
                    write.prefetch(builder.gep(write.at(row, v), [INT64(AHEAD // SHAPE.vector_bytes)]))
                number = [write.spread(builder.load(builder.gep(row, [k]))) for row in left_rows]
                return [write.multiply_add(number[r], right[v], total) for (r, v), total in zip(spots, sums)]
            for (r, v), total in zip(spots, write.loop(INT64(0), args[0], sums, add)):
                write.store(total, out_rows[r], v)
            return context.get_dummy_value()
        return types.void(K, left, panel, start, out), codegen
    return tile


def make_columns(heights):
    """A numba function columns(M, K, left, panel, start, out): M rows, one panel wide, by tiles of these heights."""
    height = heights[0]
    tile = make_tile(height)
    lower = make_columns(heights[1:]) if len(heights) > 1 else None

    @nb.njit
    def columns(M, K, left, panel, start, out):
        m = 0
        while m + height <= M:
            tile(K, down(left, m), panel, down(start, m), down(out, m))
            m += height
        if lower is not None:
            lower(M - m, K, down(left, m), panel, down(start, m), down(out, m))
    return columns


columns = make_columns(HEIGHTS)


# --- packing ------------------------------------------------------------------------------------

def panel_width(array):
    """WIDTH for the type of an array's numbers: for float32 it is 32 where a register has 64 bytes."""
    return SHAPE.vectors * SHAPE.vector_bytes // array.itemsize


@overload(panel_width)
def _panel_width_overload(array):
    W = SHAPE.vectors * SHAPE.vector_bytes * 8 // array.dtype.bitwidth
    return lambda array: W  # a constant for numba, so that LLVM knows how many registers a loop fills


@kernel
def pack(right, panels):
    """Cuts right (K, N) into panels (count, K, WIDTH), with zeros beyond the last column."""
    K, N = right.shape
    W = panel_width(panels)
    for n in range(0, N, W):
        panel, wide = panels[n // W], min(W, N - n)
        if wide == W and right.strides[1] == right.itemsize:
            for k in range(K):
                for w in range(W):
                    panel[k, w] = right[k, n + w]
        elif wide == W:            # the same loops, but LLVM now has to gather numbers from many rows
            for k in range(K):
                for w in range(W):
                    panel[k, w] = right[k, n + w]
        else:
            for k in range(K):
                for w in range(W):
                    panel[k, w] = right[k, n + w] if w < wide else 0


@nb.njit
def copy_rows(left, rows):
    """rows = left, where left is a transposed matrix."""
    M, K = left.shape
    for m in range(M):
        for k in range(K):
            rows[m, k] = left[m, k]


# --- a product ----------------------------------------------------------------------------------

@nb.njit
def edge_buffer(array):
    """Room for the last panel of `panel_products`. It is strided like a slice, so that `columns` compiles only once."""
    W = panel_width(array)
    return np.empty((HEIGHTS[0], W + 1), array.dtype)[:, :W]


@nb.njit
def panel_products(left, panels, order, start, out, edge):
    """out = start + left @ panels[p], in the columns of every panel p in `order`. left (M, K); start, out (M, N)."""
    (M, N), K, W = out.shape, left.shape[1], panel_width(out)
    left, start, out, size = block_of(left), block_of(start), block_of(out), panels.shape[1] * W
    for p in order:
        n, panel = p * W, (panels, p * size, W)
        if n + W <= N:
            columns(M, K, left, panel, right_of(start, n), right_of(out, n))
        else:                                             # wider than what is left: computed in `edge`, then copied
            for m in range(0, M, len(edge)):
                height = min(len(edge), M - m)
                copy_block(height, N - n, right_of(down(start, m), n), block_of(edge))
                columns(height, K, down(left, m), panel, block_of(edge), block_of(edge))
                copy_block(height, N - n, block_of(edge), right_of(down(out, m), n))


def _multiply(left, right, bias, out):
    (M, K), N, W = left.shape, right.shape[1], panel_width(out)
    depth = -(-K // -(-K // K_BLOCK))                     # the sum over k, cut into equal blocks
    strip, edge = np.empty((STRIP, depth, W), out.dtype), edge_buffer(out)
    copy = np.empty((M, depth + 1), out.dtype)
    for k in range(0, K, depth):
        start, block = (bias if k == 0 else out), left[:, k:k + depth]
        if left.strides[1] != left.itemsize:
            rows = copy[:, :block.shape[1]]
            copy_rows(block, rows)
            block = rows
        for n in range(0, N, STRIP * W):
            part = slice(n, min(n + STRIP * W, N))
            pack(right[k:k + depth, part], strip)
            for m in range(0, M, M_BLOCK):
                rows = slice(m, m + M_BLOCK)
                order = range(-(-(part.stop - n) // W))
                panel_products(block[rows], strip, order, start[rows, part], out[rows, part], edge)


@functools.cache
def multiply(dtype):
    """The function (left, right, bias, out) for one type of numbers: out = left @ right + bias.

    left (M, K), right (K, N), bias and out (M, N). Strides are free, but each row of bias and out must be contiguous.
    """
    matrix = nb.from_dtype(np.dtype(dtype))[:, :]
    return kernel(_multiply, nb.void(matrix, matrix, matrix, matrix))
