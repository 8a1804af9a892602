"""Which backend a command computes with: the compiled functions of `fast`, or NumPy's if numba is not available.

Tutorial: tutorials/12_fast.md
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from ..corpus import data
from ..errors import UserError, one_line, printable
from ..machine import cores
from ..network import model
from ..network.backend import NUMPY, Backend
from ..network.layers import Array
from ..runs.progress import saying
from ..runs.state import Checkpoint
from .step import train_step


def fitting(threads: int | None) -> int | None:
    """The threads that were asked for, if there are cores for them. Else one for each core, and a line says so."""
    if threads is None or threads <= cores():
        return threads
    print(f"{threads:,} threads would be in each other's way on {cores()} core{'s' * (cores() > 1)}: {cores()} "
          "compute", file=sys.stderr)
    return cores()


def possible() -> tuple[str, ...]:
    """The kinds of matrix products available with this processor and numba. `fast.fastest` explains them."""
    try:
        from ..fast import fastest
    except Exception:  # no numba, or one that doesn't work: `choose` says so
        return ("BLAS",)
    return fastest.KINDS


def check_products(name: str, products: str | None) -> None:
    """Raises UserError where the backend called `name` can't multiply so on this machine."""
    able = ("BLAS",) if name == "numpy" else possible() if products is not None else ()
    if products not in (None, *able):
        raise UserError(f"--backend {name} can't multiply by {products} here, but by {' or '.join(able)}: choose other "
                        "--products, or none")


def choose(name: str = "numba", threads: int | None = None, products: str | None = None) -> Backend:
    """The backend called "numba" or "numpy". Without a working numba it is NumPy's, and a printed line says so.

    Args:
        threads: how many numba uses; None: one on each core. (`running` also limits those of BLAS.)
        products: what multiplies matrices: "tiles", "tiles, BLAS" or "BLAS"; None: the fastest here.
    Raises UserError where this machine can't multiply so.
    """
    if name not in ("numba", "numpy"):
        raise UserError(f"--backend must be numba or numpy, not {name}")
    check_products(name, products)
    if name == "numpy":
        return NUMPY
    try:
        from ..fast import compiled, fastest
    except Exception as error:  # not installed, or for another Python or NumPy: any error is possible
        print(f"numba can't be used here ({one_line(error)}); the NumPy loops run instead. "
              "They are slower, and give the same numbers apart from rounding.", file=sys.stderr)
        return NUMPY
    threads = threads or cores()
    if products is None:
        with saying("measuring which matrix products are the fastest here (once)"):
            products = fastest.remembered(threads)
    return compiled.WithBlas(threads) if products == "BLAS" else compiled.WithTiles(threads, products)


@contextmanager
def running(name: str = "numba", threads: int | None = None, products: str | None = None) -> Iterator[Backend]:
    """The backend that `choose` returns, with all computing limited to `threads` threads (None: one on each core)."""
    from threadpoolctl import threadpool_limits  # imported here, so that commands start quickly

    threads = fitting(threads)
    if threads is None and cores() < (os.cpu_count() or 1):
        threads = cores()  # a container's quota, which BLAS doesn't know
    with threadpool_limits(limits=threads):
        backend = choose(name, threads, products)
        with threadpool_limits(limits=threads if backend.products == "BLAS" else 1):
            yield backend


@contextmanager
def running_for(job: Checkpoint, threads: int | None = None, name: str | None = None,
                products: str | None = None) -> Iterator[Backend]:
    """`running` for a run (a Checkpoint), with the kind of products that it began with. Its settings record the kind.

    With as many threads as before, a resumed run thus continues bit for bit, even if another kind is faster now.
    `name` selects another backend, this time only. `products` selects another kind, from now on.
    """
    settings, own = job.settings, name in (None, job.settings["backend"])
    kept = settings.get("products") if own else None
    if products is None and kept not in (None, *possible()):
        print(f"this machine can't multiply by {printable(str(kept))}, as the run has done so far. It continues "
              "with another kind of product, with the same numbers apart from rounding", file=sys.stderr)
        kept = None
    with running(name or settings["backend"], threads, products or kept) as backend:
        if own and backend.name == "numba":
            settings["products"] = backend.products
        yield backend


def compile_all(job: Checkpoint, cols: Array, backend: Backend) -> None:
    """Takes a step at learning rate 0, which changes nothing. numba compiles all it needs before the clock starts."""
    config, state = job.config, job.state
    if backend is not NUMPY and state.epoch <= config.epochs:
        window, nothing_read = data.window(cols, config.unroll, 0), model.zero_state(state.params, config.batch)
        with saying("compiling (once on a machine, some ten seconds)"):
            train_step(state.params, window, nothing_read, config, 0.0, deepcopy(state.rng), backend)
