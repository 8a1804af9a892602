"""One LSTM layer over T time steps: forward, and backward through time.

Section 3.1 of the paper, with h_t^{l-1} (the layer below, already dropped out) called x:

    (i, f, o, g) = (sigm, sigm, sigm, tanh) of  x_t Wx + h_{t-1} Wh + b
    c_t = f * c_{t-1} + i * g
    h_t = o * tanh(c_t)

The paper writes one affine map T of the stacked column [x_t; h_{t-1}]; here vectors are rows, and
its matrix is cut into Wx and Wh, because x Wx can be computed for all T steps at once.

No function in this file takes a dropout mask. That is the paper's idea, built in: what a cell
remembers, c_{t-1} and h_{t-1}, can't be dropped.

Shapes: T time steps, B batch columns, H hidden units; x may have another width, I.
Gates lie side by side in the order i, f, o, g, so the three sigmoids are one slice.

Tutorial: tutorials/02_lstm_step.md (forward), tutorials/03_backward.md
"""

from typing import NamedTuple

import numpy as np

from .layers import column_sums, product


class Cache(NamedTuple):
    """What backward needs to know of forward."""

    x: np.ndarray       # (T, B, I)
    h: np.ndarray       # (T + 1, B, H)
    c: np.ndarray       # (T + 1, B, H)
    gates: np.ndarray   # (T, B, 4H) i, f, o, g after their nonlinearities
    tanh_c: np.ndarray  # (T, B, H)
    Wx: np.ndarray      # (I, 4H)
    Wh: np.ndarray      # (H, 4H)


