"""Table 1 of the paper: the perplexities of its own networks and averages, and what one of them costs here."""

import statistics
from typing import Any

from ...network.config import SIZES
from .inputs import rates

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
    rate = statistics.median(rates(benchmark["training"][size]["numlstm"]))
    return SIZES[size].epochs * WORDS / rate * benchmark["machine"]["threads"] / 3600
