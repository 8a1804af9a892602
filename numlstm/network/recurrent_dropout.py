"""Dropout on the recurrent connections, too: what the paper argues against.

    h_{t-1} -> D(h_{t-1})                       where Config.recurrent_dropout is "h"
    all of state_{t-1} -> D(state_{t-1})        where it is "state": in an LSTM, h and c

This happens in every layer, in addition to D on the L + 1 upward connections. On its way through n steps, h therefore
passes through n more masks. With "state", so does the LSTM's c. (In a GRU and a plain RNN h is the whole state, so the
two settings are the same.)

The functions replace those of `model` and take the same arguments. They are built on top of it: the model reads one
step at a time, and before each step the state is multiplied by its masks.

Shapes: T time steps, B batch columns, H hidden units, L layers, S parts of a state.

Tutorial: tutorials/04_dropout.md
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from . import model
from .backend import NUMPY, Backend
from .cells import CELLS
from .config import Config
from .layers import Array, Grads, Params, Rows, State, dropout_backward, dropout_forward, dropout_mask


class Masks(NamedTuple):
    """All masks of a window."""

    upward: list    # L + 1 arrays (T, B, H), as from `model.draw_masks`
    state: list     # T lists of L arrays (S, B, H), all 1 in a part without dropout


def draw_masks(config: Config, T: int, B: int, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Masks:
    """Fresh Masks for a window, different at every time step."""
    parts = len(CELLS[config.cell].state)
    dropped = 1 if config.recurrent_dropout == "h" else parts

    def draw() -> Array:
        mask = np.ones((parts, B, config.hidden), dtype)
        mask[:dropped] = dropout_mask((dropped, B, config.hidden), config.dropout, rng, dtype)
        return mask

    upward = model.draw_masks(config, T, B, rng, dtype) or []  # never None: Config sees to a dropout above 0
    return Masks(upward, [[draw() for _ in range(config.layers)] for _ in range(T)])


def forward(params: Params, x: Array, y: Array, state: State, masks: Masks,
            backend: Backend = NUMPY) -> tuple[Array, State, list]:
    """Like `model.forward`, with dropout on the state before every step. The cache is a list with an item per step."""
    nll, caches = [], []
    for t, state_masks in enumerate(masks.state):
        step = slice(t, t + 1)
        state = [dropout_forward(*pair) for pair in zip(state, state_masks)]
        step_nll, state, cache = model.forward(
            params, x[step], y[step], state, [mask[step] for mask in masks.upward], backend)
        nll.append(step_nll)
        caches.append((cache, state_masks))
    return np.concatenate(nll), state, caches                                      # nll (T, B)


def backward(dnll: Array, cache: list, dstate: State | None = None,
             backend: Backend = NUMPY) -> tuple[Params, State | None]:
    """`forward` in reverse, like `model.backward`, except that the embedding's gradient is a dense array, not Rows."""
    total = {name: np.zeros_like(array) for name, array in cache[0][0].params.items()}
    for t in reversed(range(len(cache))):
        step_cache, state_masks = cache[t]
        grads, dstate = model.backward(dnll[t:t + 1], step_cache, dstate, backend)
        dstate = [dropout_backward(*pair) for pair in zip(dstate, state_masks)]
        add(total, grads)
    return total, dstate


def add(total: Params, grads: Grads) -> None:
    """Adds one step's gradients to `total`, in place. A `Rows` is added to its rows."""
    for name, grad in grads.items():
        if isinstance(grad, Rows):
            total[name][grad.index] += grad.values
        else:
            total[name] += grad
