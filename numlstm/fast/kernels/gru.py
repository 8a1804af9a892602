"""Twins of cells.gru.step_forward and step_backward, for the batch columns in `rows`, and the time loops."""

from ..jit import step_kernel
from ..loops import compile_loops
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


KERNELS = compile_loops(step_forward, step_backward)
