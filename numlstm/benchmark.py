"""Training speed in tokens per second, beside PyTorch and JAX, and beside the roofline.

    python -m numlstm.benchmark --size small medium large --peers torch jax
    python -m numlstm.benchmark --profile --size medium       where the time of a step goes

Every measurement is a fresh process that works on random words. Contestants take turns, round after round, so that
a slow minute of the machine affects them all. Tables show the median over the rounds, with the lowest and highest. The
roofline is the speed of a step that consists of its matrix products alone, at the best rate of a large product. It is
measured in the same rounds. Run nothing else meanwhile.
"""

# The functions below import `speed` and `figures` themselves. These import numba and matplotlib, which takes a second,
# and --help or a mistyped option need not wait for that.

import argparse
import importlib.util
import json
import platform
import statistics
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import cli
from .errors import UserError
from .learning.backends import choose, cores, possible, running
from .network.cells import CELLS
from .network.config import SIZES, Config
from .report import speed as speed_report

PEERS = ("torch", "jax")
CELLS_OF = {"torch": ("lstm", "gru", "rnn"), "jax": ("lstm",)}  # the cells that a peer has
SWEEP = {"hidden": (200, 400, 650, 1000, 1500), "unroll": (5, 10, 20, 35, 70), "layers": (1, 2, 3, 4)}


def config_of(size, args):
    """The Config of a size, with the cell that was asked for."""
    return replace(SIZES[size], cell=args.cell)


def operations_per_token(config):
    """Multiplications and additions in the matrix products, per trained token."""
    from .speed.measure import VOCABULARY
    from .speed.profiling import operations
    return sum(operations(config, VOCABULARY).values())


def in_turn(what, contestant, task, config, args):
    """One measurement by a fresh process, as `measure.in_fresh_process` returns it. Shows `what` meanwhile."""
    from .speed.measure import in_fresh_process
    tell(what)
    return in_fresh_process(contestant, task, config, args)


def compete(size, contestants, args):
    """{contestant: [a round's measurement]}, with the roofline under "roofline". All are measured in turn."""
    config, rounds = config_of(size, args), {name: [] for name in ("roofline", *contestants)}
    for number in range(args.rounds):
        for name, measured in rounds.items():
            what = f"{size}, round {number + 1} of {args.rounds}: {name}"
            measured.append(in_turn(what, name, "train", config, args))
    for result in rounds["roofline"]:
        result["rate"] /= operations_per_token(config)  # in tokens/s, like the others
    return rounds


def brief(size, rounds):
    """Prints the medians of a size."""
    medians = {name: statistics.median(speed_report.rates(measured)) for name, measured in rounds.items()}
    print(f"{size}: " + ", ".join(f"{name} {rate:,.0f}" for name, rate in medians.items()) + " tokens/s", flush=True)


def other_tasks(sizes, contestants, args):
    """The speed of evaluating one stream, and of generating: {size: {task: {contestant: [tokens/s]}}}."""
    found = {size: {task: {name: [] for name in contestants} for task in ("evaluate", "generate")} for size in sizes}
    for size in sizes:
        for task, measured in found[size].items():
            for number in range(args.rounds):
                for name, values in measured.items():
                    what = f"{size}, {task}, round {number + 1} of {args.rounds}: {name}"
                    values.append(in_turn(what, name, task, config_of(size, args), args)["rate"])
    return found


def tell(what):
    """Shows in a terminal what is being measured."""
    if cli.in_terminal():
        print(f"\r{what:78}", end="\r", file=sys.stderr, flush=True)


def sweep(args):
    """Tokens/s and the roofline for different H, T or L, with the rest as in `medium`: a list of dicts."""
    found = []
    for field, values in SWEEP.items():
        for value in values:
            config = replace(config_of("medium", args), **{field: value})
            what = f"{field} = {value}"
            roofline = in_turn(what, "roofline", "train", config, args)["rate"] / operations_per_token(config)
            rate = in_turn(what, "numlstm", "train", config, args)["rate"]
            found.append({"field": field, "value": value, "rate": rate, "roofline": roofline})
    return found


