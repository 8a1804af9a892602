"""The plain recurrent cell (Elman 1990).

    a = x_t Wx + h_{t-1} Wh + b
    h_t = tanh(a)

h is both the memory and the output to the layer above. Dropout acts only on the output. Every path through time passes
through a matrix and a tanh at each step, so gradients shrink or grow from step to step.

Shapes: B batch columns, H hidden units. A state is (1, B, H): h.

Tutorial: tutorials/05_other_cells.md
"""

import numpy as np

from ..layers import Array
from .cell import Cell


def step_forward(a: Array, prev: Array, state: Array, saved: Array) -> None:
    """One step, from the pre-activation to the new state.

    Args:
        a: (B, H), the pre-activation.
        prev: (1, B, H), h of step t - 1. Not used: a already contains h_{t-1} Wh.
        state: (1, B, H), filled with h of step t.
        saved: empty. The states are enough for backward.
    """
    (h,) = state
    h[:] = np.tanh(a)


def step_backward(dstate: Array, a: Array, prev: Array, state: Array, saved: Array, da: Array) -> None:
    """The same step in reverse.

    Args:
        dstate: (1, B, H), the gradient of h_t. Overwritten with zeros: the whole gradient of h_{t-1} comes through
            h_{t-1} Wh, and `unroll` adds it.
        a, prev, state, saved: as forward left them.
        da: (B, H), filled with the gradient of the pre-activation.
    """
    (dh,), (h,) = dstate, state
    da[:] = dh * (1 - h ** 2)    # h = tanh(a): tanh' = 1 - h^2
    dh[:] = 0                    # h_{t-1} is used only in h_{t-1} Wh


CELL = Cell("rnn", state=("h",), blocks=("a",), x_blocks=1, h_blocks=1, saved=(),
            step_forward=step_forward, step_backward=step_backward)
