"""The contest: who trains, evaluates and generates how fast, in turn and each in a fresh process."""

import importlib.util
import json
import platform
from dataclasses import replace
from pathlib import Path

from ...errors import UserError
from ...learning.backends import choose, possible
from ...network.config import SIZES
from ...runs.files import write_whole
from ...runs.progress import saying
from . import figures
from .measure import VOCABULARY, in_fresh_process
from .profiling import operations

SWEEP = {"hidden": (200, 400, 650, 1000, 1500), "unroll": (5, 10, 20, 35, 70), "layers": (1, 2, 3, 4)}


def config_of(size, args):
    """The Config of a size, with the cell that was asked for."""
    return replace(SIZES[size], cell=args.cell)


def operations_per_token(config):
    """Multiplications and additions in the matrix products, per trained token."""
    return sum(operations(config, VOCABULARY).values())


def in_turn(what, contestant, task, config, args, cold=False):
    """One measurement by a fresh process, as `measure.in_fresh_process` returns it. Shows `what` meanwhile."""
    with saying(what):
        return in_fresh_process(contestant, task, config, args, cold)


def compete(size, contestants, args):
    """{contestant: its measurement}, with the roofline under "roofline": one round, in which all take turns."""
    config = config_of(size, args)
    rates = {name: in_turn(f"{size}: {name}", name, "train", config, args) for name in ("roofline", *contestants)}
    rates["roofline"]["rate"] /= operations_per_token(config)  # in tokens/s, like the others
    return rates


def training(contestants, args, results):
    """Adds the training speed of all sizes to `results`: size by size, round by round. Writes it after every round."""
    for size in args.size:
        rounds = results["training"].setdefault(size, {name: [] for name in ("roofline", *contestants)})
        results["cold start"][size] = in_turn(f"{size}: first start", "numlstm", "train", config_of(size, args), args,
                                              cold=True)["start"]
        for number in range(1, args.rounds + 1):
            for name, result in compete(size, contestants, args).items():
                rounds[name].append(result)
            rates = ", ".join(f"{name} {measured[-1]['rate']:,.0f}" for name, measured in rounds.items())
            print(f"{size}, round {number} of {args.rounds}: {rates} tokens/s", flush=True)
            write(results, args.out)


def other_tasks(sizes, contestants, args):
    """The speed of evaluating one stream, and of generating: {size: {task: {contestant: [tokens/s]}}}."""
    rates = {size: {task: {name: [] for name in contestants} for task in ("evaluate", "generate")} for size in sizes}
    for size in sizes:
        for task, measured in rates[size].items():
            for number in range(args.rounds):
                for name, values in measured.items():
                    what = f"{size}, {task}, round {number + 1} of {args.rounds}: {name}"
                    values.append(in_turn(what, name, task, config_of(size, args), args)["rate"])
            print(f"{size}, {task}: done", flush=True)
    return rates


def sweep(args):
    """Tokens/s and the roofline for different H, T or L, with the rest as in `medium`: a list of dicts."""
    points = []
    for field, values in SWEEP.items():
        for value in values:
            config = replace(config_of("medium", args), **{field: value})
            what = f"{field} = {value}"
            roofline = in_turn(what, "roofline", "train", config, args)["rate"] / operations_per_token(config)
            rate = in_turn(what, "numlstm", "train", config, args)["rate"]
            print(f"medium with {what}: {rate:,.0f} tokens/s", flush=True)
            points.append({"field": field, "value": value, "rate": rate, "roofline": roofline})
    return points


def machine(args):
    """What the measurements were made with: settings, system and versions."""
    from importlib.metadata import version
    libraries = [name for name in ("numpy", "numba", "torch", "jax") if importlib.util.find_spec(name)]
    backend = choose("numba", args.threads)
    return {"cell": args.cell, "threads": args.threads, "processor": processor(),
            "system": platform.platform(), "python": platform.python_version(),
            "products": backend.products, **{name: version(name) for name in libraries}}


def processor():
    """The processor's name, as LLVM knows it, and the instruction set of the tiles: "znver3, AVX2"."""
    if "tiles" not in possible():
        return platform.processor() or platform.machine()
    from llvmlite import binding

    from ...fast.tiles import SHAPE
    return f"{binding.get_host_cpu_name()}, {SHAPE.processor}"


def write(results, out):
    """Writes benchmark.json, and the pictures of what was measured."""
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "benchmark.json", json.dumps(results, indent=1).encode())
        figures.speed(results["training"], results["names"]).savefig(folder / "speed.png", dpi=150)
        if "sweep" in results:
            figures.cost(results["sweep"]).savefig(folder / "cost.png", dpi=150)
    except OSError as error:
        raise UserError(f"can't write to {folder}: {error.strerror}") from None
