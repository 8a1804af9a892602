"""A random network with random upstream gradients, in which every derivative can be checked.

It reads several windows in float64, with the state carried from one to the next, and with all the masks and penalties
that its config asks for. Its loss is a randomly weighted sum of all outputs, plus the penalties. The random weights are
the upstream gradients dnll and dstate, and give every path a gradient of its own.

Shapes: T time steps, B batch columns, H hidden units, S parts of a state.

Tutorial: tutorials/04_gradient_check.md
"""

import copy

import numpy as np

from ..network import model, regularize
from ..network.backend import NUMPY, Backend
from ..network.cells import CELLS
from ..network.choice import network_for
from ..network.config import Config
from ..network.layers import Params, State
from .numerical import dense, numerical_gradient, relative_error

CONFIG = Config(hidden=4, layers=2, dropout=0.4, init=0.5, batch=3, unroll=6)  # T != B; T * B = 18 rows allow tiles
VOCABULARY, WINDOWS = 7, 2
AWAY = 0.01  # every parameter is at least this far from 0, so that no finite difference steps across


class Problem:
    """A network, text, state, masks and upstream gradients; the loss over all windows and its gradients."""

    def __init__(self, config: Config = CONFIG, vocabulary: int = VOCABULARY, windows: int = WINDOWS,
                 seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        T, B, S = config.unroll, config.batch, len(CELLS[config.cell].state)
        self.config = config
        self.network = network_for(config)
        self.params = {name: array + AWAY * np.sign(array) for name, array in  # |w| has no derivative at 0
                       model.init_params(config, vocabulary, rng, np.float64).items()}
        self.text = rng.integers(0, vocabulary, (windows * T + 1, B))
        self.masks = [self.network.draw_masks(config, T, B, rng, np.float64) for _ in range(windows)]
        self.connections = [regularize.draw_connections(self.params, config, rng, np.float64) for _ in range(windows)]
        self.state: State = [rng.normal(0, 0.5, (S, B, config.hidden)) for _ in range(config.layers)]
        self.dnll = rng.normal(size=(windows, T, B))
        self.dstate: State = [rng.normal(size=array.shape) for array in self.state]

    def forward(self, backend: Backend = NUMPY) -> tuple[float, list]:
        """The loss over all windows, and the windows' caches."""
        T, loss, caches, state = self.dnll.shape[1], 0.0, [], self.state
        for n, (masks, connections) in enumerate(zip(self.masks, self.connections)):
            x, y = self.text[n * T:(n + 1) * T], self.text[n * T + 1:(n + 1) * T + 1]
            seen = regularize.connect_forward(self.params, connections)
            nll, state, cache = self.network.forward(seen, x, y, state, masks, backend)
            loss += np.sum(self.dnll[n] * nll) + regularize.penalty(self.params, self.config)
            caches.append(cache)
        return loss + sum(np.sum(array * weight) for array, weight in zip(state, self.dstate)), caches

    def backward(self, backend: Backend = NUMPY) -> Params:
        """{name: gradient} of every parameter and of the state carried in, by the hand-written backward."""
        _, caches = self.forward(backend)
        total, dstate = {name: np.zeros_like(array) for name, array in self.params.items()}, self.dstate
        for dnll, cache, connections in zip(self.dnll[::-1], caches[::-1], self.connections[::-1]):
            grads, dstate = self.network.backward(dnll, cache, dstate, backend)
            grads = regularize.connect_backward(grads, connections)
            regularize.penalty_backward(grads, self.params, self.config, backend)
            for name, grad in grads.items():
                total[name] += dense(grad, total[name])
        return total | self.named(dstate)

    def inputs(self) -> Params:
        """{name: array} of everything for which `backward` gives a gradient."""
        return self.params | self.named(self.state)

    def named(self, state: State) -> Params:
        """The list of the layers' arrays as a dict with names: {"state lstm1": array, ...}."""
        names = [name for name, _, _ in model.recurrent_layers(self.params)]
        return {f"state {name}": array for name, array in zip(names, state)}

    def in_single_precision(self) -> "Problem":
        """The same problem in float32, as networks are trained."""
        single = copy.copy(self)
        single.params = {name: array.astype(np.float32) for name, array in self.params.items()}
        single.state, single.dstate = ([array.astype(np.float32) for array in state]
                                       for state in (self.state, self.dstate))
        single.masks = [[mask.astype(np.float32) for mask in masks] if masks else None for masks in self.masks]
        single.dnll = self.dnll.astype(np.float32)
        return single

    def numerical_gradients(self) -> Params:
        """{name: gradient} of all `inputs`, by central differences of NumPy's loss."""
        return {name: numerical_gradient(lambda: self.forward()[0], array) for name, array in self.inputs().items()}


def check(problem: Problem, backend: Backend = NUMPY, expected: Params | None = None) -> dict[str, float]:
    """{name: largest relative error} of a backend's gradients, for every parameter and for the carried state.

    `expected` are the problem's numerical gradients, if they are known already.
    """
    expected, by_hand = expected or problem.numerical_gradients(), problem.backward(backend)
    return {name: relative_error(by_hand[name], grad) for name, grad in expected.items()}
