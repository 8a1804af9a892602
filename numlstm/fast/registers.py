"""The tile: a small piece of a matrix product, whose sums stay in the processor's registers.

`tiles` explains what it is for and how it is used. numba has no way to say "keep these twenty vectors in
registers", so the tile is written in LLVM's intermediate language.

Tutorial: tutorials/08_fast.md
"""

import platform
from typing import NamedTuple

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils, config, types
from numba.extending import intrinsic


class Shape(NamedTuple):
    """What fits a processor's registers."""

    processor: str
    vector_bytes: int   # of one register
    vectors: int        # side by side in a tile
    rows: tuple         # heights that tiles are compiled for, from the highest down to 1


# rows[0] * vectors sums are held in registers. There must be at least 8 of them, because the processor has that many
# multiplications under way at once. Together with the vectors that are read, they must fit into the registers: 32, or
# 16 with AVX2. The heights 5 and 10 divide the paper's 20 batch columns, its 200, 650 and 1500 units, and the 400 and
# 700 words of its windows.
AVX512 = Shape("AVX-512", 64, 2, (10, 5, 2, 1))
AVX2 = Shape("AVX2", 32, 2, (5, 2, 1))
NEON = Shape("NEON", 16, 4, (5, 2, 1))


def find_shape():
    """The tile's Shape for this processor; None where there is none, and BLAS does all products."""
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
AHEAD = 16384             # bytes: memory is slow, so a panel is asked for this far ahead of its use


def make_tile(rows):
    """A numba function that computes `rows` rows and one panel's width of columns of a product.

        tile(K, left, panel, start, out):   out[r, w] = start[r, w] + sum over k < K of left[r, k] * panel[k, w]

    left, panel, start and out are blocks, as defined in `tiles`. The panel's stride is its width. out may be start.
    Bounds are not checked.
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
                """A pointer to where a block's row r begins."""
                array, first, stride = (builder.extract_value(args[argument], part) for part in range(3))
                data = context.make_array(signature.args[argument][0])(context, builder, array).data
                return builder.gep(data, [builder.add(first, builder.mul(int64(r), stride))])

            def vector_at(row, v):
                return builder.bitcast(builder.gep(row, [int64(v * lanes)]), vector.as_pointer())

            def prefetch(place, offset=0):
                """Asks for memory that will be needed soon: to be read (0), kept in all caches (3), data (1)."""
                place = builder.gep(builder.bitcast(place, pointer), [int64(offset)])
                builder.call(llvm_prefetch, [place, int32(0), int32(3), int32(1)])

            def spread(number):
                """A vector that holds the number `lanes` times."""
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
