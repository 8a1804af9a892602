"""The network that a Config asks for: the paper's `model`, or `recurrent_dropout`, which goes against the paper.

Tutorial: tutorials/06_dropout.md
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike

from . import model, recurrent_dropout
from .backend import NUMPY, Backend
from .config import Config
from .layers import Array, Grads, Params, State


class Network(Protocol):
    """What training needs of a network. Both modules have these functions; their masks and caches differ."""

    def draw_masks(self, config: Config, T: int, B: int, rng: np.random.Generator,
                   dtype: DTypeLike = np.float32) -> Any:
        """Masks for a window of T steps and B columns."""

    def forward(self, params: Params, x: Array, y: Array, state: State, masks: Any,
                backend: Backend = NUMPY) -> tuple[Array, State, Any]:
        """nll (T, B), the state to carry on, and a cache for `backward`."""

    def backward(self, dnll: Array, cache: Any, dstate: State | None = None,
                 backend: Backend = NUMPY) -> tuple[Grads, State]:
        """The gradients, and those of the state carried in."""


def network_for(config: Config) -> Network:
    """The network that a Config asks for."""
    return recurrent_dropout if config.recurrent_dropout else model
