"""The language model: an embedding, L stacked recurrent layers, a softmax, and where dropout goes.

    h_t^0 = embedding of word t
    h_t^l = cell(D(h_t^{l-1}), state_{t-1}^l)           l = 1 .. L    (sections 3.1 and 3.2)
    y_t   = softmax(D(h_t^L) W + b)

D is dropout. It acts on the L + 1 upward connections and nowhere else: masks[0] below layer 1, masks[l] between
layers l and l + 1, masks[L] below the softmax. Whatever a word contributes to a prediction passes through
exactly L + 1 masks, no matter for how many steps it was remembered.

Shapes: T time steps, B batch columns, H hidden units, V vocabulary, L layers. x, y are (T, B).
Parameters are a dict of name -> array. Their gradients are a dict with the same keys, in which
"embedding" is a `layers.Rows`. A state is a list of L arrays (S, B, H), whose S parts are h and, in an LSTM, c.
A layer's parameters are named after its cell, such as lstm1.Wx or gru2.b, so the parameters alone define the network.

Tutorial: tutorials/02_lstm_step.md (the stack), tutorials/06_dropout.md (the masks)
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from . import unroll
from .backend import NUMPY, Backend
from .cells import CELLS
from .cells.cell import Cell
from .config import Config
from .layers import (
    Array,
    Grads,
    Params,
    State,
    affine_backward,
    affine_forward,
    dropout_backward,
    dropout_forward,
    dropout_mask,
    embedding_backward,
    embedding_forward,
)

PIECE = 1 << 14  # parameters drawn at a time


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    params: dict
    x: np.ndarray       # (T, B) words read
    y: np.ndarray       # (T*B,) words to predict
    masks: list         # L + 1 masks, each None without dropout
    layers: list        # L caches of unroll.forward
    top: np.ndarray     # (T, B, H) D(h^L), what the softmax sees
    probs: np.ndarray   # (T*B, V)


def param_shapes(config: Config, vocab_size: int) -> dict[str, tuple[int, ...]]:
    """{name: shape} of all parameters."""
    H, V = config.hidden, vocab_size
    shapes: dict[str, tuple[int, ...]] = {"embedding": (V, H)}
    for layer in range(1, config.layers + 1):
        of_cell = CELLS[config.cell].shapes(H, H)
        shapes |= {f"{config.cell}{layer}.{part}": shape for part, shape in of_cell.items()}
    return shapes | {"softmax.W": (H, V), "softmax.b": (V,)}


def param_total(config: Config, vocab_size: int) -> int:
    """How many numbers a network with this Config learns, before there is one."""
    return sum(map(math.prod, param_shapes(config, vocab_size).values()))


def init_params(config: Config, vocab_size: int, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Params:
    """All parameters from U(-a, a), a = config.init: embedding, weights and biases alike (section 4.1).

    The forget gate's bias is no exception. The paper doesn't set it to 1, as many later programs do.
    """
    params = {name: np.empty(shape, dtype) for name, shape in param_shapes(config, vocab_size).items()}
    for array in params.values():
        flat = array.reshape(-1)
        for start in range(0, flat.size, PIECE):  # uniform draws float64: small pieces stay in the CPU's cache
            piece = flat[start:start + PIECE]
            piece[:] = rng.uniform(-config.init, config.init, piece.size)
    return params


def parameter_count(params: Params) -> int:
    """How many numbers the model learns: 4,651,600 for `small` with 10,000 words."""
    return sum(array.size for array in params.values())


def recurrent_layers(params: Params) -> list[tuple[str, Cell, unroll.Weights]]:
    """[(name, cell, weights) of layer 1, of layer 2, ...]: "lstm1", a Cell, its `unroll.Weights`."""
    layers: list[tuple[str, Cell, unroll.Weights]] = []
    while (next_layer := cell_of(params, len(layers) + 1)) is not None:
        name, cell = next_layer
        layers.append((name, cell, unroll.Weights(params[f"{name}.Wx"], params[f"{name}.Wh"], params[f"{name}.b"])))
    return layers


def cell_of(params: Params, layer: int) -> tuple[str, Cell] | None:
    """The name and the cell of a layer, counted from 1: "gru2" and the GRU. None where there is no such layer."""
    return next(((f"{name}{layer}", cell) for name, cell in CELLS.items() if f"{name}{layer}.Wh" in params), None)


def zero_state(params: Params, batch: int) -> State:
    """The state at the beginning of a text."""
    return [np.zeros((len(cell.state), batch, len(weights.Wh)), weights.Wh.dtype)
            for _, cell, weights in recurrent_layers(params)]


def draw_masks(config: Config, T: int, B: int, rng: np.random.Generator,
               dtype: DTypeLike = np.float32) -> list[Array] | None:
    """Fresh masks for a window: L + 1 arrays (T, B, H); None without dropout.

    In the paper they differ at every time step. Where `config.dropout_mask` is "window", all steps have the same.
    """
    if config.dropout == 0:
        return None
    return [window_mask(config, T, (B, config.hidden), rng, dtype) for _ in range(config.layers + 1)]


def window_mask(config: Config, T: int, shape: tuple[int, ...], rng: np.random.Generator, dtype: DTypeLike) -> Array:
    """A mask (T, *shape), fresh at every time step, or the same one T times, as `config.dropout_mask` says."""
    if config.dropout_mask == "window":
        return np.repeat(dropout_mask((1, *shape), config.dropout, rng, dtype), T, axis=0)
    return dropout_mask((T, *shape), config.dropout, rng, dtype)


# --- the network ------------------------------------------------------------------------------

def logits_forward(params: Params, x: Array, state: State, masks: list | None = None,
                   backend: Backend = NUMPY) -> tuple[Array, State, tuple]:
    """Words x (T, B) -> logits (T*B, V), the state to carry on, and (masks, caches, top) for `forward`'s Cache."""
    layers = recurrent_layers(params)
    masks = masks or [None] * (len(layers) + 1)
    carried, caches = [], []

    h = embedding_forward(x, params["embedding"])                                # (T, B, H)
    for (_, cell, weights), layer_state, mask in zip(layers, state, masks):
        h = dropout_forward(h, mask)
        h, layer_state, cache = unroll.forward(cell, h, layer_state, weights, backend)
        carried.append(layer_state)
        caches.append(cache)
    top = dropout_forward(h, masks[-1])
    logits = affine_forward(top, params["softmax.W"], params["softmax.b"], backend)  # (T*B, V)
    return logits, carried, (masks, caches, top)


