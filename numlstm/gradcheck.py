"""Are the hand-written derivatives right? Compares them with finite differences, number by number.

    python -m numlstm.gradcheck

A small network (2 layers, dropout masks on) reads several windows in float64, with the state carried
from one to the next. The loss is a random weighting of all its outputs, so that every path has a
gradient of its own. The table shows, for every parameter and for the state carried in, the largest
relative error of the gradient by `backward`; above 1e-6 the exit code is 1.

Tutorial: tutorials/03_backward.md
"""

import numpy as np

from . import cli, model
from .backend import NUMPY, choose, possible
from .config import Config
from .layers import Rows

LIMIT = 1e-6
CONFIG = Config(hidden=4, layers=2, dropout=0.4, init=0.5, batch=3, unroll=5)  # T != B
VOCABULARY, WINDOWS = 11, 3


def numerical_gradient(f, array, eps=1e-3):
    """Gradient of f(), a number that depends on `array`, by central differences: array's shape.

    Each number of the array is moved, in place, by one and by two eps to either side (the five-point
    formula): the error of the formula falls with eps^4, so that eps can be large and rounding small.
    """
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        before = array[place]

        def at(shift):
            array[place] = before + shift
            return f()

        gradient[place] = (8 * (at(eps) - at(-eps)) - (at(2 * eps) - at(-2 * eps))) / (12 * eps)
        array[place] = before
    return gradient


def relative_error(a, b, smallest=1e-4):
    """The largest |a - b| / max(|a|, |b|) over all places; numbers below `smallest` count as that large."""
    return float(np.max(np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), smallest)))


def dense(grad, like):
    """A gradient as an array of the parameter's shape, also where it is sparse."""
    if not isinstance(grad, Rows):
        return grad
    array = np.zeros_like(like)
    array[grad.index] = grad.values
    return array


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


def main(argv=None):
    parser = cli.parser("numlstm.gradcheck", __doc__)
    parser.parse_args(argv)

    backends = {backend.products if backend.name == "numba" else "NumPy": backend
                for backend in (NUMPY, *(choose("numba", products=products) for products in possible()))}
    errors = {name: check(Problem(backend=backend)) for name, backend in backends.items()}
    shapes = {name: array.shape for name, array in Problem().inputs().items()}
    print("largest relative error between hand-written and numerical gradient, float64\n")
    print(f"{'':12} {'shape':>9}" + "".join(f"  {name:>11}" for name in errors))
    for name, shape in shapes.items():
        print(f"{name:12} {' x '.join(map(str, shape)):>9}"
              + "".join(f"  {column[name]:11.1e}" for column in errors.values()))
    worst = np.max([list(column.values()) for column in errors.values()])  # np.max, unlike max, keeps a NaN
    print(f"\nlargest of all: {worst:.1e}; allowed: {LIMIT:g}: {'all right' if worst <= LIMIT else 'WRONG'}")
    return int(not worst <= LIMIT)  # in this order a NaN is wrong, too


if __name__ == "__main__":
    cli.run(main)
