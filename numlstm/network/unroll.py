"""A recurrent layer over T time steps: forward, and backward through time. It is the same for every cell.

    a_t = b + x_t Wx + h_{t-1} Wh      (each product is added to its own blocks, see `cells.cell`)
    state_t = cell.step_forward(a_t, state_{t-1})

x is h_t^{l-1} of the layer below, after dropout. x Wx depends on no earlier step, so it is one product for the whole
window. h Wh has to be computed step by step. No function in this file takes a mask, so what is remembered can't be
dropped.

Shapes: T time steps, B batch columns, H hidden units, S parts of a state (the first is h),
K blocks of a pre-activation, I the width of x. X and M are the numbers of columns of Wx and Wh: K * H, or less if a
product skips some blocks.

Tutorial: tutorials/02_lstm_step.md (forward), tutorials/03_backward.md, tutorials/10_what_it_remembers.md (a cache)
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .cells.cell import Cell
from .layers import Array

if TYPE_CHECKING:
    from .backend import Backend


class Weights(NamedTuple):
    """A layer's parameters."""

    Wx: np.ndarray      # (I, X)
    Wh: np.ndarray      # (H, M)
    b: np.ndarray       # (K * H,)


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    x: np.ndarray       # (T, B, I)
    a: np.ndarray       # (T, B, K * H) pre-activations, as step_forward left them (an LSTM's: the gates)
    h: np.ndarray       # (T + 1, B, H) the h of all states, contiguous
    states: np.ndarray  # (T + 1, S, B, H) the first is the state carried in
    saved: np.ndarray   # (T, len(cell.saved), B, H)
    weights: Weights


# --- T steps ----------------------------------------------------------------------------------

def loop_forward(cell: Cell, a: Array, Wh: Array, state: Array) -> tuple[Array, Array]:
    """All steps of a window, one after the other.

    a (T, B, K * H) comes in as b + x_t Wx. Each step adds h_{t-1} Wh to its last columns. The cell may then overwrite
    it with what its backward needs, such as the gates. state (S, B, H) is the state before step 0.

    Returns: states (T + 1, S, B, H), where states[0] is `state` and step t writes states[t + 1];
    saved (T, len(cell.saved), B, H).
    """
    T, (S, B, H) = len(a), state.shape
    states = np.empty((T + 1, S, B, H), a.dtype)
    saved = np.empty((T, len(cell.saved), B, H), a.dtype)
    from_h = a[:, :, -Wh.shape[1]:]                   # (T, B, M), a view
    states[0] = state
    for t in range(T):
        from_h[t] += states[t, 0] @ Wh
        cell.step_forward(a[t], states[t], states[t + 1], saved[t])
    return states, saved


def loop_backward(cell: Cell, dout: Array, dstate: Array, cache: Cache) -> tuple[Array, Array]:
    """The same steps, from the last to the first.

    dout (T, B, H) is the gradient of h from the layer above, dstate (S, B, H) that of the state carried on.

    Returns: da (T, B, K * H), the gradient of the pre-activations; the gradient of the state carried in (S, B, H).
    """
    a, states, saved, Wh = cache.a, cache.states, cache.saved, cache.weights.Wh
    dstate = dstate.copy()
    da = np.empty_like(a)                             # (T, B, K * H)
    from_h = da[:, :, -Wh.shape[1]:]                  # (T, B, M), a view
    for t in reversed(range(len(a))):
        dstate[0] += dout[t]                          # h_t is used by the layer above and by step t + 1
        cell.step_backward(dstate, a[t], states[t], states[t + 1], saved[t], da[t])
        dstate[0] += from_h[t] @ Wh.T                 # a_t contains h_{t-1} Wh. Now dstate belongs to step t - 1
    return da, dstate


# --- a layer over a window ----------------------------------------------------------------------

def forward(cell: Cell, x: Array, state: Array, weights: Weights, backend: "Backend") -> tuple[Array, Array, Cache]:
    """A layer over a window.

    Args:
        cell: a `cells.cell.Cell`.
        x: (T, B, I), h of the layer below or the embeddings, after dropout.
        state: (S, B, H), the state at the end of the previous window.
        weights: the layer's Weights.
        backend: the `backend.Backend` that computes.
    Returns: h (T, B, H); the state to carry on (S, B, H); a Cache for `backward`.
    """
    T, B, I = x.shape
    Wx, Wh, b = weights
    X = Wx.shape[1]

    a = backend.empty((T * B, b.size), x.dtype)                           # (T*B, K * H)
    backend.product(x.reshape(T * B, I), Wx, b[:X], out=a[:, :X])         # x Wx for all T steps
    a[:, X:] = b[X:]
    a = a.reshape(T, B, b.size)
    states, saved = backend.loop_forward(cell, a, Wh, state)
    h = np.ascontiguousarray(states[:, 0])                                # (T + 1, B, H)
    return h[1:], states[T], Cache(x, a, h, states, saved, weights)


def backward(cell: Cell, dout: Array, dstate: Array, cache: Cache,
             backend: "Backend") -> tuple[Array, Array, Weights]:
    """`forward` in reverse: backpropagation through time.

    Args:
        dout: (T, B, H), gradient of the output h, from the layer above.
        dstate: (S, B, H), gradient of the state carried on; zeros where the gradient is truncated.
        cache: from `forward`. cell, backend: as there.
    Returns: dx (T, B, I); the gradient of the state carried in (S, B, H); the gradients of the weights, as Weights.
    """
    x, h, (Wx, Wh, b) = cache.x, cache.h, cache.weights
    T, B, I = x.shape
    X, M = Wx.shape[1], Wh.shape[1]

    da, dstate = backend.loop_backward(cell, dout, dstate, cache)
    da = da.reshape(T * B, b.size)                                        # (T*B, K * H)
    dWx = backend.product(x.reshape(T * B, I).T, da[:, :X])               # this product sums over all T * B rows
    dWh = backend.product(h[:-1].reshape(T * B, -1).T, da[:, -M:])
    db = backend.column_sums(da)
    dx = backend.product(da[:, :X], Wx.T).reshape(x.shape)                # (T, B, I)
    return dx, dstate, Weights(dWx, dWh, db)
