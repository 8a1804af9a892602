"""A recurrent cell: the part of a recurrent network in which an LSTM, a GRU and a plain RNN differ.

At each step, a layer first computes a *pre-activation* a, which is cut into K blocks of H columns:

    a  = b
    a += x_t Wx          in the first x_blocks blocks
    a += h_{t-1} Wh      in the last h_blocks blocks

Then it computes the new state from a and the previous state, without any further matrix. `unroll` does the first part,
a cell's `step_forward` the second. In an LSTM both products go to all four blocks.

No function of a cell takes a dropout mask, so what a cell remembers can't be dropped. That is the paper's idea.

Shapes: B batch columns, H hidden units, S parts of a state (h alone, or h and c), K blocks.

Tutorial: tutorials/02_lstm_step.md, tutorials/05_other_cells.md
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..layers import Array


class Cell(NamedTuple):
    """A cell's names and its two functions."""

    name: str                # for the option --cell and the parameters: "lstm" has lstm1.Wx, lstm1.Wh, lstm1.b
    state: tuple[str, ...]   # the names of the S parts of a state. The first is "h", the output to the layer above
    blocks: tuple[str, ...]  # the names of the K blocks of a
    x_blocks: int            # x Wx is added to this many blocks, the first ones
    h_blocks: int            # h Wh is added to this many blocks, the last ones
    saved: tuple[str, ...]   # the names of arrays (B, H) that backward needs besides a and the states
    step_forward: Callable
    step_backward: Callable

    def shapes(self, I: int, H: int) -> dict[str, tuple[int, ...]]:
        """{"Wx", "Wh", "b": shape} of a layer of H units that reads vectors of width I."""
        return {"Wx": (I, self.x_blocks * H), "Wh": (H, self.h_blocks * H), "b": (len(self.blocks) * H,)}


def sigmoid(a: Array) -> Array:
    """1 / (1 + exp(-a)), written with tanh, which can't overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * a)


def blocks(a: Array, count: int) -> list[Array]:
    """Views of the `count` blocks, each (B, H), of an array (B, count * H)."""
    H = a.shape[1] // count
    return [a[:, n * H:(n + 1) * H] for n in range(count)]
