"""Compiled by numba: twins of NumPy functions, a file for each cell, `sums` for all else, `arithmetic` for both.

The NumPy versions are the definitions (tests hold each kernel to its twin, in float32 and float64); these do the
same arithmetic in one pass over memory instead of one pass per operation.

Some things look odd and are on purpose:

- Constants are typed, `x.dtype.type(1)` or `one`: a bare 1.0 would be a float64 and drag a whole float32 loop up to
  double precision, at half the speed.
- Loops run from 0 over a slice: where an index might be negative, numba has to ask, and LLVM gives up.

A cell's kernels are optional: a cell without them runs by its NumPy steps.
"""

from ...network import cells
from . import gru, lstm, rnn

CELLS = {cells.lstm.CELL: lstm.KERNELS, cells.gru.CELL: gru.KERNELS, cells.rnn.CELL: rnn.KERNELS}
