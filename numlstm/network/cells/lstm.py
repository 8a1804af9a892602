"""The long short-term memory cell of the paper's section 3.1.

    a = x_t Wx + h_{t-1} Wh + b
    i, f, o = sigm(a_i), sigm(a_f), sigm(a_o);   g = tanh(a_g)
    c_t = f * c_{t-1} + i * g
    h_t = o * tanh(c_t)

The paper writes one affine map of the stacked column [x_t; h_{t-1}]. Here vectors are rows, and the map's matrix is cut
into Wx and Wh, because x Wx can be computed for all T steps at once.

Shapes: B batch columns, H hidden units. The blocks of a are i, f, o, g, in this order, so that the three sigmoids act
on one slice. A state is (2, B, H): h and c.

Tutorial: tutorials/02_lstm_step.md (forward), tutorials/03_backward.md
"""

import numpy as np

from ..layers import Array
from .cell import Cell, blocks, sigmoid


def step_forward(a: Array, prev: Array, state: Array, saved: Array) -> None:
    """One step, from the pre-activation to the new state.

    Args:
        a: (B, 4H), the pre-activation. Overwritten with the gates i, f, o, g.
        prev: (2, B, H), h and c of step t - 1.
        state: (2, B, H), filled with h and c of step t.
        saved: (1, B, H), filled with tanh(c).
    """
    H = state.shape[2]
    (_, c_prev), (h, c), (tanh_c,) = prev, state, saved

    a[:, :3 * H] = sigmoid(a[:, :3 * H])
    a[:, 3 * H:] = np.tanh(a[:, 3 * H:])
    i, f, o, g = blocks(a, 4)
    c[:] = f * c_prev + i * g
    tanh_c[:] = np.tanh(c)
    h[:] = o * tanh_c


def step_backward(dstate: Array, a: Array, prev: Array, state: Array, saved: Array, da: Array) -> None:
    """The same step in reverse.

    Args:
        dstate: (2, B, H), the whole gradient of h_t, and the part of c_t's gradient that comes from step t + 1.
            Overwritten with the gradient of h_{t-1} and c_{t-1}, without the part through h_{t-1} Wh, which `unroll`
            adds.
        a: (B, 4H), the gates. prev, state, saved: as forward left them.
        da: (B, 4H), filled with the gradient of the pre-activation.
    """
    (dh, dc), (_, c_prev), (tanh_c,) = dstate, prev, saved
    i, f, o, g = blocks(a, 4)
    da_i, da_f, da_o, da_g = blocks(da, 4)

    da_o[:] = dh * tanh_c * o * (1 - o)    # h = o * tanh(c);         sigm' = o (1 - o)
    dc += dh * o * (1 - tanh_c ** 2)       # h = o * tanh(c);         tanh' = 1 - tanh^2
    da_i[:] = dc * g * i * (1 - i)         # c = f * c_prev + i * g
    da_f[:] = dc * c_prev * f * (1 - f)    # c = f * c_prev + i * g
    da_g[:] = dc * i * (1 - g ** 2)        # c = f * c_prev + i * g
    dc *= f                                # c = f * c_prev + ...:    no matrix, no squashing on the memory's own path
    dh[:] = 0                              # h_{t-1} is used in h_{t-1} Wh alone


CELL = Cell("lstm", state=("h", "c"), blocks=("i", "f", "o", "g"), x_blocks=4, h_blocks=4, saved=("tanh_c",),
            step_forward=step_forward, step_backward=step_backward)
