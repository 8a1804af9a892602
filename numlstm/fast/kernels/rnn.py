"""Twins of cells.rnn.step_forward and step_backward, for a range of batch columns, `rows`; and its time loops."""

from .. import loops
from ..jit import kernel, step_kernel
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


forward, backward = loops.make_forward(step_forward), loops.make_backward(step_backward)
shared_forward = loops.make_shared_forward(step_forward)


@kernel
def loop_forward(window, panels, first, last):
    forward(window, panels, first, last)


@kernel
def shared_loop_forward(window, panels, counters):
    shared_forward(window, panels, counters)


@kernel
def loop_backward(window, gradients, panels, first, last):
    backward(window, gradients, panels, first, last)


KERNELS = loops.Kernels(step_forward, step_backward, loop_forward, shared_loop_forward, loop_backward)
