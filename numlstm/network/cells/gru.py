"""The gated recurrent unit (Cho et al. 2014, arXiv:1406.1078), with the reset after the product.

    a_n = x_t Wx + b_n                              each block has its own columns of Wx, Wh and b
    a_r = x_t Wx + h_{t-1} Wh + b_r
    a_z = x_t Wx + h_{t-1} Wh + b_z
    m = h_{t-1} Wh + b_m
    r, z = sigm(a_r), sigm(a_z)                     reset gate, update gate
    n = tanh(a_n + r * m)                           candidate for the new h
    h_t = n + z * (h_{t-1} - n)                     z = 1 keeps h as it was

The authors reset h before the product: (r * h_{t-1}) Wh. Here the reset comes after it, as in cuDNN and torch.nn.GRU,
so that one product with h serves all blocks.

h is both the memory and the output to the layer above. Dropout acts only on the output.

Shapes: B batch columns, H hidden units. The blocks of a are n, r, z, m. x Wx goes to the first three, h Wh to the last
three. A state is (1, B, H): h.

Tutorial: tutorials/05_other_cells.md
"""

import numpy as np

from ..layers import Array
from .cell import Cell, blocks, sigmoid


def step_forward(a: Array, prev: Array, state: Array, saved: Array) -> None:
    """One step, from the pre-activation to the new state.

    Args:
        a: (B, 4H), the pre-activation. Overwritten with n, r, z, m.
        prev: (1, B, H), h of step t - 1.
        state: (1, B, H), filled with h of step t.
        saved: empty. a and the states are enough for backward.
    """
    H = state.shape[2]
    (h_prev,), (h,) = prev, state

    a[:, H:3 * H] = sigmoid(a[:, H:3 * H])
    n, r, z, m = blocks(a, 4)
    n[:] = np.tanh(n + r * m)
    h[:] = n + z * (h_prev - n)


def step_backward(dstate: Array, a: Array, prev: Array, state: Array, saved: Array, da: Array) -> None:
    """The same step in reverse.

    Args:
        dstate: (1, B, H), the gradient of h_t. Overwritten with the gradient of h_{t-1}, without the part through
            h_{t-1} Wh, which `unroll` adds.
        a: (B, 4H), n, r, z, m. prev, state, saved: as forward left them.
        da: (B, 4H), filled with the gradient of the pre-activation.
    """
    (dh,), (h_prev,) = dstate, prev
    n, r, z, m = blocks(a, 4)
    da_n, da_r, da_z, da_m = blocks(da, 4)

    da_n[:] = dh * (1 - z) * (1 - n ** 2)    # h = n + z * (h_prev - n);    n = tanh(...): tanh' = 1 - n^2
    da_m[:] = da_n * r                       # n = tanh(a_n + r * m)
    da_r[:] = da_n * m * r * (1 - r)         # n = tanh(a_n + r * m);       sigm' = r (1 - r)
    da_z[:] = dh * (h_prev - n) * z * (1 - z)  # h = n + z * (h_prev - n);  sigm' = z (1 - z)
    dh *= z                                  # h = z * h_prev + ...:        no matrix and no nonlinearity on this path


CELL = Cell("gru", state=("h",), blocks=("n", "r", "z", "m"), x_blocks=3, h_blocks=3, saved=(),
            step_forward=step_forward, step_backward=step_backward)
