"""Who computes: NumPy, which defines the model, or compiled twins on several threads.

How the compiled ones multiply matrices depends on the machine, and is measured once:

- "tiles": all products by `tiles`;
- "tiles, BLAS": those inside the time loops by `tiles`, the large ones by BLAS, each thread calling it for a part;
- "BLAS": all by BLAS, with its own threads.

Tutorial: tutorials/08_fast.md
"""

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, NamedTuple

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from . import layers, lstm, optim
from .errors import UserError
from .threads import cores


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


def possible():
    """The kinds of products that this processor, and the installed numba, can have."""
    try:
        from . import tiles
    except Exception:  # no numba, or one that doesn't work: `choose` says so
        return ("BLAS",)
    return ("tiles", "tiles, BLAS", "BLAS") if tiles.SHAPE else ("BLAS",)


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
        from . import compiled
    except Exception as error:  # not installed, or made for another Python or NumPy: all kinds of errors
        print(f"numba can't be used here ({' '.join(str(error).split())}); the NumPy loops run instead: "
              "the same numbers but for rounding, more slowly.", file=sys.stderr)
        return NUMPY
    threads = threads or cores()
    products = products or remembered(threads)
    twins = compiled.WithBlas() if products == "BLAS" else compiled.WithTiles(threads, products == "tiles")
    return from_functions("numba", products, threads, twins)


@contextmanager
def running(name="numba", threads=None):
    """The backend called so, with everything that computes held to `threads` threads (None: one on each core)."""
    with threadpool_limits(limits=threads):
        backend = choose(name, threads)
        with threadpool_limits(limits=threads if backend.products == "BLAS" else 1):
            yield backend


# --- the fastest products -----------------------------------------------------------------------

chosen = {}  # in this process: what was once chosen stays, also where it can't be kept

def remembered(threads):
    """`fastest`, measured once for a machine, its libraries and a number of threads, so that runs repeat exactly."""
    import numba
    from . import tiles
    blas = sorted({f"{library['internal_api']} for {library.get('architecture')}"
                   for library in threadpool_info() if library["user_api"] == "blas"})
    key = ", ".join([tiles.SHAPE.processor if tiles.SHAPE else "no tiles", *blas, f"numpy {np.__version__}",
                     f"numba {numba.__version__}", f"{threads} threads"])
    if key not in chosen:
        chosen[key] = measurements().get(key)
        if chosen[key] not in possible():
            measured, known = fastest(threads), measurements()
            if known.get(key) not in possible():  # else another process was quicker, and its choice counts
                known[key] = measured
                keep(known)
            chosen[key] = known[key]
    return chosen[key]


def keep(known):
    """Writes the measurements; where that can't be done, nothing is lost but a second at the next start."""
    from .checkpoint import write_whole  # which needs this module
    try:
        file().parent.mkdir(parents=True, exist_ok=True)
        write_whole(file(), json.dumps(known, indent=1).encode())
    except (OSError, UserError):
        pass


def file():
    """Where the measurements are kept: in the user's cache folder."""
    import pooch
    return Path(pooch.os_cache("numlstm")) / "products.json"


def measurements():
    """What was measured before; {} where nothing was, or the file is broken."""
    try:
        known = json.loads(file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def fastest(threads):
    """Which products are the fastest here: a large product, and a few time steps, are timed in each way."""
    from . import compiled
    if possible() == ("BLAS",):
        return "BLAS"
    rng = np.random.default_rng(0)
    left, Wh, x, state = (rng.random(shape, dtype=np.float32) for shape in
                          ((256, 512), (512, 2048), (20, 20, 2048), (2, 20, 512)))
    with_blas = compiled.WithBlas()
    with threadpool_limits(limits=1):
        by_tiles, split = (compiled.WithTiles(threads, large) for large in (True, False))
        tiled_loop = seconds(lambda: by_tiles.loop_forward(x.copy(), Wh, state))
        tiled_product = seconds(lambda: by_tiles.product(left, Wh))
        split_product = seconds(lambda: split.product(left, Wh))
    with threadpool_limits(limits=threads):
        loop = seconds(lambda: with_blas.loop_forward(x.copy(), Wh, state))
        product = seconds(lambda: with_blas.product(left, Wh))
    if loop + product < tiled_loop + min(tiled_product, split_product):
        return "BLAS"
    return "tiles" if tiled_product < split_product else "tiles, BLAS"


def seconds(function):
    """The least time of several calls: what else the machine does can only make one longer."""
    time.sleep(0.1)  # BLAS' threads, used before, stay awake for a while, and would take a core
    times = []
    for _ in range(20):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return min(times)
