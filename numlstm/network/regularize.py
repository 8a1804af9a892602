"""Other regularizers, to compare with dropout: L2, L1, both together (elastic net), and drop-connect.

    loss + l1 * sum |w| + l2 / 2 * sum w^2          over all weights w
    Wx -> D(Wx), Wh -> D(Wh)                        drop-connect (Wan et al. 2013): dropout on weights

Weights are the matrices of the recurrent layers and of the softmax. Biases and embeddings have no penalty: a bias
doesn't scale an input, and a penalty on all V rows would make the embedding's gradient dense.

The penalty is added once for every window, to a loss that is summed over the window's T steps. The same strength
therefore has less effect when T is larger. The penalty's gradient is added before clipping, so it is part of the norm.

Drop-connect draws a mask once for a window, so all T steps use the same weights. The mask is scaled by 1 / (1 - p).
Evaluation uses none. The parameters are masked before they enter the model, so no cell sees a mask.

Tutorial: tutorials/08_other_regularizers.md
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from .config import Config
from .layers import Array, Grads, Params, dropout_backward, dropout_forward, dropout_mask

if TYPE_CHECKING:
    from .backend import Backend

# --- penalties ----------------------------------------------------------------------------------

def is_weight(name: str) -> bool:
    """Whether the parameter of that name is a weight, such as lstm1.Wx or softmax.W."""
    return name.split(".")[-1].startswith("W")


def penalty(params: Params, config: Config) -> float:
    """l1 * sum |w| + l2 / 2 * sum w^2."""
    weights = [array for name, array in params.items() if is_weight(name)]
    return (config.l1 * sum(float(np.abs(w).sum(dtype=float)) for w in weights)
            + config.l2 / 2 * sum(float(np.square(w).sum(dtype=float)) for w in weights))


def add_penalty(grad: Array, weight: Array, l2: float, l1: float) -> None:
    """grad += l2 * w + l1 * sign(w): the gradient of `penalty`, in place. (Where w = 0, |w| has the subgradient 0.)"""
    if l2:
        grad += l2 * weight
    if l1:
        grad += l1 * np.sign(weight)


def penalty_backward(grads: Grads, params: Params, config: Config, backend: "Backend") -> None:
    """Adds the gradient of `penalty` to grads, in place."""
    if config.l2 or config.l1:
        for name in filter(is_weight, params):
            backend.add_penalty(grads[name], params[name], config.l2, config.l1)


# --- drop-connect -------------------------------------------------------------------------------

def draw_connections(params: Params, config: Config, rng: np.random.Generator,
                     dtype: DTypeLike = np.float32) -> dict[str, Array]:
    """{name: mask} for the Wh, the Wx or both, as `drop_connect_place` says; {} without drop-connect."""
    if config.drop_connect == 0:
        return {}
    return {name: dropout_mask(array.shape, config.drop_connect, rng, dtype) for name, array in params.items()
            if name.endswith(tuple(f".W{place}" for place in config.drop_connect_place))}


def connect_forward(params: Params, connections: dict[str, Array]) -> Params:
    """The parameters, with each weight that has a mask multiplied by it."""
    return params | {name: dropout_forward(params[name], mask) for name, mask in connections.items()}


def connect_backward(grads: Grads, connections: dict[str, Array]) -> Grads:
    """Gradients of the masked weights -> gradients of the weights. Dropped connections get none."""
    return grads | {name: dropout_backward(grads[name], mask) for name, mask in connections.items()}
