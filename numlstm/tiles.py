"""Matrix products in tiles that fit the processor's registers.

BLAS is made for large matrices. The recurrent product h Wh has as few rows as the batch has columns,
and BLAS multiplies it at half speed or less, with its threads meeting at every time step. So the
package has a kernel of its own, and uses it for large products, too, where it is faster than the
installed BLAS (`backend` measures that).

How it works. A register holds a vector of 4 to 16 numbers. A *tile* is a few rows by two vectors of
the result, all held in registers while the sum over k runs: for every k, two vectors of the right matrix
are read, and each row's number of the left matrix is multiplied with both. So a vector that was
read once serves all rows of the tile, and memory keeps up with the multipliers. The right matrix is
first *packed* into panels, one tile wide, in which the numbers lie in the order the loop reads them.

numba has no way to say "keep these twenty vectors in registers", so the tile is written in LLVM's
own language, below; all the rest is numba.

Shapes: a product is left (M, K) times right (K, N). A panel is (K, WIDTH). A *block* of a matrix is a tuple
(array, first, stride): row m of the block begins at the array's number first + m * stride.

Tutorial: tutorials/08_fast.md
"""

import functools
import platform
from typing import NamedTuple

import llvmlite.binding as llvm
import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import cgutils, config, types
from numba.extending import intrinsic, overload


class Shape(NamedTuple):
    """What fits a processor's registers."""

    processor: str
    vector_bytes: int   # of one register
    vectors: int        # side by side in a tile
    rows: tuple         # heights that tiles are compiled for, the highest first, 1 the last


# rows[0] * vectors sums live in registers: at least 8, for that many multiplications are under way at
# once; and with the vectors read, no more than there are registers (32, in AVX2 16). Heights of 5 and 10
# divide the paper's 20 batch columns, its 200, 650 and 1500 units, and the windows' 400 and 700 words.
AVX512 = Shape("AVX-512", 64, 2, (10, 5, 2, 1))
AVX2 = Shape("AVX2", 32, 2, (5, 2, 1))
NEON = Shape("NEON", 16, 4, (5, 2, 1))


def find_shape():
    """The tile for this processor; None where there is none, and BLAS must do."""
    features = llvm.get_host_cpu_features()
    if config.CPU_FEATURES is not None:  # NUMBA_CPU_FEATURES: numba compiles for another processor
        features = {name[1:]: name[0] == "+" for name in config.CPU_FEATURES.split(",") if name}
    if features.get("avx512f"):
        return AVX512
    if features.get("avx2") and features.get("fma"):
        return AVX2
    if platform.machine().lower() in ("arm64", "aarch64"):
        return NEON
    return None


SHAPE = find_shape()
ROWS = SHAPE.rows if SHAPE else (1,)
STRIP, K_BLOCK = 4, 768   # panels packed at a time, and their rows: 400 kB, to stay in the second-level cache
M_BLOCK = 100             # rows of the left matrix that meet these panels one after the other
AHEAD = 16384             # bytes: what comes from memory must be asked for so long before it is used


# --- the tile -----------------------------------------------------------------------------------

def make_tile(rows):
    """A numba function that computes `rows` rows and one panel's width of columns of a product.

        tile(K, left, panel, start, out):   out[r, w] = start[r, w] + sum over k < K of left[r, k] * panel[k, w]

    left, panel, start and out are blocks (the panel's stride is its width); out may be start. Nothing is checked.
    """
    @intrinsic
    def tile(typingctx, K, left, panel, start, out):
        def codegen(context, builder, signature, args):
            numbers = out[0].dtype
            lanes, vectors = SHAPE.vector_bytes * 8 // numbers.bitwidth, SHAPE.vectors
            vector = ir.VectorType(context.get_value_type(numbers), lanes)
            int64, int32, pointer = ir.IntType(64), ir.IntType(32), ir.IntType(8).as_pointer()

            def intrinsic_function(name, result, arguments):
                return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)
            multiply_add = intrinsic_function(f"llvm.fma.v{lanes}f{numbers.bitwidth}", vector, [vector] * 3)
            llvm_prefetch = intrinsic_function("llvm.prefetch.p0", ir.VoidType(), [pointer, int32, int32, int32])

            def row_of(argument, r):
                """Where a block's row r begins."""
                array, first, stride = (builder.extract_value(args[argument], part) for part in range(3))
                data = context.make_array(signature.args[argument][0])(context, builder, array).data
                return builder.gep(data, [builder.add(first, builder.mul(int64(r), stride))])

            def vector_at(row, v):
                return builder.bitcast(builder.gep(row, [int64(v * lanes)]), vector.as_pointer())

            def prefetch(place, offset=0):
                """Asks for memory that will be needed soon: data (1), into all caches (3)."""
                place = builder.gep(builder.bitcast(place, pointer), [int64(offset)])
                builder.call(llvm_prefetch, [place, int32(0), int32(3), int32(1)])

            def spread(number):
                """A vector of that number, `lanes` times."""
                undefined = ir.Constant(vector, ir.Undefined)
                return builder.shuffle_vector(builder.insert_element(undefined, number, int32(0)), undefined,
                                              ir.Constant(ir.VectorType(int32, lanes), [0] * lanes))

            spots = [(r, v) for r in range(rows) for v in range(vectors)]
            left_rows = [row_of(1, r) for r in range(rows)]
            first_sums = [builder.load(vector_at(row_of(3, r), v), align=4) for r, v in spots]
            for r, v in spots:
                prefetch(vector_at(row_of(4, r), v))      # to be written at the end
            before, loop, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
            builder.branch(loop)

            builder.position_at_end(loop)                 # for k in range(K):
            k = builder.phi(int64)
            sums = [builder.phi(vector) for _ in spots]
            panel_row = builder.gep(row_of(2, 0), [builder.mul(k, int64(vectors * lanes))])
            right = [builder.load(vector_at(panel_row, v), align=4) for v in range(vectors)]
            for v in range(vectors):
                prefetch(vector_at(panel_row, v), AHEAD)
            number = [spread(builder.load(builder.gep(row, [k]))) for row in left_rows]
            new_sums = [builder.call(multiply_add, [number[r], right[v], sums[n]]) for n, (r, v) in enumerate(spots)]
            next_k = builder.add(k, int64(1))
            builder.cbranch(builder.icmp_signed("<", next_k, args[0]), loop, after)
            for phi, first, later in [(k, int64(0), next_k), *zip(sums, first_sums, new_sums)]:
                phi.add_incoming(first, before)
                phi.add_incoming(later, loop)

            builder.position_at_end(after)
            for (r, v), total in zip(spots, new_sums):
                builder.store(total, vector_at(row_of(4, r), v), align=4)
            return context.get_dummy_value()
        return types.void(K, left, panel, start, out), codegen
    return tile


