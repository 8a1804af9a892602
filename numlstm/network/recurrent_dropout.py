"""Dropout on the recurrent connections, too: what the paper argues against.

    h_{t-1} -> D(h_{t-1})                       where Config.recurrent_dropout is "h"
    all of state_{t-1} -> D(state_{t-1})        where it is "state": in an LSTM, h and c

This happens in every layer, in addition to D on the L + 1 upward connections. On its way through n steps, h therefore
passes through n more masks. With "state", so does the LSTM's c. (In a GRU and a plain RNN h is the whole state, so the
two settings are the same.)

Where Config.dropout_mask is "window", one mask serves all steps of a window, upward and on h: dropout as Gal and
Ghahramani (2016) propose it, "variational". (They leave c alone. A mask on c that stays would multiply the units that
it keeps by 1 / (1 - p) at every step. Our GRU's h is carried on like c, so there such masks need a low p.)

`forward` and `backward` replace those of `model` and take the same arguments. They call them with a backend that takes
the time loops one step at a time, and multiplies the state by a mask before each step.

Shapes: T time steps, B batch columns, H hidden units, L layers, S parts of a state.

Tutorial: tutorials/06_dropout.md
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import DTypeLike

from . import model, unroll
from .backend import NUMPY, Backend
from .cells import CELLS
from .cells.cell import Cell
from .config import Config
from .layers import Array, Grads, Params, State, dropout_backward, dropout_forward


class Masks(NamedTuple):
    """All masks of a window."""

    upward: list    # L + 1 arrays (T, B, H), as from `model.draw_masks`
    state: list     # L arrays (T, S, B, H), all 1 in a part without dropout


def draw_masks(config: Config, T: int, B: int, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Masks:
    """Fresh Masks for a window, different at every time step unless `config.dropout_mask` is "window"."""
    L, H, parts = config.layers, config.hidden, len(CELLS[config.cell].state)
    dropped = 1 if config.recurrent_dropout == "h" else parts
    upward = model.draw_masks(config, T, B, rng, dtype) or []  # never None: Config sees to a dropout above 0
    state = np.ones((T, L, parts, B, H), dtype)
    state[:, :, :dropped] = model.window_mask(config, T, (L, dropped, B, H), rng, dtype)
    return Masks(upward, list(state.swapaxes(0, 1)))


class Dropping:
    """A backend whose time loops drop the state before every step. All else is done by the backend that it is given.

    `masks` are those of the layers, (T, S, B, H) each, in the order in which the model comes to the layers.
    """

    def __init__(self, backend: Backend, masks: Iterable[Array]):
        self.backend, self.masks = backend, iter(masks)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def loop_forward(self, cell: Cell, a: Array, Wh: Array, state: Array) -> tuple[Array, Array]:
        """`unroll.loop_forward`, where each step begins with D(state)."""
        states, saved = [state], []
        for t, mask in enumerate(next(self.masks)):
            (_, state), kept = self.backend.loop_forward(cell, a[t:t + 1], Wh, dropout_forward(state, mask))
            states.append(state)
            saved.append(kept)
        return np.array(states), np.concatenate(saved)

    def loop_backward(self, cell: Cell, dout: Array, dstate: Array, cache: unroll.Cache) -> tuple[Array, Array]:
        """The same steps in reverse. cache.states are those before D."""
        da = np.empty_like(cache.a)
        masks = next(self.masks)
        for t in reversed(range(len(masks))):
            step = slice(t, t + 1)
            states = np.array([dropout_forward(cache.states[t], masks[t]), cache.states[t + 1]])
            of_step = cache._replace(a=cache.a[step], states=states, saved=cache.saved[step])
            da[step], dstate = self.backend.loop_backward(cell, dout[step], dstate, of_step)
            dstate = dropout_backward(dstate, masks[t])
        return da, dstate


def forward(params: Params, x: Array, y: Array, state: State, masks: Masks,
            backend: Backend = NUMPY) -> tuple[Array, State, tuple[model.Cache, list]]:
    """Like `model.forward`, with dropout on the state before every step."""
    dropping = cast(Backend, Dropping(backend, masks.state))  # it has all that a Backend has
    nll, carried, cache = model.forward(params, x, y, state, masks.upward, dropping)
    return nll, carried, (cache, masks.state)


def backward(dnll: Array, cache: tuple[model.Cache, list], dstate: State | None = None,
             backend: Backend = NUMPY) -> tuple[Grads, State]:
    """`forward` in reverse, like `model.backward`."""
    of_model, masks = cache
    layers = [layer._replace(h=multiplied(layer.h, mask)) for layer, mask in zip(of_model.layers, masks)]
    dropping = cast(Backend, Dropping(backend, reversed(masks)))
    return model.backward(dnll, of_model._replace(layers=layers), dstate, dropping)


def multiplied(h: Array, mask: Array) -> Array:
    """h (T + 1, B, H) as it was multiplied by Wh: after D. The last one isn't used here, and stays."""
    h = h.copy()
    h[:-1] = dropout_forward(h[:-1], mask[:, 0])
    return h
