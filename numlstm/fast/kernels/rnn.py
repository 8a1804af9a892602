"""Twins of cells.rnn.step_forward and step_backward, for the batch columns in `rows`, and the time loops."""

from ..jit import step_kernel
from ..loops import compile_loops
from .arithmetic import tanh


@step_kernel
def step_forward(a, prev, state, saved, rows):
    h = state[0]
    for row in range(rows[0], rows[1]):
        for k in range(h.shape[1]):
            h[row, k] = tanh(a[row, k])


@step_kernel
def step_backward(dstate, a, prev, state, saved, da, rows):
    dh, h = dstate[0], state[0]
    one = a.dtype.type(1)
    for row in range(rows[0], rows[1]):
        for k in range(h.shape[1]):
            da[row, k] = dh[row, k] * (one - h[row, k] * h[row, k])
            dh[row, k] = 0


KERNELS = compile_loops(step_forward, step_backward)
