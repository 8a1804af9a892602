"""Which backend a command computes with: the compiled twins of `fast`, or NumPy's functions where numba isn't.

Tutorial: tutorials/08_fast.md
"""

import os
import sys
from contextlib import contextmanager

from ..errors import UserError
from ..network.backend import NUMPY


def cores():
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def possible():
    """The kinds of products that this processor, and the installed numba, can have (`fast.fastest`)."""
    try:
        from ..fast import fastest
    except Exception:  # no numba, or one that doesn't work: `choose` says so
        return ("BLAS",)
    return fastest.KINDS


def choose(name="numba", threads=None, products=None):
    """The backend called "numba" or "numpy". Without a working numba: NumPy's, and a line that says so.

    Args:
        threads: of numba's; None for one on each core. (How many BLAS uses is for `running` to say.)
        products: "tiles", "tiles, BLAS" or "BLAS"; None for the fastest here.
    """
    if name == "numpy":
        return NUMPY
    if name != "numba":
        raise UserError(f"--backend must be numba or numpy, not {name}")
    try:
        from ..fast import compiled, fastest
    except Exception as error:  # not installed, or made for another Python or NumPy: all kinds of errors
        print(f"numba can't be used here ({' '.join(str(error).split())}); the NumPy loops run instead: "
              "the same numbers but for rounding, more slowly.", file=sys.stderr)
        return NUMPY
    threads = threads or cores()
    products = products or fastest.remembered(threads)
    return compiled.WithBlas(threads) if products == "BLAS" else compiled.WithTiles(threads, products)


@contextmanager
def running(name="numba", threads=None, products=None):
    """The backend called so, with everything that computes held to `threads` threads (None: one on each core)."""
    from threadpoolctl import threadpool_limits  # imported where it is used, so that commands start at once

    with threadpool_limits(limits=threads):
        backend = choose(name, threads, products)
        with threadpool_limits(limits=threads if backend.products == "BLAS" else 1):
            yield backend


@contextmanager
def running_for(job, threads=None, name=None):
    """`running` for a run, a Checkpoint: with the products that it was begun with, which its settings keep.

    So a run goes on bit for bit, whatever is the fastest when it goes on. `name`: another backend, for this time.
    """
    settings, own = job.settings, name in (None, job.settings["backend"])
    products = settings.get("products") if own else None
    if products not in (None, *possible()):
        print(f"this machine can't multiply by {products}, as the run has done so far: it goes on by other products, "
              "with the same numbers but for rounding", file=sys.stderr)
        products = None
    with running(name or settings["backend"], threads, products) as backend:
        if own and backend.name == "numba":
            settings["products"] = backend.products
        yield backend
