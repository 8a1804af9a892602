"""Where the time of a training step goes: each part's time, beside the least time it could take on this machine.

Times are measured from outside: every function of the backend that computes is replaced by one that notes the time.
The least time of a part that multiplies matrices is its number of operations, divided by the best rate of a large
product. The update only reads and writes, so its least time is the number of bytes, divided by the best rate of memory.

Tutorial: tutorials/12_fast.md
"""

import copy
import statistics
import time
from collections import defaultdict

import numpy as np

from ...fast.fastest import seconds
from ...learning.step import train_step
from ...network import model
from ...network.cells import CELLS

# The parts of a step, roughly in the order in which they happen. `part_of_product` tells products apart.
PARTS = ("dropout masks", "input products", "recurrence, forward", "softmax product", "softmax and loss",
         "softmax products, backward", "recurrence, backward", "gradients of weights and inputs", "sums for the biases",
         "norm and update", "embedding and all the rest")


def operations(config, vocab_size):
    """{part: multiplications and additions in its products, per token}. Backward takes twice as many as forward."""
    cell, block = CELLS[config.cell], config.layers * 2 * config.hidden * config.hidden
    by_x, by_h = cell.x_blocks * block, cell.h_blocks * block
    return {"input products": by_x, "recurrence, forward": by_h,
            "softmax product": 2 * config.hidden * vocab_size,
            "softmax products, backward": 2 * 2 * config.hidden * vocab_size, "recurrence, backward": by_h,
            "gradients of weights and inputs": 2 * by_x + by_h}


def part_of_product(left, right, vocab_size):
    """Which part a product belongs to."""
    if right.shape[1] == vocab_size and not is_turned(left):
        return "softmax product"
    if vocab_size in (right.shape[1], left.shape[1]):
        return "softmax products, backward"
    return "gradients of weights and inputs" if is_turned(left) or is_turned(right) else "input products"


def is_turned(matrix):
    """Whether the matrix is a transposed view."""
    return not matrix.flags.c_contiguous


class Clock:
    """Notes how long functions take, by part."""

    def __init__(self):
        self.seconds = defaultdict(float)

    def timed(self, part, function):
        """The function, with its time added to `part`, which is a name or a function from the arguments to a name."""
        def call(*arguments, **options):
            began = time.perf_counter()
            result = function(*arguments, **options)
            name = part(*arguments) if callable(part) else part
            self.seconds[name] += time.perf_counter() - began
            return result
        return call

    def watch(self, backend, vocab_size):
        """The backend, with all its functions that compute timed."""
        names = {"column_sums": "sums for the biases", "row_sums": "embedding and all the rest",
                 "loop_forward": "recurrence, forward",
                 "loop_backward": "recurrence, backward", "softmax_cross_entropy_forward": "softmax and loss",
                 "softmax_cross_entropy_backward": "softmax and loss", "square_sum": "norm and update",
                 "subtract": "norm and update", "add_penalty": "norm and update",
                 "product": lambda left, right, bias=None: part_of_product(left, right, vocab_size)}
        watched = copy.copy(backend)
        for name, part in names.items():
            setattr(watched, name, self.timed(part, getattr(backend, name)))
        return watched


def profile(config, vocab_size, backend, steps):
    """{part: seconds per step}, each the median over `steps` steps. "step" is the whole step."""
    rng = np.random.default_rng(0)
    params = model.init_params(config, vocab_size, rng)
    state = model.zero_state(params, config.batch)
    clock, rows = Clock(), []
    watched, draw_masks = clock.watch(backend, vocab_size), model.draw_masks
    model.draw_masks = clock.timed("dropout masks", draw_masks)
    try:
        for _ in range(steps + 2):
            words = rng.integers(0, vocab_size, (config.unroll + 1, config.batch))
            clock.seconds.clear()
            began = time.perf_counter()
            _, state, _ = train_step(params, (words[:-1], words[1:]), state, config, config.lr, rng, watched)
            step = time.perf_counter() - began
            clock.seconds["embedding and all the rest"] += step - sum(clock.seconds.values())
            rows.append({**clock.seconds, "step": step})
    finally:
        model.draw_masks = draw_masks
    return {part: statistics.median(row.get(part, 0.0) for row in rows[2:]) for part in (*PARTS, "step")}


def least(config, vocab_size, product_rate, copy_rate):
    """{part: the least seconds per step}, for the parts that have such a limit. "step" is the sum of all products."""
    tokens = config.batch * config.unroll
    roofline = {part: tokens * count / product_rate for part, count in operations(config, vocab_size).items()}
    roofline["step"] = sum(roofline.values())
    dense = sum(np.prod(shape) for name, shape in model.param_shapes(config, vocab_size).items() if name != "embedding")
    roofline["norm and update"] = 4 * 4 * dense / copy_rate  # gradients are read twice, parameters read and written
    return roofline


def best_rates(backends, size=2048, limit=float("inf")):
    """The best rate of a large product by any of the backends, in operations/s, and that of memory, in bytes/s.

    Memory's rate is that of updating a long array. Measurements stop after about `limit` seconds (`fastest.seconds`).
    """
    rng = np.random.default_rng(0)
    left, right = rng.random((2, size, size), dtype=np.float32)
    product = min(seconds(lambda: backend.product(left, right), limit) for backend in backends)
    source, target = np.ones((2, 1 << 25), np.float32)
    update = seconds(lambda: backends[0].subtract(target, 0.0, source), limit)
    return 2 * size ** 3 / product, 3 * source.nbytes / update
