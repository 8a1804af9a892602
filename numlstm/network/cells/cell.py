"""What a recurrent cell is: the part of a recurrent network in which an LSTM, a GRU and a plain RNN differ.

Every cell computes, at each step, a *pre-activation* a that is cut into blocks of H columns,

    a = b;   a += x_t Wx  in the blocks that x feeds, the first ones;   a += h_{t-1} Wh  in those that h feeds, the last

and then, without any further matrix, the new state. `unroll` does the first part, a cell's `step_forward` the second.

No function of a cell takes a dropout mask. That is the paper's idea, built in: what a cell remembers can't be dropped.

Shapes: B batch columns, H hidden units, S parts of a state (h alone, or h and c), K blocks.

Tutorial: tutorials/02_lstm_step.md
"""

from typing import Callable, NamedTuple

import numpy as np


class Cell(NamedTuple):
    """A cell's names and its two functions."""

    name: str                # of the option --cell, and of parameters: "lstm" has lstm1.Wx, lstm1.Wh, lstm1.b
    state: tuple             # the parts of a state, "h" first: what a layer hands up is h
    blocks: tuple            # the K blocks of a
    x_blocks: int            # how many of them, the first ones, x Wx is added to
    h_blocks: int            # how many of them, the last ones, h Wh is added to
    saved: tuple             # arrays (B, H) besides a and the states that backward needs
    step_forward: Callable
    step_backward: Callable

    def shapes(self, I, H):
        """{"Wx", "Wh", "b": shape} of a layer of H units that reads vectors of width I."""
        return {"Wx": (I, self.x_blocks * H), "Wh": (H, self.h_blocks * H), "b": (len(self.blocks) * H,)}


def sigmoid(a):
    """1 / (1 + exp(-a)), written with tanh, which can't overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * a)


def blocks(a, count):
    """Views of the `count` blocks, each (B, H), of an array (B, count * H)."""
    H = a.shape[1] // count
    return [a[:, n * H:(n + 1) * H] for n in range(count)]
