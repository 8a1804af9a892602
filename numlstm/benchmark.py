"""Training speed in tokens per second, beside PyTorch and JAX, and beside what the machine can multiply.

    python -m numlstm.benchmark --size small medium large --peers torch jax
    python -m numlstm.benchmark --profile --size medium       where the time of a step goes

Every measurement is a fresh process that works on random words. Contestants take turns, round after
round, so that a slow minute of the machine hits them all; tables have the medians over the rounds, and
the lowest and highest. The floor is the rate at which the step's matrix products alone would run, at the
best rate of a large product, measured in the same rounds. Let nothing else run meanwhile.
"""

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from . import cli, model, plots, profiling, results
from .backend import choose, possible, running
from .config import SIZES, Config
from .errors import UserError
from .generate import next_word
from .threads import cores
from .train import train_step

VOCABULARY = 10_000  # as in Penn Treebank
WARM_UP = 3          # calls before the clock counts: compilation, caches
STREAM = 400         # words that evaluation reads at a time
SWEEP = {"hidden": (200, 400, 650, 1000, 1500), "unroll": (5, 10, 20, 35, 70), "layers": (1, 2, 3, 4)}


# --- contestants --------------------------------------------------------------------------------

class Numlstm:
    """numlstm, with the interface of `peers`."""

    def __init__(self, config, vocab_size, backend):
        self.config, self.backend, self.rng = config, backend, np.random.default_rng(0)
        self.params = model.init_params(config, vocab_size, self.rng)
        self.states = {batch: model.zero_state(self.params, batch) for batch in (1, config.batch)}

    def train(self, words):
        config, batch = self.config, words.shape[1]
        _, self.states[batch], _ = train_step(self.params, words[:-1], words[1:], self.states[batch], config, config.lr,
                                              self.rng, self.backend)

    def evaluate(self, words):
        nll, self.states[1], _ = model.forward(self.params, words[:-1], words[1:], self.states[1], None, self.backend)
        return float(nll.sum())

    def generate(self, word):
        logits, self.states[1], _ = model.logits_forward(self.params, np.full((1, 1), word), self.states[1],
                                                         backend=self.backend)
        return next_word(logits[0], self.rng)


CONTESTANTS = {"numlstm": "numlstm", "plain": "numlstm, plain NumPy", "torch": "PyTorch", "jax": "JAX",
               "torch-compiled": "PyTorch, torch.compile"}
PEERS = {"torch": "Torch", "jax": "Jax", "torch-compiled": "TorchCompiled"}


def build(contestant, config, threads):
    """The contestant's network, ready to be trained. For use in a process of its own: it may set thread pools."""
    if contestant in PEERS:
        os.environ.setdefault("XLA_FLAGS", f"--xla_cpu_multi_thread_eigen=true intra_op_parallelism_threads={threads}")
        from . import peers
        return getattr(peers, PEERS[contestant])(config, VOCABULARY, threads)
    backend = running("numba" if contestant == "numlstm" else "numpy", threads).__enter__()  # for the process' life
    return Numlstm(config, VOCABULARY, backend)


# --- one measurement, in a process of its own ---------------------------------------------------

