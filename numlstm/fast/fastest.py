"""Which matrix products are the fastest on this machine: this is measured once, and remembered.

- "tiles": all products by `tiles`;
- "tiles, BLAS": products inside the time loops by `tiles`, large ones by BLAS, which each thread calls for its part;
- "BLAS": all products by BLAS, on its own threads.

Tutorial: tutorials/12_fast.md
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import platformdirs
from threadpoolctl import threadpool_info, threadpool_limits

from ..errors import UserError
from ..network.cells import CELLS
from ..runs.files import write_whole
from . import compiled, jit, tiles

KINDS = ("tiles", "tiles, BLAS", "BLAS") if tiles.SHAPE else ("BLAS",)  # what this processor supports

CLEARLY = 1.1  # times as fast

chosen: dict[str, str] = {}  # in this process: a choice stays, even where it can't be written to disk


def remembered(threads: int) -> str:
    """`fastest`, measured once per machine, libraries and number of threads, so that runs are reproducible."""
    blas = sorted({f"{library['internal_api']} for {library.get('architecture')}"
                   for library in threadpool_info() if library["user_api"] == "blas"})
    key = ", ".join([tiles.SHAPE.processor if tiles.SHAPE else "no tiles", *blas, f"numpy {np.__version__}",
                     f"numba {numba.__version__}", f"{threads} threads", *filter(None, [jit.SETTINGS])])
    if key not in chosen:
        chosen[key] = measurements().get(key, "")
        if chosen[key] not in KINDS:
            measured, known = fastest(threads), measurements()
            if known.get(key) not in KINDS:  # else another process was quicker: its choice counts
                known[key] = measured
                keep(known)
            chosen[key] = known[key]
    return chosen[key]


def keep(known: dict[str, str]) -> None:
    """Writes the measurements. Where that fails, the next start only takes a second longer."""
    try:
        file().parent.mkdir(parents=True, exist_ok=True)
        write_whole(file(), json.dumps(known, indent=1).encode())
    except (OSError, UserError):
        pass


def file() -> Path:
    """Where the measurements are kept: in the user's cache folder."""
    return Path(platformdirs.user_cache_dir("numlstm")) / "products.json"


def measurements() -> dict[str, str]:
    """What was measured before; {} where nothing was, or where the file is broken."""
    try:
        known = json.loads(file().read_text(encoding="utf-8")) if file().is_file() else {}  # a pipe would never end
    except (OSError, ValueError, RecursionError):  # RecursionError: nested without end
        return {}
    return known if isinstance(known, dict) else {}


def fastest(threads: int) -> str:
    """Which products to use here. Times a large product and a few time steps in each way.

    It is the first of KINDS, unless another is faster by a tenth at least. So where they are about equally fast, the
    choice doesn't depend on the moment, and neither do the numbers that a run ends with.
    """
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
    if CLEARLY * (loop + product) < tiled_loop + min(tiled_product, split_product):
        return "BLAS"
    return "tiles, BLAS" if CLEARLY * split_product < tiled_product else "tiles"


def seconds(function: Callable[[], Any], limit: float = float("inf")) -> float:
    """The least time of 20 calls. Once they have taken `limit` seconds together, three calls are enough.

    It is the least because other work on the machine can only make a call longer.
    """
    time.sleep(0.1)  # BLAS' threads stay awake for a while after use, and would take a core
    times: list[float] = []
    while len(times) < 20 and (len(times) < 3 or sum(times) < limit):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return min(times)
