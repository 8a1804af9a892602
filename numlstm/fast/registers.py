"""What a processor's registers hold, and a writer of code for them: numba can't be told to keep sums in registers.

`tiles` and `skipping` hold a small piece of a matrix product in the registers. They write its innermost loop in LLVM's
intermediate language, with the `Writer` below.

Tutorial: tutorials/12_fast.md
"""

import platform
from typing import NamedTuple

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils, config


class Shape(NamedTuple):
    """What fits a processor's registers and its caches."""

    processor: str
    vector_bytes: int   # of one register
    vectors: int        # side by side in a tile
    heights: tuple      # rows of the tiles that are compiled, from the highest down to 1
    panel_rows: int     # of a panel of a large product, at most
    kept_vectors: int   # side by side in a row of `skipping`
    kept_rows: int      # of one of its panels
    skip_below: float   # the share of numbers that aren't zero below which `skipping` is used


# Tiles: heights[0] * vectors sums are held in registers. There must be at least 8 of them, because the processor has
# that many multiplications under way at once. Together with the vectors that are read, they must fit into the
# registers: 32, or 16 with AVX2. The heights 5 and 10 divide the paper's 20 batch columns, its 200, 650 and 1500 units,
# and the 400 and 700 words of its windows. With AVX2, a panel and the rows of a tile fit into 32 kB, a first-level
# cache. With AVX-512 a panel comes from the second level. That was no slower, as sums are stored less often.
# Skipping: a panel fits into the first-level cache, 32 kB or more. Below which share it is faster was measured with
# AVX-512 and AVX2 (AMD Zen 5), at the sizes of medium and large. For ARM it is a guess.
AVX512 = Shape("AVX-512", 64, 2, (10, 5, 2, 1), 768, 12, 40, 0.45)
AVX2 = Shape("AVX2", 32, 2, (5, 2, 1), 384, 12, 60, 0.7)
NEON = Shape("NEON", 16, 4, (5, 2, 1), 384, 16, 80, 0.6)


def find_shape():
    """The Shape for this processor; None where there is none, and BLAS does all products."""
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
INT64, INT32 = ir.IntType(64), ir.IntType(32)


class Writer:
    """Writes instructions on vectors of numbers, inside the `codegen` of a numba intrinsic."""

    def __init__(self, context, builder, signature, args, numbers):
        self.context, self.builder, self.types, self.args = context, builder, signature.args, args
        self.lanes = SHAPE.vector_bytes * 8 // numbers.bitwidth
        self.vector = ir.VectorType(context.get_value_type(numbers), self.lanes)
        self.name = f"v{self.lanes}f{numbers.bitwidth}"

    def data(self, n):
        """A pointer to the first number of argument n, an array, or of the array in a block; see `blocks`."""
        of_block = hasattr(self.types[n], "types")
        array = self.builder.extract_value(self.args[n], 0) if of_block else self.args[n]
        kind = self.types[n][0] if of_block else self.types[n]
        return self.context.make_array(kind)(self.context, self.builder, array).data

    def row(self, n, r):
        """A pointer to where row r of argument n, a block, begins."""
        first, stride = (self.builder.extract_value(self.args[n], part) for part in (1, 2))
        return self.builder.gep(self.data(n), [self.builder.add(first, self.builder.mul(INT64(r), stride))])

    def at(self, row, v):
        """A pointer to a row's vector v."""
        return self.builder.bitcast(self.builder.gep(row, [INT64(v * self.lanes)]), self.vector.as_pointer())

    def load(self, row, v):
        return self.builder.load(self.at(row, v), align=4)

    def store(self, value, row, v):
        self.builder.store(value, self.at(row, v), align=4)

    def spread(self, number):
        """A vector that holds the number in every lane."""
        undefined = ir.Constant(self.vector, ir.Undefined)
        return self.builder.shuffle_vector(self.builder.insert_element(undefined, number, INT32(0)), undefined,
                                           ir.Constant(ir.VectorType(INT32, self.lanes), [0] * self.lanes))

    def multiply_add(self, a, b, c):
        """a * b + c."""
        function = cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(self.vector, [self.vector] * 3), f"llvm.fma.{self.name}")
        return self.builder.call(function, [a, b, c])

    def prefetch(self, place):
        """Asks for memory that will be needed soon: to be read (0), kept in all caches (3), data (1)."""
        byte = ir.IntType(8).as_pointer()
        function = cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(ir.VoidType(), [byte, INT32, INT32, INT32]), "llvm.prefetch.p0")
        self.builder.call(function, [self.builder.bitcast(place, byte), INT32(0), INT32(3), INT32(1)])

    def loop(self, first, last, sums, body):
        """for k in range(first, last): sums = body(k, sums). Returns the sums."""
        builder, before = self.builder, self.builder.block
        loop, after = builder.append_basic_block(), builder.append_basic_block()
        builder.cbranch(builder.icmp_signed("<", first, last), loop, after)
        builder.position_at_end(loop)
        k, inside = builder.phi(INT64), [builder.phi(self.vector) for _ in sums]
        new_sums = body(k, inside)
        next_k = builder.add(k, INT64(1))
        builder.cbranch(builder.icmp_signed("<", next_k, last), loop, after)
        for phi, start, later in [(k, first, next_k), *zip(inside, sums, new_sums)]:
            phi.add_incoming(start, before)
            phi.add_incoming(later, loop)
        builder.position_at_end(after)
        results = [builder.phi(self.vector) for _ in sums]
        for phi, start, later in zip(results, sums, new_sums):
            phi.add_incoming(start, before)
            phi.add_incoming(later, loop)
        return results
