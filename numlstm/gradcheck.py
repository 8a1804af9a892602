"""Are the hand-written derivatives right? Compares them with finite differences, number by number.

    python -m numlstm.gradcheck

A small network (2 layers, dropout masks on) reads several windows in float64, with the state carried
from one to the next. The loss is a random weighting of all its outputs, so that every path has a
gradient of its own. The table shows, for every parameter and for the state carried in, the largest
relative error of the gradient by `backward`; above 1e-6 the exit code is 1.

Tutorial: tutorials/03_backward.md
"""

import numpy as np

from . import cli
from .checking.problem import Problem, check
from .learning.backends import choose, possible
from .network.backend import NUMPY

LIMIT = 1e-6


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