def sigmoid(a):
    """1 / (1 + exp(-a)), written with tanh, which can't overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * a)


def split_gates(gates):
    """Views of i, f, o, g, each (B, H), in an array (B, 4H)."""
    H = gates.shape[1] // 4
    return gates[:, :H], gates[:, H:2 * H], gates[:, 2 * H:3 * H], gates[:, 3 * H:]


# --- one step ---------------------------------------------------------------------------------

def step_forward(gates, c_prev, c, tanh_c, h):
    """One step from its affine map on. Turns `gates` (B, 4H) into i, f, o, g; fills c, tanh_c, h (B, H)."""
    H = c.shape[1]
    gates[:, :3 * H] = sigmoid(gates[:, :3 * H])
    gates[:, 3 * H:] = np.tanh(gates[:, 3 * H:])
    i, f, o, g = split_gates(gates)
    c[:] = f * c_prev + i * g
    tanh_c[:] = np.tanh(c)
    h[:] = o * tanh_c


def step_backward(dh, dc, gates, c_prev, tanh_c, da):
    """The same step in reverse.

    Takes dh (B, H), the gradient of h_t, and dc (B, H), the part of c_t's gradient that comes from
    step t + 1. Fills da (B, 4H), the gradient of a = x_t Wx + h_{t-1} Wh + b, and turns dc into the
    part of c_{t-1}'s gradient that comes from this step.
    """
    i, f, o, g = split_gates(gates)
    da_i, da_f, da_o, da_g = split_gates(da)
    da_o[:] = dh * tanh_c * o * (1 - o)    # h = o * tanh(c);         sigm' = o (1 - o)
    dc += dh * o * (1 - tanh_c ** 2)       # h = o * tanh(c);         tanh' = 1 - tanh^2
    da_i[:] = dc * g * i * (1 - i)         # c = f * c_prev + i * g
    da_f[:] = dc * c_prev * f * (1 - f)    # c = f * c_prev + i * g
    da_g[:] = dc * i * (1 - g ** 2)        # c = f * c_prev + i * g
    dc *= f                                # c = f * c_prev + ...:    no matrix, no squashing on the memory's own path


# --- T steps ----------------------------------------------------------------------------------

def loop_forward(gates, Wh, state, step=step_forward):
    """All steps of a window, one after the other.

    Takes gates (T, B, 4H) as x_t Wx + b, adds h_{t-1} Wh, and makes them the gates proper. state is the
    (h, c), each (B, H), that step 0 begins with; `step` is `step_forward` or its compiled twin.

    Returns: h, c, each (T + 1, B, H): slot t + 1 is written by step t, slot 0 is the state; tanh_c (T, B, H).
    """
    T, B, H = len(gates), *state[0].shape
    h, c = np.empty((2, T + 1, B, H), gates.dtype)             # two arrays (T + 1, B, H)
    tanh_c = np.empty((T, B, H), gates.dtype)                  # (T, B, H)
    recurrent = np.empty((B, 4 * H), gates.dtype)              # (B, 4H)
    h[0], c[0] = state
    for t in range(T):
        gates[t] += np.matmul(h[t], Wh, out=recurrent)
        step(gates[t], c[t], c[t + 1], tanh_c[t], h[t + 1])
    return h, c, tanh_c


def loop_backward(dout, dstate, gates, c, tanh_c, Wh, step=step_backward):
    """The same steps from the last to the first.

    Takes dout (T, B, H), the gradient from the layer above, and dstate, (dh, dc), each (B, H), that of
    the state carried on. `step` is `step_backward` or its compiled twin.

    Returns: da (T, B, 4H), the gradient of x Wx + h Wh + b; that of the state carried in, (dh, dc).
    """
    dh, dc = dstate[0].copy(), dstate[1].copy()
    da = np.empty_like(gates)                         # (T, B, 4H)
    for t in reversed(range(len(gates))):
        dh += dout[t]                                 # h_t is used by the layer above and by step t + 1
        step(dh, dc, gates[t], c[t], tanh_c[t], da[t])
        np.matmul(da[t], Wh.T, out=dh)                # gates[t] += h_{t-1} Wh: from here on dh belongs to h_{t-1}
    return da, (dh, dc)


# --- a layer over a window ----------------------------------------------------------------------

def forward(x, state, Wx, Wh, b, loop=loop_forward, product=product):
    """A layer over a window.

    Args:
        x: (T, B, I), the layer below or the embeddings.
        state: (h, c), each (B, H): where the window before ended.
        Wx, Wh, b: (I, 4H), (H, 4H), (4H,).
        loop, product: `loop_forward` and `layers.product`, or their compiled twins.
    Returns: h (T, B, H); the state to carry on, (h, c); a Cache for `backward`.
    """
    T, B, I = x.shape
    H = Wh.shape[0]

    gates = product(x.reshape(T * B, I), Wx, b).reshape(T, B, 4 * H)  # (T, B, 4H), all T input products in one
    h, c, tanh_c = loop(gates, Wh, state)
    return h[1:], (h[T], c[T]), Cache(x, h, c, gates, tanh_c, Wx, Wh)


def backward(dout, dstate, cache, loop=loop_backward, product=product, column_sums=column_sums):
    """`forward` in reverse: backpropagation through time.

    Args:
        dout: (T, B, H), gradient of the output h, from the layer above.
        dstate: (dh, dc), gradients of the state carried on; zeros where the gradient is truncated.
        cache: from `forward`.
        loop, product, column_sums: `loop_backward` and those of `layers`, or their compiled twins.
    Returns: dx (T, B, I); gradients of the state carried in, (dh, dc); a dict of dWx, dWh, db
        under the names "Wx", "Wh", "b".
    """
    x, h, c, gates, tanh_c, Wx, Wh = cache
    T, B, I = x.shape
    H = Wh.shape[0]

    da, dstate = loop(dout, dstate, gates, c, tanh_c, Wh)
    da = da.reshape(T * B, 4 * H)                     # (T*B, 4H) gradient of x Wx + h Wh + b
    grads = {
        "Wx": product(x.reshape(T * B, I).T, da),     # all T steps' sums in one product each
        "Wh": product(h[:-1].reshape(T * B, H).T, da),
        "b": column_sums(da),
    }
    dx = product(da, Wx.T).reshape(x.shape)           # (T, B, I)
    return dx, dstate, grads
