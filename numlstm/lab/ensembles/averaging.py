"""The perplexity of averaged predictions: by number of members, and by what is mixed.

The members' probabilities come from `predictions`, as arrays (N - 1,).

Tutorial: tutorials/11_ensembles.md
"""

import math
import random
import statistics
from collections.abc import Sequence
from itertools import chain, combinations, product
from typing import Any

import numpy as np

from ...runs.state import safe_exp

STRETCH = 10_000   # words averaged at a time
SUBSETS = 20       # choices of members tried for each size, at most
KINDS = 4          # of networks in a table of mixtures, at most: it has up to 3 ** KINDS - 1 rows


def perplexity(members: Sequence[np.ndarray]) -> float:
    """The perplexity of the average of the members' probabilities, each (N,), read a stretch at a time."""
    total, count = 0.0, len(members[0])
    for start in range(0, count, STRETCH):
        mean = sum(member[start:start + STRETCH] for member in members) / len(members)
        with np.errstate(divide="ignore"):
            total -= float(np.log(mean).sum())
    return safe_exp(total / count)


def subsets(count: int, size: int, rng: random.Random) -> list[tuple[int, ...]]:
    """Up to SUBSETS different choices of `size` out of `count` members."""
    if math.comb(count, size) <= SUBSETS:
        return list(combinations(range(count), size))
    chosen: set[tuple[int, ...]] = set()
    while len(chosen) < SUBSETS:
        chosen.add(tuple(sorted(rng.sample(range(count), size))))
    return sorted(chosen)


def sizes(count: int) -> list[int]:
    """1, 2, 5, 10, 20, 38 and so on, below `count`; then `count`."""
    return [size for size in (1, 2, 5, 10, 20, 38, 50, 100, 200, 500) if size < count] + [count]


def curve(by_split: dict[str, list[np.ndarray]]) -> list[dict[str, Any]]:
    """Perplexity by number of members: dicts with members, subsets and the mean, lowest and highest for each split.

    Args:
        by_split: {split: [a member's probabilities, ...]}.
    """
    count, rng = len(next(iter(by_split.values()))), random.Random(0)
    return [{"members": size, **over_choices(by_split, subsets(count, size, rng))} for size in sizes(count)]


def mixtures(by_split: dict[str, list[np.ndarray]], kinds: dict[str, list[int]]) -> list[dict[str, Any]]:
    """Perplexity of averages of several kinds, with none, one or all members of each: dicts like those of `curve`.

    A column more, average, says what is in it, such as "5 small + 1 large". `kinds` is from `kinds_of`. More than KINDS
    give no rows: there would be too many to read.
    """
    if len(kinds) > KINDS:
        return []
    rng, rows = random.Random(0), []
    for counts in list(product(*(sorted({0, 1, len(of)}) for of in kinds.values())))[1:]:  # the first has none of all
        chosen = [tuple(chain(*parts)) for parts in
                  product(*(combinations(of, count) for of, count in zip(kinds.values(), counts)))]
        what = " + ".join(f"{count} {name}" for name, count in zip(kinds, counts) if count)
        rows.append({"average": what, "members": sum(counts),
                     **over_choices(by_split, rng.sample(chosen, min(SUBSETS, len(chosen))))})
    return rows


def over_choices(by_split: dict[str, list[np.ndarray]], chosen: Sequence[tuple[int, ...]]) -> dict[str, float]:
    """How many choices of members there are, and for each split the mean, lowest and highest of their perplexities."""
    row: dict[str, float] = {"subsets": len(chosen)}
    for split, members in by_split.items():
        values = [perplexity([members[n] for n in choice]) for choice in chosen]
        row |= {split: statistics.mean(values), f"{split}_lowest": min(values), f"{split}_highest": max(values)}
    return row
