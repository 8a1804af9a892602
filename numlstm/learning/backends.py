"""Which backend a command computes with: the compiled functions of `fast`, or NumPy's if numba is not available.

Tutorial: tutorials/08_fast.md
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import UserError
from ..network.backend import NUMPY, Backend
from ..runs.state import Checkpoint


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def possible() -> tuple[str, ...]:
    """The kinds of matrix products available with this processor and numba. `fast.fastest` explains them."""
    try:
        from ..fast import fastest
    except Exception:  # no numba, or one that doesn't work: `choose` says so
        return ("BLAS",)
    return fastest.KINDS


def choose(name: str = "numba", threads: int | None = None, products: str | None = None) -> Backend:
    """The backend called "numba" or "numpy". Without a working numba it is NumPy's, and a printed line says so.

    Args:
        threads: how many numba uses; None: one on each core. (`running` also limits those of BLAS.)
        products: what multiplies matrices: "tiles", "tiles, BLAS" or "BLAS"; None: the fastest here.
    """
    if name == "numpy":
        return NUMPY
    if name != "numba":
        raise UserError(f"--backend must be numba or numpy, not {name}")
    try:
        from ..fast import compiled, fastest
    except Exception as error:  # not installed, or for another Python or NumPy: any error is possible
        print(f"numba can't be used here ({' '.join(str(error).split())}); the NumPy loops run instead. "
              "They are slower, and give the same numbers apart from rounding.", file=sys.stderr)
        return NUMPY
    threads = threads or cores()
    products = products or fastest.remembered(threads)
    return compiled.WithBlas(threads) if products == "BLAS" else compiled.WithTiles(threads, products)


@contextmanager
def running(name: str = "numba", threads: int | None = None, products: str | None = None) -> Iterator[Backend]:
    """The backend that `choose` returns, with all computing limited to `threads` threads (None: one on each core)."""
    from threadpoolctl import threadpool_limits  # imported here, so that commands start quickly

    with threadpool_limits(limits=threads):
        backend = choose(name, threads, products)
        with threadpool_limits(limits=threads if backend.products == "BLAS" else 1):
            yield backend


@contextmanager
def running_for(job: Checkpoint, threads: int | None = None, name: str | None = None) -> Iterator[Backend]:
    """`running` for a run (a Checkpoint), with the kind of products that it began with. Its settings record the kind.

    With as many threads as before, a resumed run thus continues bit for bit, even if another kind is faster now.
    `name` selects another backend, this time only.
    """
    settings, own = job.settings, name in (None, job.settings["backend"])
    products = settings.get("products") if own else None
    if products not in (None, *possible()):
        print(f"this machine can't multiply by {products}, as the run has done so far. It continues with another kind "
              "of product, with the same numbers apart from rounding", file=sys.stderr)
        products = None
    with running(name or settings["backend"], threads, products) as backend:
        if own and backend.name == "numba":
            settings["products"] = backend.products
        yield backend
