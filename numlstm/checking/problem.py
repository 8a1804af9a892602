"""A random network with random upstream gradients, whose every derivative can be checked.

Tutorial: tutorials/03_backward.md
"""

import numpy as np

from ..network import model
from ..network.backend import NUMPY
from ..network.config import Config
from .numerical import dense, numerical_gradient, relative_error

CONFIG = Config(hidden=4, layers=2, dropout=0.4, init=0.5, batch=3, unroll=5)  # T != B
VOCABULARY, WINDOWS = 11, 3


class Problem:
    """A random network, text, state, masks and upstream gradients; loss and its gradients over all windows."""

    def __init__(self, config=CONFIG, windows=WINDOWS, seed=0, backend=None):
        rng = np.random.default_rng(seed)
        T, B, L, H = config.unroll, config.batch, config.layers, config.hidden
        self.backend = backend or NUMPY
        self.params = model.init_params(config, VOCABULARY, rng, np.float64)
        self.text = rng.integers(0, VOCABULARY, (windows * T + 1, B))
        self.masks = [model.draw_masks(config, T, B, rng, np.float64) for _ in range(windows)]
        self.state = [tuple(rng.normal(0, 0.5, (2, B, H))) for _ in range(L)]
        self.dnll = rng.normal(size=(windows, T, B))
        self.dstate = [tuple(rng.normal(size=(2, B, H))) for _ in range(L)]

    def forward(self):
        """The loss over all windows, and the windows' caches."""
        T, loss, caches, state = self.dnll.shape[1], 0.0, [], self.state
        for n, masks in enumerate(self.masks):
            x, y = self.text[n * T:(n + 1) * T], self.text[n * T + 1:(n + 1) * T + 1]
            nll, state, cache = model.forward(self.params, x, y, state, masks, self.backend)
            loss += np.sum(self.dnll[n] * nll)
            caches.append(cache)
        for pair, dpair in zip(state, self.dstate):
            loss += sum(np.sum(array * weight) for array, weight in zip(pair, dpair))
        return loss, caches

    def backward(self):
        """{name: gradient} of every parameter and of the state carried in, from the hand-written backward."""
        _, caches = self.forward()
        total, dstate = {name: np.zeros_like(array) for name, array in self.params.items()}, self.dstate
        for dnll, cache in zip(self.dnll[::-1], caches[::-1]):
            grads, dstate = model.backward(dnll, cache, dstate, self.backend)
            for name, grad in grads.items():
                total[name] += dense(grad, total[name])
        return total | self.named(dstate)

    def inputs(self):
        """{name: array} of everything that `backward` gives a gradient of."""
        return self.params | self.named(self.state)

    @staticmethod
    def named(state):
        return {f"state {part}{layer}": array for layer, pair in enumerate(state, 1) for part, array in zip("hc", pair)}


def check(problem):
    """{name: largest relative error} for every parameter and for the carried state."""
    by_hand = problem.backward()
    return {name: relative_error(by_hand[name], numerical_gradient(lambda: problem.forward()[0], array))
            for name, array in problem.inputs().items()}
