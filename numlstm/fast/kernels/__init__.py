"""Twins of NumPy functions, compiled by numba: a file for each cell, `sums` for all else, `arithmetic` for both.

The NumPy versions are the definitions, and tests compare each kernel with its twin, in float32 and float64. The kernels
do the same arithmetic in one or a few passes over memory, where NumPy makes a pass for each operation.

Some things look odd but are deliberate:

- Constants are typed, as `x.dtype.type(1)` or `one`. A bare 1.0 would be a float64, and the whole float32 loop would
  then run in double precision, at half the speed.
- A kernel that takes part of an array slices it and loops from 0. Where an index might be negative, numba has to check
  it, and then LLVM does not vectorise the loop.

A cell's kernels are optional: a cell without them runs its NumPy steps.
"""

from ...network import cells
from . import gru, lstm, rnn

KERNELS = {cells.lstm.CELL: lstm.KERNELS, cells.gru.CELL: gru.KERNELS, cells.rnn.CELL: rnn.KERNELS}
