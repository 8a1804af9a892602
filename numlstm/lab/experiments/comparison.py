"""An experiment of `arms`: every arm trained with several seeds, networks side by side.

Where an arm has several values for a setting, `search` comes first.

Tutorial: tutorials/06_dropout.md
"""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from ...corpus import data
from ...learning.backends import running_for
from ...learning.loop import Watch
from ...network.backend import Backend
from ...network.config import Config
from ...runs.progress import Progress
from ...runs.state import Checkpoint
from ...runs.stop import StopRequest
from ..ensembles import members
from .arms import Arm, Experiment
from .tries import configure, is_searched, label, tried


class Comparison(NamedTuple):
    """All that is to be trained."""

    folder: Path            # a network's folder is in it
    experiment: Experiment
    config: Config          # what the arms share
    arms: dict[str, Arm]
    settings: dict[str, Any]  # of a run: where the text is, and so on
    fingerprint: str        # of the text
    seeds: int              # networks per arm
    jobs: int               # networks at a time
    vocab_size: int

    def configure(self, settings: dict[str, Any], seed: int) -> Config:
        """The Config of a network with these settings of an arm."""
        return configure(self.experiment, self.config, settings | {"seed": seed}, self.vocab_size)


# --- one network ------------------------------------------------------------------------------

def run(folder: Path, config: Config, settings: dict[str, Any], fingerprint: str, tested: bool,
        measure: Callable[[Checkpoint, data.Corpus, Backend], Any]) -> Any:
    """Trains one network in `folder`, or goes on training it, with one thread. Returns measure(job, corpus, backend).

    Returns None where it was asked to stop; the network is then saved. The test text is read only if `tested`.
    """
    corpus = members.read_text(settings, fingerprint)
    with members.alone(folder), StopRequest() as stop:
        job = members.open_job(folder, config, settings, corpus)
        watch = Watch(stop, Progress(terminal=False, quiet=True))  # several networks train side by side
        if not members.train_to_the_end(folder, job, corpus, 1, watch, tested):
            return None
        with running_for(job, threads=1) as backend:
            return measure(job, corpus, backend)


def train_one(folder: Path, config: Config, settings: dict[str, Any], fingerprint: str,
              functions: tuple[Callable, ...]) -> dict[str, Any] | None:
    """A network for the table: what these functions of `measures` find of it, in one dict."""
    def measure(job: Checkpoint, corpus: data.Corpus, backend: Backend) -> dict[str, Any]:
        measured: dict[str, Any] = {}
        for function in functions:
            measured |= function(job, corpus, backend)
        return measured
    return run(folder, config, settings, fingerprint, True, measure)


# --- all of them ------------------------------------------------------------------------------

def train_all(comparison: Comparison, chosen: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Trains every arm with the settings chosen and every seed, and returns the rows of results.csv in order.

    Raises KeyboardInterrupt where it was stopped. Every network is then saved.
    """
    numbers, functions = range(1, comparison.seeds + 1), comparison.experiment.measures
    tasks = {(name, seed): (comparison.folder / f"{name}-seed{seed}", comparison.configure(chosen[name], seed),
                            comparison.settings, comparison.fingerprint, functions)
             for seed in numbers for name in comparison.arms}
    measured = results(train_one, tasks, comparison.jobs,
                       lambda row: f"validation {row['valid_perplexity']:.2f}, test {row['test_perplexity']:.2f}")
    rows, searched = [], any(map(is_searched, comparison.arms.values()))
    for name, arm in comparison.arms.items():
        words = {"arm": name, "title": arm.title}
        if searched:
            words["chosen"] = label(tried(arm, chosen[name])) or "-"
        rows += [words | {"seed": seed} | measured[name, seed] for seed in numbers]
    return rows


def results(function: Callable, tasks: dict[tuple[str, int], tuple], jobs: int,
            describe: Callable[[Any], str]) -> dict[tuple[str, int], Any]:
    """{(arm, number): function(*arguments)}, `jobs` networks at a time. Prints a line when one is done."""
    began, done = time.monotonic(), {}
    with closing(members.side_by_side(function, tasks, jobs)) as finished:
        for key, result in finished:
            done[key] = result
            minutes = (time.monotonic() - began) / 60
            print(f"{len(done):>3} of {len(tasks)} done after {minutes:.1f} min: {tasks[key][0].name}: "
                  f"{describe(result)}", flush=True)
    return done
