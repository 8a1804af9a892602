"""Who computes: NumPy, which defines the model, or compiled twins on several threads.

How the compiled ones multiply matrices depends on the machine, and is measured once:

- "tiles": all products by `tiles`;
- "tiles, BLAS": those inside the time loops by `tiles`, the large ones by BLAS, each thread calling it for a part;
- "BLAS": all by BLAS, with its own threads.

Tutorial: tutorials/08_fast.md
"""

from typing import Callable, NamedTuple

from . import layers, lstm, optim


class Backend(NamedTuple):
    """The functions that have a twin."""

    name: str
    products: str                # who multiplies matrices: see above
    threads: int                 # None: however many BLAS has
    product: Callable
    column_sums: Callable
    row_sums: Callable
    loop_forward: Callable
    loop_backward: Callable
    softmax_cross_entropy_forward: Callable
    softmax_cross_entropy_backward: Callable
    square_sum: Callable
    subtract: Callable


def from_functions(name, products, threads, *sources):
    """A Backend of the functions that the sources, modules or objects, have under the names of its fields."""
    return Backend(name, products, threads, *(
        next(getattr(source, field) for source in sources if hasattr(source, field)) for field in Backend._fields[3:]))


NUMPY = from_functions("numpy", "BLAS", None, layers, lstm, optim)


