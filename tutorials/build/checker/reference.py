"""What the functions of the course are tried with, and what numlstm's own functions give.

Everything is float64 and small. Gradients from above are random, so that every path has a gradient of its own. T, B, H
and V differ, so that an array of a wrong shape is seen.
"""

from typing import Any, NamedTuple

import numpy as np

from numlstm.checking.numerical import dense
from numlstm.corpus import data
from numlstm.learning.step import train_step
from numlstm.network import config, layers, model, optim, unroll
from numlstm.network.backend import NUMPY
from numlstm.network.cells import lstm

SIZES: dict[str, Any] = {"H": 4, "L": 2, "B": 3, "T": 5, "P": 0.6, "CLIP": 1.1}
V = 7


class Trial(NamedTuple):
    """One call of a function of the course."""

    arguments: tuple
    package: dict       # {name: what it must be, by numlstm}. Names are those of the function's variables
    of: str = ""        # which call it is, if there are several


def trials(solution):
    """{function: [Trial, ...]}. `solution` holds the functions of paper.py, which make what the package has not."""
    rng = np.random.default_rng(2014)
    H, L, B, T, p, limit = SIZES.values()
    settings = config.Config(hidden=H, layers=L, batch=B, unroll=T, dropout=p, init=0.7, clip=limit)
    params = model.init_params(settings, V, rng, np.float64)
    columns = rng.integers(0, V, (3 * T, B))
    x, y = data.window(columns, T, 0)
    state = [rng.normal(0, 0.5, (2, B, H)) for _ in range(L)]
    masks = model.draw_masks(settings, T, B, rng, np.float64)
    return {
        "dropout_mask": dropout_mask(p),
        "step_forward": step_forward(params, rng),
        "layer_forward": layer_forward(params, state[0], rng),
        "softmax_forward": softmax_forward(rng),
        "forward": forward(params, x, y, state, masks),
        "softmax_backward": softmax_backward(rng),
        "affine_backward": affine_backward(params, rng),
        "step_backward": step_backward(rng),
        "layer_backward": layer_backward(params, state[0], rng, solution),
        "embedding_backward": embedding_backward(params, x, rng),
        "backward": backward(params, x, y, state, masks, solution),
        "learning_rate": learning_rate(),
        "update": update(params, rng),
        "train_epoch": train_epoch(params, columns, settings),
    }


# --- forward ----------------------------------------------------------------------------------

def dropout_mask(p):
    H, _, B, T, *_ = SIZES.values()
    mask = layers.dropout_mask((T, B, H), p, np.random.default_rng(5))
    return [Trial(((T, B, H), p, np.random.default_rng(5)), {"mask": mask})]


def step_forward(params, rng):
    B, H = SIZES["B"], SIZES["H"]
    x, h_prev, c_prev = rng.normal(size=(3, B, H))
    Wx, Wh, b = (params[f"lstm1.{part}"] for part in ("Wx", "Wh", "b"))
    a = x @ Wx + h_prev @ Wh + b
    gates, state, saved = a.copy(), np.empty((2, B, H)), np.empty((1, B, H))
    lstm.step_forward(gates, np.array([h_prev, c_prev]), state, saved)
    found = dict(zip("ifog", np.split(gates, 4, axis=1)))
    return [Trial((x, h_prev, c_prev, Wx, Wh, b),
                  {"a": a} | found | {"c": state[1], "tanh_c": saved[0], "h": state[0]})]


def layer_forward(params, state, rng):
    x = rng.normal(size=(SIZES["T"], SIZES["B"], SIZES["H"]))
    (_, cell, weights), *_ = model.recurrent_layers(params)
    out, (h, c), _ = unroll.forward(cell, x, state, weights, NUMPY)
    return [Trial((x, state, *weights), {"out": out, "h": h, "c": c})]


def softmax_forward(rng):
    logits, y = rng.normal(0, 2, (4, V)), rng.integers(0, V, 4)
    found = []
    for of, array in (("", logits), (" for logits near 1000", logits + 1000)):
        nll, probs = layers.softmax_cross_entropy_forward(array.copy(), y)
        found.append(Trial((array, y), {"probs": probs, "nll": nll}, of))
    return found


def forward(params, x, y, state, masks):
    nll, carried, cache = model.forward(params, x, y, state, masks)
    logits, _, _ = model.logits_forward(params, x, state, masks)
    return [Trial((params, x, y, state, masks),
                  {"carried": [tuple(array) for array in carried], "top": cache.top, "logits": logits,
                   "nll": nll.ravel(), "probs": cache.probs, "loss": model.loss_forward(nll)})]


