"""Are the hand-written derivatives right? Compares them with finite differences.

    python -m numlstm.gradcheck                   every cell and regularizer, number by number, on a small network
    python -m numlstm.gradcheck --cell gru        one cell
    python -m numlstm.gradcheck --size medium     at real size, along random directions

The small network has two layers and dropout. It reads two windows in float64, with the state carried from the first to
the second. Its loss is a randomly weighted sum of all its outputs, so that every path has a gradient of its own. The
tables show the largest relative error for every parameter and for the state carried in. There is one column for NumPy,
and one for each kind of matrix product that the compiled kernels can use here. At real size the check uses the kernels
that training uses, and moves each array along a random direction. If an error is above 1e-6, the exit code is 1.

Tutorial: tutorials/04_gradient_check.md
"""

import dataclasses
from typing import Any

import numpy as np

from . import cli
from .checking import directions
from .checking.problem import CONFIG, Problem, check
from .learning.backends import choose, possible, running
from .network.backend import NUMPY
from .network.cells import CELLS
from .network.config import SIZES

LIMIT = 1e-6
SINGLE = 1e-3  # the limit in float32
WORDS = 10_000  # the vocabulary at real size, as in Penn Treebank

REGULARIZERS: dict[str, dict[str, Any]] = {
    "dropout": {},
    "dropout, L2 and L1": {"l2": 0.03, "l1": 0.02},
    "dropout, drop-connect": {"drop_connect": 0.3, "drop_connect_place": "xh"},
    "dropout, also on h": {"recurrent_dropout": "h"},
    "dropout, also on the state": {"recurrent_dropout": "state"},
    "dropout, one mask a window": {"dropout_mask": "window"},
    "one mask a window, also on h": {"dropout_mask": "window", "recurrent_dropout": "h"},
}

UNSEEN = """What this can't see, because it would be equally wrong on both sides, and the tests that do see it:
  the scale of the masks, and whether each step and column has its own   test_layers.py, test_model.py
  the scale of the loss: sum over time, mean over the batch              test_model.py
  clipping, the learning rate, which parameters are updated              test_optim.py, test_train.py
  a wrong equation with the right derivative for it                      test_cells.py, test_oracle.py"""


def backends():
    """{title: backend}: NumPy, and on one thread each kind of product that the compiled kernels can use here."""
    columns = {"NumPy": NUMPY}
    for products in possible():
        backend = choose("numba", 1, products)
        if backend.name == "numba":
            columns[products] = backend
    return columns


def check_small(cell, columns):
    """{regularizer: {title of a backend: {parameter: error}}}, with every number checked."""
    errors = {}
    for title, settings in REGULARIZERS.items():
        problem = Problem(dataclasses.replace(CONFIG, cell=cell, **settings))
        expected = problem.numerical_gradients()
        errors[title] = {name: check(problem, backend, expected) for name, backend in columns.items()}
    return errors


def show(title, rows, columns):
    """Prints a table: {row: [error of each column]}."""
    print(f"\n{title:28}" + "".join(f"  {name:>11}" for name in columns))
    for name, errors in rows.items():
        print(f"{name:28}" + "".join(f"  {error:11.1e}" for error in errors))


def small(cells):
    """Checks the cells on a small network, number by number. Returns the largest error."""
    columns, worst = backends(), 0.0
    print("largest relative error between hand-written and numerical gradient, float64")
    for cell in cells:
        errors_by_title = check_small(cell, columns)
        parameters = errors_by_title["dropout"]["NumPy"]
        show(f"{cell}: with dropout", {name: [errors_by_title["dropout"][column][name] for column in columns]
                                       for name in parameters}, columns)
        overall = {title: [np.max(list(errors[column].values())) for column in columns]  # np.max keeps a NaN
                   for title, errors in errors_by_title.items()}
        show(f"{cell}: all parameters", overall, columns)
        worst = np.max([worst, *(error for row in overall.values() for error in row)])
    return worst


def large(size, cells, threads):
    """Checks the cells at a real size, along random directions. Returns the largest error, float32 scaled to LIMIT."""
    worst = 0.0
    with running("numba", threads) as backend:
        print(f"{size}, {WORDS:,} words, the kernels that training uses here: {backend.name}, products by "
              f"{backend.products}\nrelative error of derivatives along a random direction, float64; and of the "
              f"gradient in float32 (limit {SINGLE:g})")
        for cell in cells:
            problem = Problem(dataclasses.replace(SIZES[size], cell=cell), WORDS, windows=1)
            double, single = directions.check(problem, backend), directions.single_precision(problem, backend)
            show(f"{cell}", {name: (double[name], single[name]) for name in double}, ("float64", "float32"))
            stream = directions.one_stream(problem, backend)
            show(f"{cell}: one stream, no masks", {"nll, against NumPy": [stream]}, ("float64",))
            worst = np.max([worst, stream, *double.values(), *(LIMIT / SINGLE * error for error in single.values())])
    return worst


def main(argv: list[str] | None = None) -> int:
    parser = cli.parser("numlstm.gradcheck", __doc__)
    parser.add_argument("--cell", choices=CELLS, help="check only this cell (default: all)")
    parser.add_argument("--size", choices=SIZES, help="check at this size, along random directions")
    cli.add_threads(parser)
    args = parser.parse_args(argv)

    cells = list(CELLS) if args.cell is None else [args.cell]
    worst = small(cells) if args.size is None else large(args.size, cells, args.threads)
    print(f"\nlargest of all: {worst:.1e} (limit {LIMIT:g}): {'all right' if worst <= LIMIT else 'WRONG'}\n\n{UNSEEN}")
    return int(not worst <= LIMIT)  # `not <=` rather than `>`, so that a NaN is wrong, too


if __name__ == "__main__":
    cli.launch(main)
