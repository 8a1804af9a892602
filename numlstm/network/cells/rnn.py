"""The plain recurrent cell (Elman 1990).

    a = x_t Wx + h_{t-1} Wh + b
    h_t = tanh(a)

h is the memory and what goes up, both: only the copy that goes up is dropped. There is no path through time without a
matrix and a tanh, so that gradients fade, or grow, from step to step.

Shapes: B batch columns, H hidden units. A state is (1, B, H): h.
"""

import numpy as np

from .cell import Cell


def step_forward(a, prev, state, saved):
    """One step from its pre-activation on.

    Args:
        a: (B, H), the pre-activation.
        prev: (1, B, H), h of step t - 1, which a contains already.
        state: (1, B, H), filled with h of step t.
        saved: nothing.
    """
    (h,) = state
    h[:] = np.tanh(a)


def step_backward(dstate, a, prev, state, saved, da):
    """The same step in reverse.

    Args:
        dstate: (1, B, H), the gradient of h_t. Becomes that of h_{t-1}, but for what goes through h_{t-1} Wh, which
            is all of it: `unroll` adds that.
        a, prev, state, saved: as forward left them.
        da: (B, H), filled with the gradient of the pre-activation.
    """
    (dh,), (h,) = dstate, state
    da[:] = dh * (1 - h ** 2)    # h = tanh(a): tanh' = 1 - h^2
    dh[:] = 0                    # h_{t-1} is used in h_{t-1} Wh alone


CELL = Cell("rnn", state=("h",), blocks=("a",), x_blocks=1, h_blocks=1, saved=(),
            step_forward=step_forward, step_backward=step_backward)
