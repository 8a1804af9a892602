"""exp, sigmoid and tanh for kernels.

In float32 they are built on a polynomial, written out below. A call to the C library handles one number at a time. LLVM
turns a polynomial into vector instructions, which handle four to sixteen numbers at a time, depending on the processor.
The three functions have no body in Python: @overload gives numba one to compile, for float32 or float64.

Tutorial: tutorials/12_fast.md
"""

import math

import numba as nb
import numpy as np
from numba.core import types
from numba.extending import intrinsic, overload

from ..jit import FAST


@intrinsic
def _power_of_two(typingctx, n):
    """2^n as float32, for an int32 n in -126 .. 127: n becomes the exponent's bits."""
    def codegen(context, builder, signature, args):
        int32, float32 = context.get_value_type(types.int32), context.get_value_type(types.float32)
        biased = builder.add(args[0], int32(127))
        return builder.bitcast(builder.shl(biased, int32(23)), float32)
    return types.float32(types.int32), codegen


LOG2_E = np.float32(1 / math.log(2))
LN2_HIGH = np.float32(0.693359375)                       # has few bits, so that n * LN2_HIGH is exact
LN2_LOW = np.float32(math.log(2) - 0.693359375)
FACTORIALS = [np.float32(1 / math.factorial(k)) for k in range(8)]
C2, C3, C4, C5, C6, C7 = FACTORIALS[2:]
ONE, TWO, HALF = np.float32(1), np.float32(2), np.float32(0.5)
LOWEST, HIGHEST = np.float32(-87), np.float32(88)        # exp is subnormal below, and infinite above


@nb.njit(fastmath=FAST)
def _expm1_parts(x):
    """x = n ln 2 + r with |r| <= ln(2) / 2. Returns 2^n and expm1(r), so exp(x) = 2^n (1 + expm1(r))."""
    x = LOWEST if x < LOWEST else HIGHEST if x > HIGHEST else x   # in this order a NaN stays a NaN
    n = np.floor(x * LOG2_E + HALF)
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    series = r + r * r * (C2 + r * (C3 + r * (C4 + r * (C5 + r * (C6 + r * C7)))))
    return _power_of_two(np.int32(n)), series


def exp(x):
    """exp(x). In float32 its relative error is 2e-7 for -87 <= x <= 88; any other x is replaced by the nearer end."""


def sigmoid(x):
    """1 / (1 + exp(-x))"""


def tanh(x):
    """tanh(x) = e / (e + 2) with e = expm1(2x): its relative error is as small near 0 as anywhere else."""


@overload(exp, jit_options={"fastmath": FAST})
def _exp_overload(x):
    def in_float32(x):
        scale, series = _expm1_parts(x)
        return scale + scale * series
    return in_float32 if x == types.float32 else lambda x: math.exp(x)


@overload(sigmoid, jit_options={"fastmath": FAST})
def sigmoid_overload(x):
    return ((lambda x: ONE / (ONE + exp(-x))) if x == types.float32 else
            (lambda x: 0.5 + 0.5 * math.tanh(0.5 * x)))


@overload(tanh, jit_options={"fastmath": FAST})
def tanh_overload(x):
    def in_float32(x):
        twice = TWO * x
        twice = HIGHEST * HALF if twice > HIGHEST * HALF else twice  # tanh(22) is 1 in float32
        scale, series = _expm1_parts(twice)
        expm1 = scale * series + (scale - ONE)
        return expm1 / (expm1 + TWO)
    return in_float32 if x == types.float32 else lambda x: math.tanh(x)
