"""Training speed in tokens per second, beside PyTorch and JAX, and beside the roofline.

    python -m numlstm benchmark --size small medium large --peers torch jax
    python -m numlstm benchmark --profile --size medium       where the time of a step goes

Every measurement is a fresh process that works on random words. Contestants take turns, round after round, so that
a slow minute of the machine affects them all. Tables show the median over the rounds, with the lowest and highest. The
roofline is the speed of a step that consists of its matrix products alone, at the best rate of a large product. It is
measured in the same rounds. Run nothing else meanwhile.

benchmark.json is written after every round, so a benchmark that is stopped keeps what it has measured.
"""

# The functions below import `speed` themselves. It imports numba and matplotlib, which takes a second,
# and --help or a mistyped option need not wait for that.

import argparse
import importlib.util
import json

import numpy as np

from .. import cli
from ..errors import UserError
from ..learning.backends import fitting, running
from ..machine import cores
from ..network.cells import CELLS
from ..network.config import SIZES, Config
from .speed import tables

PEERS = ("torch", "jax")
CELLS_OF = {"torch": ("lstm", "gru", "rnn"), "jax": ("lstm",)}  # the cells that a peer has


def parse(argv):
    parser = cli.parser("numlstm benchmark", __doc__)
    parser.add_argument("--size", nargs="+", choices=SIZES, default=["small"],
                        help="the networks to train (default: small)")
    parser.add_argument("--cell", choices=CELLS, default="lstm", help="what layers are made of (default: lstm)")
    parser.add_argument("--peers", nargs="+", choices=PEERS, help="default: those installed that have this --cell")
    parser.add_argument("--rounds", type=cli.at_least(int, 1), default=5,
                        help="how often each contestant is measured (default: 5)")
    parser.add_argument("--seconds", type=cli.at_least(float, 0, strictly=True), default=5,
                        help="length of each measurement (default: 5)")
    parser.add_argument("--profile", action="store_true", help="show where the time of a step goes, and nothing else")
    parser.add_argument("--quick", action="store_true",
                        help="training only: no evaluation and generation, and a single picture")
    parser.add_argument("--out", default="runs/benchmark", help="folder for benchmark.json and the pictures")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)  # what a fresh process is asked to do
    cli.add_threads(parser)
    args = parser.parse_args(argv)
    args.threads = fitting(args.threads) or cores()
    installed = [name for name in PEERS if importlib.util.find_spec(name) and args.cell in CELLS_OF[name]]
    args.peers = installed if args.peers is None else args.peers
    for name in args.peers:
        if args.cell not in CELLS_OF[name]:
            raise UserError(f"--peers {name} has no --cell {args.cell}: it has {', '.join(CELLS_OF[name])}")
    return args


def show_profile(args):
    """Prints a profile of each size, with the backend that training would use."""
    from .speed import contest, measure, profiling
    rates_here, V = measure.measure_roofline(args.threads, args.seconds), measure.VOCABULARY
    print(contest.processor())
    with running("numba", args.threads) as backend:
        for size in args.size:
            print(f"\n{size}: {backend.threads} threads, products by {products(backend)}; large products at best "
                  f"{rates_here['rate'] / 1e9:.0f} GFLOP/s, memory {rates_here['copy'] / 1e9:.0f} GB/s\n")
            config = contest.config_of(size, args)
            print(tables.profile_table(
                profiling.profile(config, V, backend, steps=10),
                profiling.least(config, V, rates_here["rate"], rates_here["copy"])))


def products(backend):
    """How the backend multiplies matrices, in words."""
    if "tiles" not in backend.products:
        return backend.products
    from ..fast.tiles import SHAPE, panel_width
    return (f"{backend.products} of {SHAPE.heights[0]} x {panel_width(np.empty(1, np.float32))}; where less than "
            f"{SHAPE.skip_below:.0%} is kept by dropout, the rest is skipped")


def main(argv=None):
    args = parse(argv)
    if args.measure:
        print(json.dumps(measurement(args)))
    elif args.profile:
        show_profile(args)
    else:
        benchmark(args)


def measurement(args):
    """The measurement that a fresh process is asked for: the dict of `measure.measure` or `.measure_roofline`."""
    from .speed.measure import measure, measure_roofline
    contestant, task, config = args.measure
    if contestant == "roofline":
        return measure_roofline(args.threads, args.seconds)
    return measure(contestant, task, Config(**json.loads(config)), args.threads, args.seconds)


def benchmark(args):
    """Makes all measurements, tables and pictures."""
    from .speed import contest, measure
    contestants = ["numlstm", "plain", *args.peers]
    results = {"machine": contest.machine(args), "names": measure.CONTESTANTS, "training": {}, "cold start": {}}
    print(", ".join(f"{name} {value}" for name, value in results["machine"].items()))
    print(f"full training steps on random words, V = {measure.VOCABULARY:,}, float32", flush=True)
    contest.training(contestants, args, results)
    if not args.quick:
        results["other tasks"] = contest.other_tasks(args.size, [name for name in contestants if name != "plain"], args)
        results["sweep"] = contest.sweep(args)
        contest.write(results, args.out)
    print(f"wrote {args.out}: benchmark.json and pictures\n\nmedian of the rounds (lowest to highest); training in "
          "tokens/s\n\n" + "\n\n".join(tables.speed_tables(f"{args.out}/benchmark.json")))


if __name__ == "__main__":
    cli.launch(main)
