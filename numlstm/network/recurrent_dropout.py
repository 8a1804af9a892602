"""Dropout in the standard manner, on what is remembered too: what the paper argues against.

    h_{t-1} -> D(h_{t-1})                       where Config.recurrent_dropout is "h"
    all of state_{t-1} -> D(state_{t-1})        where it is "state": in an LSTM, h and c

in every layer, in addition to D on the L + 1 upward arrows. So on its way through n steps h meets n masks more, and
with "state" so does the memory itself. (In a GRU and a plain RNN h is the memory: there the two are the same.)

The functions stand where those of `model` would, with the same arguments. They are built outside of it: the model
reads one step at a time, and between two steps the state is taken out, dropped out, and handed back.

Shapes: T time steps, B batch columns, H hidden units, L layers, S parts of a state.

Tutorial: tutorials/04_dropout.md
"""

from typing import NamedTuple

import numpy as np

from . import model
from .backend import NUMPY
from .cells import CELLS
from .layers import Rows, dropout_backward, dropout_forward, dropout_mask


class Masks(NamedTuple):
    """All masks of a window."""

    upward: list    # L + 1 arrays (T, B, H), as from `model.draw_masks`
    state: list     # T lists of L arrays (S, B, H), 1 where nothing is dropped


def draw_masks(config, T, B, rng, dtype=np.float32):
    """Fresh Masks for a window, every time step its own."""
    parts = len(CELLS[config.cell].state)
    dropped = 1 if config.recurrent_dropout == "h" else parts

    def draw():
        mask = np.ones((parts, B, config.hidden), dtype)
        mask[:dropped] = dropout_mask((dropped, B, config.hidden), config.dropout, rng, dtype)
        return mask

    upward = model.draw_masks(config, T, B, rng, dtype)
    return Masks(upward, [[draw() for _ in range(config.layers)] for _ in range(T)])


def forward(params, x, y, state, masks, backend=NUMPY):
    """As `model.forward`, with the state dropped out before every step. The cache is a list: one for each step."""
    nll, caches = [], []
    for t, state_masks in enumerate(masks.state):
        step = slice(t, t + 1)
        state = [dropout_forward(*pair) for pair in zip(state, state_masks)]
        step_nll, state, cache = model.forward(
            params, x[step], y[step], state, [mask[step] for mask in masks.upward], backend)
        nll.append(step_nll)
        caches.append((cache, state_masks))
    return np.concatenate(nll), state, caches                                      # nll (T, B)


def backward(dnll, cache, dstate=None, backend=NUMPY):
    """`forward` in reverse: arguments and results as for `model.backward`."""
    total = {name: np.zeros_like(array) for name, array in cache[0][0].params.items()}
    for t in reversed(range(len(cache))):
        step_cache, state_masks = cache[t]
        grads, dstate = model.backward(dnll[t:t + 1], step_cache, dstate, backend)
        dstate = [dropout_backward(*pair) for pair in zip(dstate, state_masks)]
        add(total, grads)
    return total, dstate


def add(total, grads):
    """Adds one step's gradients to `total`, in place; sparse ones to their rows."""
    for name, grad in grads.items():
        if isinstance(grad, Rows):
            total[name][grad.index] += grad.values
        else:
            total[name] += grad