def machine(args):
    """What the measurements were made with: settings, system and versions."""
    from importlib.metadata import version
    libraries = [name for name in ("numpy", "numba", "torch", "jax") if importlib.util.find_spec(name)]
    backend = choose("numba", args.threads)
    return {"cell": args.cell, "threads": args.threads,
            "system": platform.platform(), "python": platform.python_version(),
            "products": backend.products, **{name: version(name) for name in libraries}}


# --- the command --------------------------------------------------------------------------------

def parse(argv):
    parser = cli.parser("numlstm.benchmark", __doc__)
    parser.add_argument("--size", nargs="+", choices=SIZES, default=["small"])
    parser.add_argument("--cell", choices=CELLS, default="lstm", help="what layers are made of (default: lstm)")
    parser.add_argument("--peers", nargs="+", choices=PEERS, help="default: those installed that have this --cell")
    parser.add_argument("--rounds", type=cli.number(int, 1), default=5)
    parser.add_argument("--seconds", type=cli.number(float, 0, strictly=True), default=5,
                        help="length of each measurement (default: 5)")
    parser.add_argument("--profile", action="store_true", help="show where the time of a step goes, and nothing else")
    parser.add_argument("--quick", action="store_true", help="training only: no evaluation, generation and pictures")
    parser.add_argument("--out", default="runs/benchmark", help="folder for benchmark.json and the pictures")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)  # what a fresh process is asked to do
    cli.add_threads(parser)
    args = parser.parse_args(argv)
    args.threads = args.threads or cores()
    installed = [name for name in PEERS if importlib.util.find_spec(name) and args.cell in CELLS_OF[name]]
    args.peers = installed if args.peers is None else args.peers
    for name in args.peers:
        if args.cell not in CELLS_OF[name]:
            raise UserError(f"--peers {name} has no --cell {args.cell}: it has {', '.join(CELLS_OF[name])}")
    return args


def show_profile(args):
    """Prints a profile of each size, with the backend that training would use."""
    from .speed import measure, profiling
    rates_here, V = measure.measure_roofline(args.threads, args.seconds), measure.VOCABULARY
    tile = ""
    if "tiles" in possible():
        from .fast.tiles import HEIGHTS, SHAPE, panel_width
        tile = f" of {HEIGHTS[0]} x {panel_width(np.empty(1, np.float32))} ({SHAPE.processor})"
    with running("numba", args.threads) as backend:
        for size in args.size:
            print(f"\n{size}: {backend.threads} threads, products by {backend.products}{tile}; large products at best "
                  f"{rates_here['rate'] / 1e9:.0f} GFLOP/s, memory {rates_here['copy'] / 1e9:.0f} GB/s\n")
            config = config_of(size, args)
            print(speed_report.profile_table(
                profiling.profile(config, V, backend, steps=10),
                profiling.least(config, V, rates_here["rate"], rates_here["copy"])))


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
    from .speed.measure import CONTESTANTS, VOCABULARY, in_fresh_process
    contestants = ["numlstm", "plain", *args.peers]
    found = {"machine": machine(args), "names": CONTESTANTS, "training": {}, "cold start": {}}
    print(", ".join(f"{name} {value}" for name, value in found["machine"].items()))
    print(f"full training steps on random words, V = {VOCABULARY:,}, float32")
    for size in args.size:
        found["training"][size] = compete(size, contestants, args)
        brief(size, found["training"][size])
        cold = in_fresh_process("numlstm", "train", config_of(size, args), args, cold=True)
        found["cold start"][size] = cold["start"]
    if not args.quick:
        found["other tasks"] = other_tasks(args.size, [name for name in contestants if name != "plain"], args)
        found["sweep"] = sweep(args)
    write(found, Path(args.out))
    print("\nmedian of the rounds (lowest to highest); training in tokens/s\n\n"
          + "\n\n".join(speed_report.speed_tables(Path(args.out) / "benchmark.json")))


def write(found, folder):
    """Writes benchmark.json, and the pictures of what was measured."""
    from .report import figures
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "benchmark.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
        figures.speed(found["training"], found["names"]).savefig(folder / "speed.png", dpi=150)
        if "sweep" in found:
            figures.cost(found["sweep"]).savefig(folder / "cost.png", dpi=150)
    except OSError as error:
        raise UserError(f"can't write to {folder}: {error.strerror}") from None
    print(f"wrote {folder}: benchmark.json and pictures")


if __name__ == "__main__":
    cli.launch(main)
