"""Kernels that do not depend on the cell: softmax cross-entropy, sums, the update, the penalty.

Each is the twin of a NumPy function that is named above it. It works on the rows, columns or numbers from `first` up
to `last`.

Shapes: N = T*B tokens of a window, V vocabulary.

Tutorial: tutorials/12_fast.md
"""

import math

import numba as nb

from ..jit import kernel
from .arithmetic import exp

# --- twins of layers.softmax_cross_entropy_forward and _backward --------------------------------

@nb.njit(fastmath=True)
def _highest(row):
    """The largest number of a row. The result for a NaN doesn't matter: exp will still meet the NaN."""
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
            e = exp(row[v] - highest)
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
    """sums[n] = the sum of squares of part n of a long array. The size of a part doesn't depend on the threads."""
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


# --- twin of regularize.add_penalty ---------------------------------------------------------------

@kernel
def add_penalty(grad, weight, l2, l1, first, last):
    grad, weight = grad[first:last], weight[first:last]
    for i in range(grad.size):
        w = weight[i]
        sign = l1 if w > 0 else -l1 if w < 0 else w * l1
        grad[i] += l2 * w + sign
