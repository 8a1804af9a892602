"""Twins of lstm.loop_forward and lstm.loop_backward: a window's time steps, for some of the batch's columns.

Columns of a minibatch never meet inside these loops. So each thread takes columns `first` to `last` through
all T steps on its own, and the threads meet once per layer instead of once per step.

Wh comes packed (`tiles.pack`): once per window, then read T times. From step to step the panels are
taken in turns from the left and from the right: where they don't all fit into the cache, those used last
are still there.
"""


from .kernels import kernel, lstm_step_backward, lstm_step_forward
from .tiles import edge_buffer, panel_products


@kernel
def loop_forward(gates, panels, h, c, tanh_c, first, last):
    edge, count = edge_buffer(h), len(panels)
    for t in range(len(gates)):
        order = range(count) if t % 2 == 0 else range(count - 1, -1, -1)
        a = gates[t, first:last]
        panel_products(h[t, first:last], panels, order, a, a, edge)
        lstm_step_forward(a, c[t, first:last], c[t + 1, first:last], tanh_c[t, first:last], h[t + 1, first:last])


@kernel
def loop_backward(dout, dh, dc, gates, c, tanh_c, panels, da, first, last):
    """`panels` are those of Wh.T, (4H, H)."""
    edge, count = edge_buffer(dh), len(panels)
    dh, dc = dh[first:last], dc[first:last]
    for t in range(len(gates) - 1, -1, -1):
        order = range(count) if t % 2 == 0 else range(count - 1, -1, -1)
        for row in range(last - first):
            for k in range(dh.shape[1]):
                dh[row, k] += dout[t, first + row, k]
        a = da[t, first:last]
        lstm_step_backward(dh, dc, gates[t, first:last], c[t, first:last], tanh_c[t, first:last], a)
        dh[:] = 0
        panel_products(a, panels, order, dh, dh, edge)
