"""The search for an arm's settings: each combination of its values is tried once, and validation decides.

The test text is never read here. All networks have the seed 0, which no network in the table of results has.
"""

import math
from pathlib import Path
from typing import Any

from ...errors import Diverged
from ...network.config import Config
from .arms import Arm
from .comparison import Comparison, results, run
from .tries import is_searched, label, tried, tries


def try_one(folder: Path, config: Config, settings: dict[str, Any], fingerprint: str) -> list[float] | None:
    """A network of the search: its validation perplexity after each epoch. [inf] where it diverged."""
    try:
        return run(folder, config, settings, fingerprint, False,
                   lambda job, *_: [row["valid_perplexity"] for row in job.state.log])
    except Diverged:
        return [math.inf]


def search(comparison: Comparison) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Trains a network for each combination of an arm's values.

    Returns: {arm: the settings that were best on the validation text}; the rows of search.csv.
    Raises KeyboardInterrupt where it was stopped. Every network is then saved.
    """
    searched = {name: arm for name, arm in comparison.arms.items() if is_searched(arm)}
    tasks = {(name, n): (comparison.folder / "search" / folder_name(name, tried(arm, settings)),
                         comparison.configure(settings, seed=0), comparison.settings, comparison.fingerprint)
             for name, arm in searched.items() for n, settings in enumerate(tries(arm))}
    curves = results(try_one, tasks, comparison.jobs,
                     lambda curve: f"validation {curve[-1]:.2f}, at best {min(curve):.2f}")
    chosen = {name: tries(arm)[0] for name, arm in comparison.arms.items()}
    rows: list[dict[str, Any]] = []
    for name, arm in searched.items():
        own = [curves[name, n] for n in range(len(tries(arm)))]
        best = min(range(len(own)), key=lambda n: min(own[n]) if arm.stop_early else own[n][-1])
        chosen[name] = tries(arm)[best]
        if arm.stop_early:
            chosen[name]["epochs"] = best_epoch(own[best])
        rows += search_rows(name, arm, own, best)
    return chosen, rows


def folder_name(arm: str, settings: dict[str, Any]) -> str:
    """'elastic-l1=0.0005-l2=0.001': it says what was tried, so that more values can be added later."""
    return "-".join([arm, *label(settings).split()])


def best_epoch(curve: list[float]) -> int:
    """The epoch after which a validation perplexity was lowest, counted from 1."""
    return curve.index(min(curve)) + 1


def search_rows(name: str, arm: Arm, curves: list[list[float]], best: int) -> list[dict[str, Any]]:
    """The rows of search.csv for one arm, from its tries' validation perplexities."""
    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return [{"arm": name, "title": arm.title, "settings": label(tried(arm, settings)) or "-",
             "valid_perplexity": finite(curve[-1]), "best_valid_perplexity": finite(min(curve)),
             "best_epoch": best_epoch(curve), "chosen": "yes" if n == best else "no"}
            for n, (settings, curve) in enumerate(zip(tries(arm), curves))]