def measure(contestant, task, config, threads, seconds):
    """{"rate": tokens/s, "first": time of day when the first call was done, "memory": peak in bytes}."""
    network, rng = build(contestant, config, threads), np.random.default_rng(0)
    steps, batch = {"train": (config.unroll, config.batch), "evaluate": (STREAM, 1), "generate": (1, 1)}[task]
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
    """The most memory that this process has held, in bytes; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measure_floor(threads):
    """{"rate": the best rate of a large product in operations/s, by BLAS or by tiles; "copy": bytes/s}."""
    with running("numpy", threads) as blas:
        by_blas, _ = profiling.best_rates([blas])
    tiles = [choose("numba", threads, kind) for kind in possible()[:-1]]
    rate, copy = profiling.best_rates([*tiles, choose("numba", threads, "BLAS")])
    return {"rate": max(rate, by_blas), "copy": copy}


def in_fresh_process(contestant, task, config, args, cold=False):
    """`measure`, or `measure_floor`, by a Python of its own, and how long it took up to the first step ("start").

    cold: with nothing compiled or measured before.
    """
    command = [sys.executable, "-m", "numlstm.benchmark", "--measure", contestant, task, json.dumps(asdict(config)),
               "--seconds", str(args.seconds), "--threads", str(args.threads)]
    with tempfile.TemporaryDirectory() as empty:
        caches = {"NUMBA_CACHE_DIR": empty, "XDG_CACHE_HOME": empty} if cold else {}
        began = time.time()
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | caches)
    if done.returncode:
        raise UserError(f"{contestant} could not be measured: {(done.stderr.strip() or 'killed').splitlines()[-1]}")
    result = json.loads(done.stdout.splitlines()[-1])
    return result | {"start": result["first"] - began} if "first" in result else result


# --- rounds and tables --------------------------------------------------------------------------

def operations_per_token(config):
    return sum(profiling.operations(config, VOCABULARY).values())


def compete(size, contestants, args):
    """{contestant: [a round's measurement]}, and the floor under "floor", measured in alternation."""
    config, rounds = SIZES[size], {name: [] for name in ("floor", *contestants)}
    for number in range(args.rounds):
        for name, measured in rounds.items():
            tell(f"{size}, round {number + 1} of {args.rounds}: {name}")
            measured.append(in_fresh_process(name, "train", config, args))
    for result in rounds["floor"]:
        result["rate"] /= operations_per_token(config)  # in tokens/s, like the others
    return rounds


def brief(size, rounds):
    """Prints the medians of a size."""
    medians = {name: statistics.median(results.rates(measured)) for name, measured in rounds.items()}
    print(f"{size}: " + ", ".join(f"{name} {rate:,.0f}" for name, rate in medians.items()) + " tokens/s", flush=True)


def other_tasks(sizes, contestants, args):
    """Evaluation of one stream, and generation: {size: {task: {contestant: [tokens/s]}}}."""
    found = {size: {task: {name: [] for name in contestants} for task in ("evaluate", "generate")} for size in sizes}
    for size in sizes:
        for task, measured in found[size].items():
            for number in range(args.rounds):
                for name, values in measured.items():
                    tell(f"{size}, {task}, round {number + 1} of {args.rounds}: {name}")
                    values.append(in_fresh_process(name, task, SIZES[size], args)["rate"])
    return found


def tell(what):
    """Shows on stderr what is being measured, where that is a terminal."""
    if cli.in_terminal():
        print(f"\r{what:78}", end="\r", file=sys.stderr, flush=True)


def sweep(args):
    """Tokens/s and the floor while one of H, T and L varies and the rest is as in `medium`: a list of dicts."""
    found = []
    for field, values in SWEEP.items():
        for value in values:
            config = replace(SIZES["medium"], **{field: value})
            tell(f"{field} = {value}")
            floor = in_fresh_process("floor", "train", config, args)["rate"] / operations_per_token(config)
            rate = in_fresh_process("numlstm", "train", config, args)["rate"]
            found.append({"field": field, "value": value, "rate": rate, "floor": floor})
    return found


def machine(args):
    """What was measured with."""
    from importlib.metadata import version
    libraries = [name for name in ("numpy", "numba", "torch", "jax") if importlib.util.find_spec(name)]
    backend = choose("numba", args.threads)
    return {"threads": args.threads, "system": platform.platform(), "python": platform.python_version(),
            "products": backend.products, **{name: version(name) for name in libraries}}


# --- the command --------------------------------------------------------------------------------

def parse(argv):
    parser = cli.parser("numlstm.benchmark", __doc__)
    parser.add_argument("--size", nargs="+", choices=SIZES, default=["small"])
    parser.add_argument("--peers", nargs="+", choices=PEERS, help="default: torch and jax, where they are installed")
    parser.add_argument("--rounds", type=cli.number(int, 1), default=5)
    parser.add_argument("--seconds", type=cli.number(float, 0, strictly=True), default=5,
                        help="of each measurement (default: 5)")
    parser.add_argument("--profile", action="store_true", help="show where the time of a step goes, and nothing else")
    parser.add_argument("--quick", action="store_true", help="training only: no evaluation, generation and pictures")
    parser.add_argument("--out", default="runs/benchmark", help="folder for benchmark.json and the pictures")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)  # what a fresh process is asked to do
    cli.add_threads(parser)
    args = parser.parse_args(argv)
    args.threads = args.threads or cores()
    return args


def show_profile(args):
    """Profiles of the sizes, by the backend that training would use."""
    rates_here = measure_floor(args.threads)
    tile = ""
    if "tiles" in possible():
        from .tiles import ROWS, SHAPE, panel_width
        tile = f" of {ROWS[0]} x {panel_width(np.empty(1, np.float32))} ({SHAPE.processor})"
    with running("numba", args.threads) as backend:
        for size in args.size:
            print(f"\n{size}: {backend.threads} threads, products by {backend.products}{tile}; large products at best "
                  f"{rates_here['rate'] / 1e9:.0f} GFLOP/s, memory {rates_here['copy'] / 1e9:.0f} GB/s\n")
            profiling.report(SIZES[size], VOCABULARY, backend, rates_here["rate"], rates_here["copy"])


def main(argv=None):
    args = parse(argv)
    if args.measure:
        contestant, task, config = args.measure
        print(json.dumps(measure_floor(args.threads) if contestant == "floor" else
                         measure(contestant, task, Config(**json.loads(config)), args.threads, args.seconds)))
    elif args.profile:
        show_profile(args)
    else:
        benchmark(args)


def benchmark(args):
    """All measurements, tables and pictures."""
    installed = [name for name in ("torch", "jax") if importlib.util.find_spec(name)]
    contestants = ["numlstm", "plain", *(installed if args.peers is None else args.peers)]
    found = {"machine": machine(args), "names": CONTESTANTS, "training": {}, "cold start": {}}
    print(", ".join(f"{name} {value}" for name, value in found["machine"].items()))
    print(f"full training steps on random words, V = {VOCABULARY:,}, float32")
    for size in args.size:
        found["training"][size] = compete(size, contestants, args)
        brief(size, found["training"][size])
        found["cold start"][size] = in_fresh_process("numlstm", "train", SIZES[size], args, cold=True)["start"]
    if not args.quick:
        found["other tasks"] = other_tasks(args.size, [name for name in contestants if name != "plain"], args)
        found["sweep"] = sweep(args)
    write(found, Path(args.out))
    print("\nmedian of the rounds (lowest to highest); training in tokens/s\n\n"
          + "\n\n".join(results.speed_tables(Path(args.out) / "benchmark.json")))


def write(found, folder):
    """benchmark.json, and the pictures of what was measured."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "benchmark.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
        plots.speed(found["training"], CONTESTANTS).savefig(folder / "speed.png", dpi=150)
        if "sweep" in found:
            plots.cost(found["sweep"]).savefig(folder / "cost.png", dpi=150)
    except OSError as error:
        raise UserError(f"can't write to {folder}: {error.strerror}") from None
    print(f"wrote {folder}: benchmark.json and pictures")


if __name__ == "__main__":
    cli.run(main)
