"""Which matrix products are the fastest on this machine: measured once, and remembered.

- "tiles": all products by `tiles`;
- "tiles, BLAS": those inside the time loops by `tiles`, the large ones by BLAS, each thread calling it for a part;
- "BLAS": all by BLAS, with its own threads.

Tutorial: tutorials/08_fast.md
"""

import json
import time
from pathlib import Path

import numba
import numpy as np
import pooch
from threadpoolctl import threadpool_info, threadpool_limits

from ..errors import UserError
from ..network.cells import CELLS
from ..runs.files import write_whole
from . import compiled, tiles

KINDS = ("tiles", "tiles, BLAS", "BLAS") if tiles.SHAPE else ("BLAS",)  # what this processor can have

chosen = {}  # in this process: what was once chosen stays, also where it can't be kept


def remembered(threads):
    """`fastest`, measured once for a machine, its libraries and a number of threads, so that runs repeat exactly."""
    blas = sorted({f"{library['internal_api']} for {library.get('architecture')}"
                   for library in threadpool_info() if library["user_api"] == "blas"})
    key = ", ".join([tiles.SHAPE.processor if tiles.SHAPE else "no tiles", *blas, f"numpy {np.__version__}",
                     f"numba {numba.__version__}", f"{threads} threads"])
    if key not in chosen:
        chosen[key] = measurements().get(key)
        if chosen[key] not in KINDS:
            measured, known = fastest(threads), measurements()
            if known.get(key) not in KINDS:  # else another process was quicker, and its choice counts
                known[key] = measured
                keep(known)
            chosen[key] = known[key]
    return chosen[key]


def keep(known):
    """Writes the measurements; where that can't be done, nothing is lost but a second at the next start."""
    try:
        file().parent.mkdir(parents=True, exist_ok=True)
        write_whole(file(), json.dumps(known, indent=1).encode())
    except (OSError, UserError):
        pass


def file():
    """Where the measurements are kept: in the user's cache folder."""
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
    if KINDS == ("BLAS",):
        return "BLAS"
    rng = np.random.default_rng(0)
    left, Wh, x, state = (rng.random(shape, dtype=np.float32) for shape in
                          ((256, 512), (512, 2048), (20, 20, 2048), (2, 20, 512)))
    with_blas, cell = compiled.WithBlas(threads), CELLS["lstm"]
    with threadpool_limits(limits=1):
        by_tiles, split = (compiled.WithTiles(threads, products) for products in KINDS[:2])
        tiled_loop = seconds(lambda: by_tiles.loop_forward(cell, x.copy(), Wh, state))
        tiled_product = seconds(lambda: by_tiles.product(left, Wh))
        split_product = seconds(lambda: split.product(left, Wh))
    with threadpool_limits(limits=threads):
        loop = seconds(lambda: with_blas.loop_forward(cell, x.copy(), Wh, state))
        product = seconds(lambda: with_blas.product(left, Wh))
    if loop + product < tiled_loop + min(tiled_product, split_product):
        return "BLAS"
    return "tiles" if tiled_product < split_product else "tiles, BLAS"


def seconds(function, limit=float("inf")):
    """The least time of 20 calls, or of fewer, but three, where they take more than `limit` seconds together.

    The least, as what else the machine does can only make a call longer.
    """
    time.sleep(0.1)  # BLAS' threads, used before, stay awake for a while, and would take a core
    times = []
    while len(times) < 20 and (len(times) < 3 or sum(times) < limit):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return min(times)
