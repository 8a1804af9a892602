"""One step of training: the gradients of a window's loss, clipping, and the update.

A window is a pair x, y, each (T, B): the words to read, and the words to predict, which come one place later in the
text (there is a picture in corpus/data.py). nll (T, B) is the negative log-probability of each word of y, in nats. The
carried state is what every layer remembers at the end of a window: a list of L arrays (S, B, H).

Shapes: T time steps, B batch columns, H hidden units, L layers, S parts of a state.

Tutorial: tutorials/07_training.md
"""

import numpy as np

from ..errors import Diverged
from ..network import model, optim, regularize
from ..network.backend import Backend
from ..network.choice import network_for
from ..network.config import Config
from ..network.layers import Array, Grads, Params, State
from ..runs.state import MAX_NLL


def train_step(params: Params, window: tuple[Array, Array], carried: State, config: Config, lr: float,
               rng: np.random.Generator, backend: Backend) -> tuple[Array, State, float]:
    """One window: gradients, clipping, and the update, in place.

    Returns: nll (T, B) of the words y; the state to carry on; the gradient's norm before clipping.
    Raises Diverged, and leaves params unchanged, if the loss is too large or NaN, or if the gradient is not finite.
    """
    nll, carried, grads = gradients(params, window, carried, config, rng, backend)
    norm = optim.sgd_step(params, grads, lr, config.clip, backend)
    return nll, carried, norm


def gradients(params: Params, window: tuple[Array, Array], carried: State, config: Config, rng: np.random.Generator,
              backend: Backend) -> tuple[Array, State, Grads]:
    """Gradients of one window's loss, with fresh dropout masks and the other regularizers that config asks for.

    Returns: nll (T, B) of the words y; the state to carry on; the gradients, a dict like params.
    Raises Diverged as `check_loss` does.
    """
    x, y = window
    T, B = x.shape
    network = network_for(config)
    masks = network.draw_masks(config, T, B, rng)
    connections = regularize.draw_connections(params, config, rng)

    seen = regularize.connect_forward(params, connections)
    nll, carried, cache = network.forward(seen, x, y, carried, masks, backend)
    check_loss(nll)
    grads, _ = network.backward(model.loss_backward(nll), cache, backend=backend)
    grads = regularize.connect_backward(grads, connections)
    regularize.penalty_backward(grads, params, config, backend)
    return nll, carried, grads


def check_loss(nll: Array) -> None:
    """Raises Diverged if the mean of nll (T, B) is NaN, or so large that its perplexity overflows.

    Both are treated alike, because huge parameters may give either, depending on the order in which products are
    summed.
    """
    mean = nll.mean(dtype=float)
    if not mean < MAX_NLL:
        raise Diverged(f"the loss is {mean:.3g} nats per word")