def forward(params: Params, x: Array, y: Array, state: State, masks: list | None = None,
            backend: Backend = NUMPY) -> tuple[Array, State, Cache]:
    """Reads x and predicts y, the word after each word of x.

    Args:
        params: from `init_params`.
        x, y: (T, B) integers in 0 .. V-1.
        state: from `zero_state` or from the window before.
        masks: from `draw_masks` in training; None in evaluation.
        backend: the Backend that computes (`learning.backends` chooses one).
    Returns: nll (T, B), the negative log-probability of each word of y in nats; the state to
        carry on; a Cache for `backward`.
    """
    logits, carried, (masks, caches, top) = logits_forward(params, x, state, masks, backend)
    y = y.ravel()
    nll, probs = backend.softmax_cross_entropy_forward(logits, y)
    return nll.reshape(x.shape), carried, Cache(params, x, y, masks, caches, top, probs)


def backward(dnll: Array, cache: Cache, dstate: State | None = None, backend: Backend = NUMPY) -> tuple[Grads, State]:
    """`forward` in reverse.

    Args:
        dnll: (T, B), the gradient of the loss with respect to nll. `loss_backward` gives the paper's.
        cache: from `forward`. It can be used only once, because its probs are overwritten with dlogits.
        dstate: gradients of the state carried on, a list of L arrays (S, B, H). None means zeros: the gradient is
            truncated at the window's end.
    Returns: the gradients, a dict with the keys of params; the gradients of the state carried in, a list like dstate.
    """
    params, masks = cache.params, cache.masks
    layers = recurrent_layers(params)
    L = len(layers)
    if dstate is None:
        dstate = zero_state(params, dnll.shape[1])
    grads: Grads = {}
    dcarried = list(dstate)  # replaced one by one

    dlogits = backend.softmax_cross_entropy_backward(dnll.ravel(), cache.probs, cache.y)
    dtop, grads["softmax.W"], grads["softmax.b"] = affine_backward(dlogits, cache.top, params["softmax.W"], backend)
    dh = dropout_backward(dtop, masks[L])
    for below in reversed(range(L)):  # layer below + 1, with masks[below] under it
        name, cell, _ = layers[below]
        dh, dcarried[below], dweights = unroll.backward(cell, dh, dstate[below], cache.layers[below], backend)
        grads |= {f"{name}.{part}": grad for part, grad in dweights._asdict().items()}
        dh = dropout_backward(dh, masks[below])
    grads["embedding"] = embedding_backward(dh, cache.x, backend)
    # in the order of params: the norm sums the gradients in this order, and its rounding depends on the order
    return {name: grads[name] for name in params}, dcarried


# --- the loss ---------------------------------------------------------------------------------

def loss_forward(nll: Array) -> float:
    """The training loss: the sum over time, and the mean over the batch, of nll (T, B).

    The scale matters: the learning rate of 1 and the largest norm of 5 assume this loss.
    """
    return nll.sum() / nll.shape[1]


def loss_backward(nll: Array) -> Array:
    """Gradient of `loss_forward`: 1 / B for every token."""
    return np.full_like(nll, 1 / nll.shape[1])