@nb.njit
def down(block, m):
    """The part of a block that begins at its row m."""
    array, first, stride = block
    return array, first + m * stride, stride


def make_columns(heights):
    """A numba function columns(M, K, left, panel, start, out): M rows of them, by tiles of these heights."""
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


columns = make_columns(ROWS)


# --- packing ------------------------------------------------------------------------------------

def panel_width(array):
    """WIDTH for the numbers of an array: 32 in float32 where a register has 64 bytes."""
    return SHAPE.vectors * SHAPE.vector_bytes // array.itemsize


@overload(panel_width)
def _panel_width_overload(array):
    W = SHAPE.vectors * SHAPE.vector_bytes * 8 // array.dtype.bitwidth
    return lambda array: W  # for numba a constant, so that LLVM knows how many registers a loop fills


@nb.njit(nogil=True, cache=True)
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
        elif wide == W:            # the same loops, in which LLVM now gathers numbers from many rows
            for k in range(K):
                for w in range(W):
                    panel[k, w] = right[k, n + w]
        else:
            for k in range(K):
                for w in range(W):
                    panel[k, w] = right[k, n + w] if w < wide else 0


@nb.njit
def copy_rows(left, rows):
    """rows = left, for a left that is transposed."""
    M, K = left.shape
    for m in range(M):
        for k in range(K):
            rows[m, k] = left[m, k]


# --- a product ----------------------------------------------------------------------------------

@intrinsic
def copy_number(typingctx, source, m, target, n):
    """The number at place n of target's memory = that at place m of source's."""
    def codegen(context, builder, signature, args):
        data = [context.make_array(signature.args[i])(context, builder, args[i]).data for i in (0, 2)]
        builder.store(builder.load(builder.gep(data[0], [args[1]])), builder.gep(data[1], [args[3]]))
        return context.get_dummy_value()
    return types.void(source, m, target, n), codegen


@nb.njit
def copy_block(M, N, source, target):
    """target[m, n] = source[m, n], for blocks."""
    for m in range(M):
        (a, first_a, _), (b, first_b, _) = down(source, m), down(target, m)
        for n in range(N):
            copy_number(a, first_a + n, b, first_b + n)


@nb.njit
def block_of(matrix):
    """A matrix as a block; its rows must be in one piece."""
    return matrix, 0, matrix.strides[0] // matrix.itemsize


@nb.njit
def right_of(block, n):
    """The part of a block that begins at its column n."""
    array, first, stride = block
    return array, first + n, stride


@nb.njit
def edge_buffer(array):
    """Room for the last panel of `panel_products`: strided as slices are, so that `columns` is compiled only once."""
    W = panel_width(array)
    return np.empty((ROWS[0], W + 1), array.dtype)[:, :W]


@nb.njit
def panel_products(left, panels, order, start, out, edge):
    """out = start + left @ panels[p], in the columns of every panel p in `order`. left (M, K); start, out (M, N)."""
    (M, N), K, W = out.shape, left.shape[1], panel_width(out)
    left, start, out, size = block_of(left), block_of(start), block_of(out), panels.shape[1] * W
    for p in order:
        n, panel = p * W, (panels, p * size, W)
        if n + W <= N:
            columns(M, K, left, panel, right_of(start, n), right_of(out, n))
        else:                                             # wider than what is left: by way of `edge`
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

    left (M, K), right (K, N), bias and out (M, N): of any strides, but the rows of bias and out must be in one piece.
    """
    matrix = nb.from_dtype(np.dtype(dtype))[:, :]
    return nb.njit(nb.void(matrix, matrix, matrix, matrix), nogil=True, cache=True)(_multiply)
