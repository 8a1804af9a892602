"""Twins of cells.gru.step_forward and step_backward, for a range of batch columns, `rows`; and its time loops."""

from .. import loops
from ..jit import kernel, step_kernel
from .arithmetic import sigmoid, tanh


@step_kernel
def step_forward(a, prev, state, saved, rows):
    h_prev, h = prev[0], state[0]
    H = h.shape[1]
    for row in range(rows[0], rows[1]):
        gates = a[row]
        for k in range(H, 3 * H):
            gates[k] = sigmoid(gates[k])
        for k in range(H):
            n = tanh(gates[k] + gates[H + k] * gates[3 * H + k])
            gates[k] = n
            h[row, k] = n + gates[2 * H + k] * (h_prev[row, k] - n)


@step_kernel
def step_backward(dstate, a, prev, state, saved, da, rows):
    dh, h_prev = dstate[0], prev[0]
    H = dh.shape[1]
    one = a.dtype.type(1)
    for row in range(rows[0], rows[1]):
        gates, d = a[row], da[row]
        for k in range(H):
            n, r, z, m = gates[k], gates[H + k], gates[2 * H + k], gates[3 * H + k]
            dh_new = dh[row, k]
            dn = dh_new * (one - z) * (one - n * n)
            d[k] = dn
            d[H + k] = dn * m * r * (one - r)
            d[2 * H + k] = dh_new * (h_prev[row, k] - n) * z * (one - z)
            d[3 * H + k] = dn * r
            dh[row, k] = dh_new * z


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
