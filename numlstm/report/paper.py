"""Table 1 of the paper, row by row, beside what numlstm has of it, or what it would cost."""

import statistics
from pathlib import Path
from typing import Any

from ..network.config import SIZES
from .inputs import read_averages, read_benchmark
from .tables import mean_and_deviation

TABLE = {  # Penn Treebank: {size: {members averaged: (validation perplexity, test perplexity)}}
    "small": {1: (120.7, 114.5), 2: (100.4, 96.1), 5: (87.9, 84.1), 10: (83.5, 80.0)},
    "medium": {1: (86.2, 82.7), 2: (80.6, 77.0), 5: (76.7, 73.3), 10: (75.2, 72.0)},
    "large": {1: (82.2, 78.4), 2: (76.9, 73.6), 10: (72.8, 69.5), 38: (71.9, 68.7)},
}
WORDS = 929_589  # in the training text of Penn Treebank


def curves() -> dict[str, list[tuple[int, float]]]:
    """{its name in a figure: [(members averaged, test perplexity)]} of the paper's three networks."""
    names = {"small": "not regularized", "medium": "medium regularized", "large": "large regularized"}
    return {f"paper, {names[size]}": [(members, test) for members, (_, test) in rows.items()]
            for size, rows in TABLE.items()}


def core_hours(size: str, benchmark: dict[str, Any]) -> float:
    """What it costs to train one network in full, at the median rate of a benchmark.json. Validation isn't counted."""
    rate = statistics.median(round_["rate"] for round_ in benchmark["training"][size]["numlstm"])
    return SIZES[size].epochs * WORDS / rate * benchmark["machine"]["threads"] / 3600


def rows(folder: str | Path, runs: dict[str, list[dict[str, Any]]]) -> list[list[str]]:
    """A line for each row of the paper's table: network, members, seeds, our validation and test, the paper's.

    Args:
        folder: holds ensemble-ptb-SIZE.csv, if such an ensemble was evaluated, and benchmark.json, for the costs of
            what wasn't run.
        runs: {network: [the last row of each seed's log]}; those of the paper are ptb-small, ptb-medium, ptb-large.
    """
    speed = Path(folder) / "benchmark.json"
    benchmark = read_benchmark(speed) if speed.exists() else {"training": {}}
    lines = []
    for size, by_members in TABLE.items():
        single = runs.get(f"ptb-{size}", [])
        averaged = read_averages(folder, f"ptb-{size}")
        for members, published in by_members.items():
            if members == 1 and single:
                ours = [str(len(single)), *(mean_and_deviation([run[f"{split}_perplexity"] for run in single])
                                            for split in ("valid", "test"))]
            elif members in averaged:
                ours = ["", *(f"{averaged[members][split]:.2f}" for split in ("valid", "test"))]
            elif size in benchmark["training"]:
                cost = members * core_hours(size, benchmark)
                ours = ["", f"not run: {cost:.{0 if cost >= 10 else 1}f} core-hours", ""]
            else:
                ours = ["", "not run", ""]
            lines.append([f"ptb-{size}", str(members), *ours, *(f"{perplexity:.1f}" for perplexity in published)])
    return lines
