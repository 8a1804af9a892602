"""A recurrent layer over T time steps: forward, and backward through time. The same for every cell.

    a_t = b + x_t Wx + h_{t-1} Wh      (each product in the blocks that it feeds)
    state_t = cell.step_forward(a_t, state_{t-1})

x is h_t^{l-1} of the layer below, already dropped out. All of x Wx is one product, as it needs no step before; h Wh
has to wait for its step. No function in this file takes a mask: what is remembered can't be dropped.

Shapes: T time steps, B batch columns, H hidden units, S parts of a state, h first, K blocks of a pre-activation;
x may have another width, I. X and M are the columns of the blocks that x and h feed: K * H, or less.

Tutorial: tutorials/02_lstm_step.md (forward), tutorials/03_backward.md
"""

from typing import NamedTuple

import numpy as np


class Weights(NamedTuple):
    """A layer's parameters."""

    Wx: np.ndarray      # (I, X)
    Wh: np.ndarray      # (H, M)
    b: np.ndarray       # (K * H,)


class Cache(NamedTuple):
    """What backward needs to know of forward."""

    x: np.ndarray       # (T, B, I)
    a: np.ndarray       # (T, B, K * H) pre-activations, after their nonlinearities
    h: np.ndarray       # (T + 1, B, H)
    states: np.ndarray  # (T + 1, S, B, H)
    saved: np.ndarray   # (T, len(cell.saved), B, H)
    weights: Weights


# --- T steps ----------------------------------------------------------------------------------

def loop_forward(cell, a, Wh, state):
    """All steps of a window, one after the other.

    Takes a (T, B, K * H) as b + x_t Wx, adds h_{t-1} Wh in its last columns, and lets the cell's steps make of it
    what they keep there. state (S, B, H) is what step 0 begins with.

    Returns: states (T + 1, S, B, H): slot t + 1 is written by step t, slot 0 is `state`; saved (T, ., B, H).
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


def loop_backward(cell, dout, dstate, cache):
    """The same steps from the last to the first.

    Takes dout (T, B, H), the gradient from the layer above, and dstate (S, B, H), that of the state carried on.

    Returns: da (T, B, K * H), the gradient of the pre-activations; that of the state carried in (S, B, H).
    """
    a, states, saved, Wh = cache.a, cache.states, cache.saved, cache.weights.Wh
    dstate = dstate.copy()
    da = np.empty_like(a)                             # (T, B, K * H)
    from_h = da[:, :, -Wh.shape[1]:]                  # (T, B, M), a view
    for t in reversed(range(len(a))):
        dstate[0] += dout[t]                          # h_t is used by the layer above and by step t + 1
        cell.step_backward(dstate, a[t], states[t], states[t + 1], saved[t], da[t])
        dstate[0] += from_h[t] @ Wh.T                 # from_h[t] += h_{t-1} Wh: from here on dstate is that of t - 1
    return da, dstate


# --- a layer over a window ----------------------------------------------------------------------

def forward(cell, x, state, weights, backend):
    """A layer over a window.

    Args:
        cell: a `cells.cell.Cell`.
        x: (T, B, I), the layer below or the embeddings.
        state: (S, B, H), where the window before ended.
        weights: the layer's Weights.
        backend: who computes, a `backend.Backend`.
    Returns: h (T, B, H); the state to carry on (S, B, H); a Cache for `backward`.
    """
    T, B, I = x.shape
    Wx, Wh, b = weights
    X = Wx.shape[1]

    a = backend.empty((T * B, b.size), x.dtype)                           # (T*B, K * H)
    backend.product(x.reshape(T * B, I), Wx, b[:X], out=a[:, :X])         # all T input products in one
    a[:, X:] = b[X:]
    a = a.reshape(T, B, b.size)
    states, saved = backend.loop_forward(cell, a, Wh, state)
    h = np.ascontiguousarray(states[:, 0])                                # (T + 1, B, H)
    return h[1:], states[T], Cache(x, a, h, states, saved, weights)


def backward(cell, dout, dstate, cache, backend):
    """`forward` in reverse: backpropagation through time.

    Args:
        dout: (T, B, H), gradient of the output h, from the layer above.
        dstate: (S, B, H), gradient of the state carried on; zeros where the gradient is truncated.
        cache: from `forward`. cell, backend: as there.
    Returns: dx (T, B, I); gradient of the state carried in (S, B, H); those of Weights, as Weights.
    """
    x, h, (Wx, Wh, b) = cache.x, cache.h, cache.weights
    T, B, I = x.shape
    X, M = Wx.shape[1], Wh.shape[1]

    da, dstate = backend.loop_backward(cell, dout, dstate, cache)
    da = da.reshape(T * B, b.size)                                        # (T*B, K * H)
    dWx = backend.product(x.reshape(T * B, I).T, da[:, :X])               # all T steps' sums in one product each
    dWh = backend.product(h[:-1].reshape(T * B, -1).T, da[:, -M:])
    db = backend.column_sums(da)
    dx = backend.product(da[:, :X], Wx.T).reshape(x.shape)                # (T, B, I)
    return dx, dstate, Weights(dWx, dWh, db)
