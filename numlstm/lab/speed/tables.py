"""Tables of speed: those of a benchmark.json, and that of a profile."""

import statistics
from pathlib import Path
from typing import Any

from ..report.inputs import rates, read_benchmark
from ..report.tables import markdown, median_and_range

NAMES = {"numpy": "NumPy", "numba": "numba", "torch": "PyTorch", "jax": "JAX"}


def speed_table(training: Any, names: dict[str, str]) -> str:
    """Markdown: training in tokens/s by size. Ratios are taken within a round. The fastest peer has the highest median.

    Args:
        training: {size: {contestant: [a round's measurement]}}, from `benchmark`: "numlstm", "plain", the peers
            and "roofline", each measurement a dict with rate (tokens/s), memory (bytes) and start (s).
        names: {contestant: its name in the table}.
    """
    contestants = [name for name in next(iter(training.values())) if name != "roofline"]
    peers = [name for name in contestants if name not in ("numlstm", "plain")]
    rows = []
    for size, rounds in training.items():
        ours = rates(rounds["numlstm"])
        fastest = max(peers or ["plain"], key=lambda name: statistics.median(rates(rounds[name])))
        faster = median_and_range([a / b for a, b in zip(ours, rates(rounds[fastest]))], ".2f")
        share = median_and_range([100 * a / b for a, b in zip(ours, rates(rounds["roofline"]))], ".0f") + " %"
        rows.append([f"`{size}`", *(median_and_range(rates(rounds[name])) for name in contestants), faster, share])
    return markdown(["size", *(names[name] for name in contestants), "times the fastest peer", "share of the roofline"],
                    rows)


def needs_table(training: Any, cold: dict[str, float], names: dict[str, str]) -> str:
    """Markdown: peak memory, and the time from the command to the first step, also with nothing compiled before."""
    rows = []
    for size, rounds in training.items():
        for name in (name for name in rounds if name != "roofline"):
            memory = max(result["memory"] or 0 for result in rounds[name])  # it is not measured on Windows
            start = statistics.median(result["start"] for result in rounds[name])
            rows.append([f"`{size}`", names[name], f"{memory / 1e6:,.0f}" if memory else "", f"{start:.1f}",
                         f"{cold[size]:.1f}" if name == "numlstm" else ""])
    return markdown(["size", "contestant", "peak memory, MB", "first step after, s",
                     "the same, nothing compiled before"], rows)


def tasks_table(tasks: Any, names: dict[str, str]) -> str:
    """Markdown: evaluation of one stream and generation, in tokens/s."""
    contestants = list(next(iter(next(iter(tasks.values())).values())))
    rows = [[f"`{size}`, {task}", *(median_and_range(measured[name]) for name in contestants)]
            for size, by_task in tasks.items() for task, measured in by_task.items()]
    return markdown(["", *(names[name] for name in contestants)], rows)


def made_with(machine: dict[str, Any]) -> str:
    """The processor, the threads and the versions of a benchmark.json, in a line."""
    versions = ", ".join(f"{NAMES[name]} {machine[name]}" for name in NAMES if name in machine)
    return f"{machine['processor']}; {machine['threads']} threads; {versions}"


def speed_tables(path: str | Path) -> list[str]:
    """What a benchmark.json was made with, and all its tables."""
    results = read_benchmark(path)
    tables = [made_with(results["machine"]), speed_table(results["training"], results["names"]),
              needs_table(results["training"], results["cold start"], results["names"])]
    return tables + ([tasks_table(results["other tasks"], results["names"])] if "other tasks" in results else [])


def profile_table(seconds: dict[str, float], least: dict[str, float]) -> str:
    """Markdown: where the time of a step goes. Takes the results of `profiling.profile` and `profiling.least`."""
    rows = []
    for part, took in seconds.items():
        if took:
            limit = [f"{1e3 * least[part]:.1f}", f"{least[part] / took:.0%}"] if part in least else ["", ""]
            rows.append([part, f"{1e3 * took:.1f}", f"{took / seconds['step']:.0%}", *limit])
    return markdown(["part of a step", "ms", "share of the step", "least possible, ms", "reached"], rows)
