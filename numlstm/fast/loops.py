"""Twins of unroll.loop_forward and loop_backward: a window's time steps, for any cell's kernels.

The columns of a minibatch are independent inside these loops. So each thread takes its columns, from `first` up to
`last`, through all T steps on its own. The threads wait for each other once per layer instead of once per step.

Wh comes packed (`tiles.pack`). It is packed once per window, then read T times. The panels are taken from left to right
in one step and from right to left in the next. So where they don't all fit into the cache, the ones used last are still
there.

A loop is made for one cell's compiled step, and the two are compiled into one function. `kernels` has a file for each
cell.

Some arrays are sliced with one `:` more than necessary. This gives `panel_products` always the same type of array, so
that it is compiled only once.

Shapes: T time steps, B batch columns, H hidden units, M columns of Wh, S parts of a state, K blocks.

Tutorial: tutorials/12_fast.md
"""

from typing import Any, Callable, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from .jit import kernel, with_own
from .tiles import edge_buffer, panel_products

FEW_PANELS = 4  # a thread takes this many at a time, where threads share a step


class Kernels(NamedTuple):
    """A cell's compiled functions: its steps, and the loops below that contain them."""

    step_forward: Callable
    step_backward: Callable
    loop_forward: Callable
    shared_loop_forward: Callable
    loop_backward: Callable


class Window(NamedTuple):
    """What the loops read and write in the forward pass; the backward pass only reads it."""

    a: np.ndarray       # (T, B, K * H)
    from_h: np.ndarray  # (T, B, M), a view of a: the blocks that h feeds
    states: np.ndarray  # (T + 1, S, B, H)
    saved: np.ndarray   # (T, ., B, H)


class Gradients(NamedTuple):
    """What they read and write besides in the backward pass."""

    dout: np.ndarray    # (T, B, H), from the layer above
    dstate: np.ndarray  # (S, B, H), for the state carried on; becomes that for the state carried in
    da: np.ndarray      # (T, B, K * H)
    from_h: np.ndarray  # (T, B, M), a view of da


step_forward: Any = None   # a name alone: each cell's loops have their own (`compile_loops`)
step_backward: Any = None


def loop_forward(window, panels, first, last):
    """`panels` are those of Wh."""
    a, from_h, states, saved = window
    edge, count = edge_buffer(states), len(panels)
    for t in range(len(a)):
        order = range(count) if t % 2 == 0 else range(count - 1, -1, -1)
        preactivations = from_h[t, first:last, :]
        panel_products(states[t, 0, first:last, :], panels, order, preactivations, preactivations, edge)
        step_forward(a[t], states[t], states[t + 1], saved[t], (first, last))


def loop_backward(window, gradients, panels, first, last):
    """`panels` are those of Wh.T, (M, H)."""
    (a, _, states, saved), (dout, dstate, da, from_h) = window, gradients
    edge, count = edge_buffer(dstate), len(panels)
    dh = dstate[0, first:last, :]
    for t in range(len(a) - 1, -1, -1):
        order = range(count) if t % 2 == 0 else range(count - 1, -1, -1)
        for row in range(last - first):
            for k in range(dh.shape[1]):
                dh[row, k] += dout[t, first + row, k]
        step_backward(dstate, a[t], states[t], states[t + 1], saved[t], da[t], (first, last))
        panel_products(from_h[t, first:last, :], panels, order, dh, dh, edge)


def shared_loop_forward(window, panels, counters):
    """One thread's share of loop_forward where there are fewer columns than threads; explained below."""
    a, from_h, states, saved = window
    taken, finished, ready = counters[0], counters[1], counters[2]
    edge, count = edge_buffer(states), len(panels)
    parts = -(-count // FEW_PANELS)
    for t in range(len(a)):
        part = count_up(taken, t)
        while part < parts:
            order = range(part * FEW_PANELS, min(count, (part + 1) * FEW_PANELS))
            panel_products(states[t, 0, :, :], panels, order, from_h[t, :, :], from_h[t, :, :], edge)
            if count_up(finished, t) == parts - 1:      # that was the last product of the step
                step_forward(a[t], states[t], states[t + 1], saved[t], (0, states.shape[2]))
                count_up(ready, t)
            part = count_up(taken, t)
        while read(ready, t) == 0:
            pass


def compile_loops(step_forward: Callable, step_backward: Callable) -> Kernels:
    """The Kernels of a cell, from its compiled steps."""
    def compiled(loop: Callable) -> Callable:
        return kernel(with_own(loop, step_forward=step_forward, step_backward=step_backward))
    return Kernels(step_forward, step_backward,
                   compiled(loop_forward), compiled(shared_loop_forward), compiled(loop_backward))


# --- fewer columns than threads -------------------------------------------------------------------
#
# A single stream of text has one column. There the threads share the panels of every step: a thread that is
# free takes the next few. A thread waits only for panels that another has begun, never for a thread that has not
# started. So on a busy machine, where the others get no core, the first one does it all. The counters (3, T) begin
# as zeros.

@intrinsic
def count_up(typingctx, counters, n):
    """counters[n] += 1, atomically. Returns the value before."""
    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.atomic_rmw("add", builder.gep(data, [args[1]]), ir.IntType(64)(1), "acq_rel")
    return types.int64(counters, n), codegen


@intrinsic
def read(typingctx, counters, n):
    """counters[n], read so that all that another thread wrote before it counted up is visible too."""
    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.load_atomic(builder.gep(data, [args[1]]), "acquire", 8)
    return types.int64(counters, n), codegen
