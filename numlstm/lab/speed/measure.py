"""One measurement of one contestant, in a fresh process."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict

import numpy as np

from ...errors import UserError
from ...learning.backends import choose, possible, running
from ...learning.evaluation import ROWS
from ...learning.sample import next_word
from ...learning.step import train_step
from ...network import model
from . import profiling

VOCABULARY = 10_000  # as in Penn Treebank
WARM_UP = 3          # calls that are not counted: they compile and fill caches


class Numlstm:
    """numlstm, with the interface that `peers` defines."""

    def __init__(self, config, vocab_size, backend):
        self.config, self.backend, self.rng = config, backend, np.random.default_rng(0)
        self.params = model.init_params(config, vocab_size, self.rng)
        self.states = {batch: model.zero_state(self.params, batch) for batch in (1, config.batch)}

    def train(self, words):
        config, batch = self.config, words.shape[1]
        window = words[:-1], words[1:]
        _, self.states[batch], _ = train_step(
            self.params, window, self.states[batch], config, config.lr, self.rng, self.backend)

    def evaluate(self, words):
        nll, self.states[1], _ = model.forward(self.params, words[:-1], words[1:], self.states[1], None, self.backend)
        return float(nll.sum())

    def generate(self, word):
        logits, self.states[1], _ = model.logits_forward(self.params, np.full((1, 1), word), self.states[1],
                                                         backend=self.backend)
        return next_word(logits[0], self.rng)


CONTESTANTS = {"numlstm": "numlstm", "plain": "numlstm, plain NumPy", "torch": "PyTorch", "jax": "JAX"}
PEERS = {"torch": "Torch", "jax": "Jax"}


def build(contestant, config, threads, hold):
    """The contestant's network, ready to be trained. Call it in a process of its own, as it may set thread pools.

    `hold`, an ExitStack, keeps the limits of numlstm's threads.
    """
    if contestant in PEERS:
        os.environ.setdefault("XLA_FLAGS", f"--xla_cpu_multi_thread_eigen=true intra_op_parallelism_threads={threads}")
        from . import peers
        return getattr(peers, PEERS[contestant])(config, VOCABULARY, threads)
    backend = hold.enter_context(running("numba" if contestant == "numlstm" else "numpy", threads))
    return Numlstm(config, VOCABULARY, backend)


def measure(contestant, task, config, threads, seconds):
    """{"rate": tokens/s, "first": the time when the first call was done, in s, "memory": peak in bytes}."""
    with ExitStack() as hold:
        return timed(build(contestant, config, threads, hold), task, config, seconds)


def timed(network, task, config, seconds):
    """The result of `measure`, for a network with the interface that `peers` defines."""
    rng = np.random.default_rng(0)
    steps, batch = {"train": (config.unroll, config.batch), "evaluate": (ROWS, 1), "generate": (1, 1)}[task]
    times, word = [], 1
    while len(times) < WARM_UP + 5 or sum(times[WARM_UP:]) < seconds:
        words = rng.integers(0, VOCABULARY, (steps + 1, batch))
        began = time.perf_counter()
        if task == "generate":
            word = network.generate(word)
        else:
            getattr(network, task)(words)
        times.append(time.perf_counter() - began)
        if len(times) == 1:
            first = time.time()
    return {"rate": steps * batch / statistics.median(times[WARM_UP:]), "first": first, "memory": peak_memory()}


def peak_memory():
    """The peak memory of this process, in bytes; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measure_roofline(threads, seconds):
    """{"rate": best rate of a large product by BLAS or tiles, operations/s; "copy": that of memory, bytes/s}."""
    with running("numpy", threads) as blas:
        by_blas, _ = profiling.best_rates([blas], limit=seconds)
    with running("numba", threads, "BLAS") as blas:
        tiles = [choose("numba", threads, kind) for kind in possible()[:-1]]
        rate, copy = profiling.best_rates([*tiles, blas], limit=seconds)
    return {"rate": max(rate, by_blas), "copy": copy}


def in_fresh_process(contestant, task, config, args, cold=False):
    """`measure` or `measure_roofline` in a fresh process. `measure` also gets "start": seconds to the first step.

    cold: with empty caches, so that nothing is compiled before. On Linux nothing is measured before, either; elsewhere
    numlstm may remember which products are the fastest.
    """
    command = [sys.executable, "-m", "numlstm.lab.benchmark", "--measure", contestant, task, json.dumps(asdict(config)),
               "--seconds", str(args.seconds), "--threads", str(args.threads)]
    with tempfile.TemporaryDirectory() as empty:
        caches = {"NUMBA_CACHE_DIR": empty, "XDG_CACHE_HOME": empty} if cold else {}
        began = time.time()
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | caches)
    if done.returncode:
        raise UserError(f"{contestant} could not be measured: {(done.stderr.strip() or 'killed').splitlines()[-1]}")
    result = json.loads(done.stdout.splitlines()[-1])
    return result | {"start": result["first"] - began} if "first" in result else result
