"""Compiled by numba: twins of NumPy functions in `lstm`, `layers` and `optim`.

The NumPy versions are the definitions (tests hold each kernel to its twin, in float32 and
float64); these do the same arithmetic in one pass over memory instead of one pass per operation.
Where a kernel takes `first, last` it does that part of the rows, columns or numbers (`compiled`).

Shapes: B batch columns, H hidden units, N = T*B tokens of a window, V vocabulary.

Some things here look odd and are on purpose:

- exp and tanh in float32 are polynomials written out below. A call to the C library handles one
  number at a time; a polynomial LLVM can turn into vector instructions, four to sixteen numbers at
  a time, as the processor has them.
- Constants are typed, `x.dtype.type(1)` or `one`: a bare 1.0 would be a float64 and drag a whole
  float32 loop up to double precision, at half the speed.
- _exp, _sigmoid and _tanh have no body: @overload gives numba one to compile, for float32 or float64.
- Loops run from 0 over a slice: where an index might be negative, numba has to ask, and LLVM gives up.

Tutorial: tutorials/08_fast.md
"""

import math

import numba as nb
import numpy as np
from numba.core import types
from numba.extending import intrinsic, overload

from .jit import FAST, kernel

# --- exp and tanh -----------------------------------------------------------------------------

@intrinsic
def _power_of_two(typingctx, n):
    """2^n as float32, for an int32 n in -126 .. 127: n becomes the exponent's bits."""
    def codegen(context, builder, signature, args):
        int32, float32 = context.get_value_type(types.int32), context.get_value_type(types.float32)
        biased = builder.add(args[0], int32(127))
        return builder.bitcast(builder.shl(biased, int32(23)), float32)
    return types.float32(types.int32), codegen


LOG2_E = np.float32(1 / math.log(2))
LN2_HIGH = np.float32(0.693359375)                       # few bits, so that n * LN2_HIGH is exact
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


def _exp(x):
    """exp(x): 2e-7 relative error in float32 for -87 <= x <= 88; what lies beyond is taken as the nearer end."""


def _sigmoid(x):
    """1 / (1 + exp(-x))"""


def _tanh(x):
    """tanh(x) = e / (e + 2) with e = expm1(2x): near 0 as exact, relatively, as anywhere else."""


@overload(_exp, jit_options={"fastmath": FAST})
def _exp_overload(x):
    def in_float32(x):
        scale, series = _expm1_parts(x)
        return scale + scale * series
    return in_float32 if x == types.float32 else lambda x: math.exp(x)


@overload(_sigmoid, jit_options={"fastmath": FAST})
def _sigmoid_overload(x):
    return ((lambda x: ONE / (ONE + _exp(-x))) if x == types.float32 else
            (lambda x: 0.5 + 0.5 * math.tanh(0.5 * x)))


@overload(_tanh, jit_options={"fastmath": FAST})
def _tanh_overload(x):
    def in_float32(x):
        twice = TWO * x
        twice = HIGHEST * HALF if twice > HIGHEST * HALF else twice  # tanh(22) is 1 in float32
        scale, series = _expm1_parts(twice)
        expm1 = scale * series + (scale - ONE)
        return expm1 / (expm1 + TWO)
    return in_float32 if x == types.float32 else lambda x: math.tanh(x)


# --- twins of lstm.step_forward and lstm.step_backward ------------------------------------------

@kernel
def lstm_step_forward(gates, c_prev, c, tanh_c, h):
    B, H = c.shape
    for row in range(B):
        a = gates[row]
        for k in range(3 * H):
            a[k] = _sigmoid(a[k])
        for k in range(3 * H, 4 * H):
            a[k] = _tanh(a[k])
        for k in range(H):
            memory = a[H + k] * c_prev[row, k] + a[k] * a[3 * H + k]
            c[row, k] = memory
            tanh_c[row, k] = _tanh(memory)
            h[row, k] = a[2 * H + k] * tanh_c[row, k]


@kernel
def lstm_step_backward(dh, dc, gates, c_prev, tanh_c, da):
    B, H = dc.shape
    one = gates.dtype.type(1)
    for row in range(B):
        a, d = gates[row], da[row]
        for k in range(H):
            i, f, o, g = a[k], a[H + k], a[2 * H + k], a[3 * H + k]
            squashed = tanh_c[row, k]
            dmemory = dc[row, k] + dh[row, k] * o * (one - squashed * squashed)
            d[k] = dmemory * g * i * (one - i)
            d[H + k] = dmemory * c_prev[row, k] * f * (one - f)
            d[2 * H + k] = dh[row, k] * squashed * o * (one - o)
            d[3 * H + k] = dmemory * i * (one - g * g)
            dc[row, k] = dmemory * f


# --- twins of layers.softmax_cross_entropy_forward and _backward --------------------------------

@nb.njit(fastmath=True)
def _highest(row):
    """The largest number of a row. What it makes of a NaN doesn't matter: exp will still meet the NaN."""
    highest = row[0]
    for v in range(row.size):
        highest = max(highest, row[v])
    return highest


@kernel
def softmax_rows(logits, y, nll, first, last):
    V = logits.shape[1]
    for n in range(first, last):
        row = logits[n]
        highest = _highest(row)
        target = row[y[n]] - highest
        total = row.dtype.type(0)
        for v in range(V):
            e = _exp(row[v] - highest)
            row[v] = e
            total += e
        scale = row.dtype.type(1) / total
        for v in range(V):
            row[v] *= scale
        nll[n] = math.log(total) - target


@kernel
def softmax_rows_backward(dnll, probs, y, first, last):
    V = probs.shape[1]
    for n in range(first, last):
        row, upstream = probs[n], dnll[n]
        row[y[n]] -= row.dtype.type(1)
        for v in range(V):
            row[v] *= upstream


# --- twins of layers.column_sums, layers.row_sums, optim.square_sum and optim.subtract -----------------------------

@kernel
def column_sums(array, sums, first, last):
    total = sums[first:last]
    total[:] = 0
    for n in range(array.shape[0]):
        row = array[n, first:last]
        for v in range(total.size):
            total[v] += row[v]


@kernel
def row_sums(array, order, start, sums, first, last):
    for n in range(first, last):
        total = sums[n]
        total[:] = 0
        for place in order[start[n]:start[n + 1]]:
            row = array[place]
            for k in range(total.size):
                total[k] += row[k]


@kernel
def square_sums(array, sums, first, last):
    """sums[n] = the sum of the squares of part n of a long array: parts of a fixed size, for any number of threads."""
    part = -(-array.size // sums.size)
    for n in range(first, last):
        x, total = array[n * part:(n + 1) * part], array.dtype.type(0)
        for i in range(x.size):
            total += x[i] * x[i]
        sums[n] = total


@kernel
def subtract(array, rate, grad, first, last):
    array, grad = array[first:last], grad[first:last]
    for i in range(array.size):
        array[i] -= rate * grad[i]
