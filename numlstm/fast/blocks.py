"""Blocks: parts of matrices, as the products in `tiles` and `skipping` address them.

A *block* is a tuple (array, first, stride): its row m begins at the array's number first + m * stride, and is
contiguous. A slice of an array would do as well, but numba makes one at the cost of many instructions, and a tile is
only a few hundred long.
"""

import numba as nb
from numba.core import types
from numba.extending import intrinsic


@nb.njit
def block_of(matrix):
    """A matrix as a block. Each row must be contiguous."""
    return matrix, 0, matrix.strides[0] // matrix.itemsize


@nb.njit
def down(block, m):
    """The part of a block that begins at its row m."""
    array, first, stride = block
    return array, first + m * stride, stride


@nb.njit
def right_of(block, n):
    """The part of a block that begins at its column n."""
    array, first, stride = block
    return array, first + n, stride


@intrinsic
def copy_number(typingctx, source, m, target, n):
    """Number n in target's memory = number m in source's memory."""
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