# --- backward ---------------------------------------------------------------------------------

def softmax_backward(rng):
    B, T = SIZES["B"], SIZES["T"]
    probs, y = rng.dirichlet(np.ones(V), T * B), rng.integers(0, V, T * B)
    dnll = model.loss_backward(np.zeros((T, B))).ravel()
    return [Trial((probs, y, B), {"dlogits": layers.softmax_cross_entropy_backward(dnll, probs.copy(), y)})]


def affine_backward(params, rng):
    H, B, T = SIZES["H"], SIZES["B"], SIZES["T"]
    dlogits, top, W = rng.normal(size=(T * B, V)), rng.normal(size=(T, B, H)), params["softmax.W"]
    return [Trial((dlogits, top, W), dict(zip(("dtop", "dW", "db"), layers.affine_backward(dlogits, top, W, NUMPY))))]


def step_backward(rng):
    B, H = SIZES["B"], SIZES["H"]
    a, c_prev, (dh, dc_next) = rng.normal(size=(B, 4 * H)), rng.normal(size=(B, H)), rng.normal(size=(2, B, H))
    prev, state, saved = np.array([np.zeros((B, H)), c_prev]), np.empty((2, B, H)), np.empty((1, B, H))
    lstm.step_forward(a, prev, state, saved)
    da, dstate = np.empty_like(a), np.array([dh, dc_next])
    lstm.step_backward(dstate, a, prev, state, saved, da)
    parts = dict(zip(("da_i", "da_f", "da_o", "da_g"), np.split(da, 4, axis=1)))
    return [Trial((dh, dc_next, c_prev, (*np.split(a, 4, axis=1), saved[0])),
                  {"dc_prev": dstate[1]} | parts | {"da": da})]


def layer_backward(params, state, rng, solution):
    x, dout = rng.normal(size=(2, SIZES["T"], SIZES["B"], SIZES["H"]))
    (_, cell, weights), *_ = model.recurrent_layers(params)
    _, _, cache = unroll.forward(cell, x, state, weights, NUMPY)
    dx, _, dweights = unroll.backward(cell, dout, np.zeros_like(state), cache, NUMPY)
    _, _, saved = solution["layer_forward"](x, state, *weights)
    return [Trial((dout, saved, *weights), {"dx": dx} | dict(zip(("dWx", "dWh", "db"), dweights)))]


def embedding_backward(params, x, rng):
    dout, table = rng.normal(size=(*x.shape, SIZES["H"])), params["embedding"]
    return [Trial((dout, x, table), {"dtable": dense(layers.embedding_backward(dout, x, NUMPY), table)})]


def backward(params, x, y, state, masks, solution):
    nll, _, cache = model.forward(params, x, y, state, masks)
    grads, _ = model.backward(model.loss_backward(nll), cache)
    grads["embedding"] = dense(grads["embedding"], params["embedding"])
    *_, own = solution["forward"](params, x, y, state, masks)
    return [Trial((params, x, y, masks, own), {"grads": grads})]


# --- training ---------------------------------------------------------------------------------

def learning_rate():
    settings = config.Config(decay_after=3, decay=1.6)
    return [Trial((epoch, 3, 1.6), {"rate": config.learning_rate(settings, epoch)}, f" in epoch {epoch}, full = 3")
            for epoch in (1, 3, 4, 5, 7)]


def update(params, rng):
    grads = {name: rng.normal(size=array.shape) for name, array in params.items()}
    found = []
    for of, limit in ((" where the norm is below the limit", 1000.0), (" where the norm is above it", 0.5)):
        after, long = ({name: array.copy() for name, array in arrays.items()} for arrays in (params, grads))
        norm = optim.sgd_step(after, long, 0.3, limit, NUMPY)
        found.append(Trial((params, grads, 0.3, limit), {"norm": norm, "params": after}, of))
    return found


def train_epoch(params, columns, settings):
    after, rng = {name: array.copy() for name, array in params.items()}, np.random.default_rng(5)
    state, nlls = model.zero_state(params, settings.batch), []
    for n in range(data.window_count(columns, settings.unroll)):
        window = data.window(columns, settings.unroll, n)
        nll, state, _ = train_step(after, window, state, settings, 0.5, rng, NUMPY)
        nlls.append(nll)
    return [Trial((params, columns, 0.5, np.random.default_rng(5)), {"nlls": nlls, "params": after})]
