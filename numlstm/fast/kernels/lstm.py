"""Twins of cells.lstm.step_forward and step_backward, for the batch columns in `rows`, and the time loops.

Tutorial: tutorials/12_fast.md
"""

from ..jit import step_kernel
from ..loops import compile_loops
from .arithmetic import sigmoid, tanh


@step_kernel
def step_forward(a, prev, state, saved, rows):
    c_prev, h, c, tanh_c = prev[1], state[0], state[1], saved[0]
    H = c.shape[1]
    for row in range(rows[0], rows[1]):
        gates = a[row]
        for k in range(3 * H):
            gates[k] = sigmoid(gates[k])
        for k in range(3 * H, 4 * H):
            gates[k] = tanh(gates[k])
        for k in range(H):
            memory = gates[k] * gates[3 * H + k] + gates[H + k] * c_prev[row, k]
            c[row, k] = memory
            tanh_c[row, k] = tanh(memory)
            h[row, k] = gates[2 * H + k] * tanh_c[row, k]


@step_kernel
def step_backward(dstate, a, prev, state, saved, da, rows):
    dh, dc, c_prev, tanh_c = dstate[0], dstate[1], prev[1], saved[0]
    H = dc.shape[1]
    one = a.dtype.type(1)
    for row in range(rows[0], rows[1]):
        gates, d = a[row], da[row]
        for k in range(H):
            i, f, o, g = gates[k], gates[H + k], gates[2 * H + k], gates[3 * H + k]
            squashed = tanh_c[row, k]
            dmemory = dc[row, k] + dh[row, k] * o * (one - squashed * squashed)
            by_i, by_f = dmemory * i, dmemory * f
            d[k] = g * (one - i) * by_i
            d[H + k] = c_prev[row, k] * (one - f) * by_f
            d[2 * H + k] = squashed * o * (one - o) * dh[row, k]
            d[3 * H + k] = by_i * (one - g * g)
            dc[row, k] = by_f
            dh[row, k] = 0


KERNELS = compile_loops(step_forward, step_backward)
