"""Twins of lstm.loop_forward and lstm.loop_backward: a window's time steps.

Columns of a minibatch never meet inside these loops. So each thread takes columns `first` to `last` through
all T steps on its own, and the threads meet once per layer instead of once per step.

Wh comes packed (`tiles.pack`): once per window, then read T times. From step to step the panels are
taken in turns from the left and from the right: where they don't all fit into the cache, those used last
are still there.

(Where an array is sliced with a `:` more than it takes, that is to give `panel_products` the one kind of
array that it is compiled for already.)

Tutorial: tutorials/08_fast.md
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from .jit import kernel
from .kernels import lstm_step_backward, lstm_step_forward
from .tiles import edge_buffer, panel_products


@kernel
def loop_forward(gates, panels, h, c, tanh_c, first, last):
    edge, count = edge_buffer(h), len(panels)
    for t in range(len(gates)):
        order = range(count) if t % 2 == 0 else range(count - 1, -1, -1)
        preactivations = gates[t, first:last, :]
        panel_products(h[t, first:last, :], panels, order, preactivations, preactivations, edge)
        lstm_step_forward(gates[t, first:last], c[t, first:last], c[t + 1, first:last], tanh_c[t, first:last],
                          h[t + 1, first:last])


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
        lstm_step_backward(dh, dc, gates[t, first:last], c[t, first:last], tanh_c[t, first:last], da[t, first:last])
        for row in range(last - first):
            for k in range(dh.shape[1]):
                dh[row, k] = 0
        panel_products(da[t, first:last, :], panels, order, dh[:, :], dh[:, :], edge)


# --- fewer columns than threads -------------------------------------------------------------------
#
# A single stream of text has one column. There the threads share every step's panels, whoever is free
# taking the next few. A thread waits only for panels that another has begun, never for one that has not
# come: on a busy machine, where the others get no core, the first does it all.

@intrinsic
def count_up(typingctx, counters, n):
    """counters[n] += 1, by one thread at a time. Returns what it was before."""
    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.atomic_rmw("add", builder.gep(data, [args[1]]), ir.IntType(64)(1), "acq_rel")
    return types.int64(counters, n), codegen


@intrinsic
def read(typingctx, counters, n):
    """counters[n], as another thread left it, with all that it wrote before."""
    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.load_atomic(builder.gep(data, [args[1]]), "acquire", 8)
    return types.int64(counters, n), codegen


FEW_PANELS = 4  # taken at a time


@kernel
def shared_loop_forward(gates, panels, h, c, tanh_c, taken, finished, ready):
    """One thread's share of `loop_forward`; taken, finished and ready (T,) are zeros that all threads have."""
    edge, count = edge_buffer(h), len(panels)
    parts = -(-count // FEW_PANELS)
    for t in range(len(gates)):
        part = count_up(taken, t)
        while part < parts:
            order = range(part * FEW_PANELS, min(count, (part + 1) * FEW_PANELS))
            panel_products(h[t, :, :], panels, order, gates[t, :, :], gates[t, :, :], edge)
            if count_up(finished, t) == parts - 1:      # that was the step's last product
                lstm_step_forward(gates[t], c[t], c[t + 1], tanh_c[t], h[t + 1])
                count_up(ready, t)
            part = count_up(taken, t)
        while read(ready, t) == 0:
            pass
