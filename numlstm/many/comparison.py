"""The paper's argument as an experiment: the same network with several uses of dropout, each with several seeds.

Tutorial: tutorials/04_dropout.md
"""

import dataclasses
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from ..corpus import agreement, data, grammar
from ..corpus.text import encode
from ..learning.backends import running_for
from ..learning.evaluation import perplexity, right_choices
from ..network.backend import Backend
from ..network.config import Config
from ..network.layers import Params
from ..runs.progress import Progress
from ..runs.state import Checkpoint
from ..runs.stop import StopRequest
from . import members

CONFIG = Config(hidden=200, layers=2, dropout=0.5, init=0.1, batch=20, unroll=20,
                epochs=24, decay=1.5, decay_after=12, clip=5.0)
PROBE_SEEDS = (1, 2, 3)  # agreement is measured on these test texts, for enough cases at long distances


class Arm(NamedTuple):
    """One way to regularize the network."""

    title: str
    settings: dict[str, Any]  # fields of Config that differ from those of the comparison


ARMS = {
    "none": Arm("no dropout", {"dropout": 0.0}),
    "paper": Arm("as in the paper: not on recurrent connections", {}),
    "recurrent-h": Arm("also on h of the step before", {"recurrent_dropout": "h"}),
    "recurrent-hc": Arm("also on h and c of the step before", {"recurrent_dropout": "state"}),
}


# --- one network ------------------------------------------------------------------------------

def train_one(folder: Path, arm: str, config: Config, settings: dict[str, Any]) -> dict[str, Any] | None:
    """Trains one network in `folder`, or goes on training it, with one thread. Returns its row of results.

    Returns None where it was asked to stop; the network is then saved.
    """
    config = dataclasses.replace(config, **ARMS[arm].settings)
    corpus = data.load(settings["data"], settings["vocab_size"], settings["words"])
    with members.alone(folder), StopRequest() as stop:
        job = members.open_job(folder, config, settings, corpus)
        quiet = Progress(terminal=False, quiet=True)  # several networks train side by side
        if not members.train_to_the_end(folder, job, corpus, 1, stop, quiet):
            return None
        with running_for(job, threads=1) as backend:
            return results_row(job, corpus, arm, backend)


def results_row(job: Checkpoint, corpus: data.Corpus, arm: str, backend: Backend) -> dict[str, Any]:
    """The results of a trained network: a dict, one row of results.csv."""
    params, last = job.state.params, job.state.log[-1]
    train_perplexity, _ = perplexity(params, corpus.train, backend, job.config.batch)
    row = {"arm": arm, "seed": job.config.seed, "train_perplexity": train_perplexity,
           "valid_perplexity": last["valid_perplexity"],
           "best_valid_perplexity": min(entry["valid_perplexity"] for entry in job.state.log),
           "test_perplexity": last["test_perplexity"]}
    if corpus.built_in:
        row["ratio_to_floor"] = row["test_perplexity"] / grammar.floor_perplexity("test")
        row |= probe(params, job.vocabulary, backend)
    return row


def probe(params: Params, vocabulary: list[str], backend: Backend) -> dict[str, float]:
    """{"agreement_" + bin of distances: share of right choices} on the test texts of PROBE_SEEDS."""
    cases: list[agreement.Agreement] = []
    right: list[bool] = []
    for seed in PROBE_SEEDS:
        stream = encode(data.grammar_words("test", seed), vocabulary)
        found = agreement.agreements("test", seed)
        cases += found
        right += right_choices(params, vocabulary, stream, found, backend)
    return agreement.columns(cases, right)


# --- all of them ------------------------------------------------------------------------------

def train_all(folder: Path, config: Config, settings: dict[str, Any], arms: list[str], seeds: int,
              jobs: int) -> list[dict[str, Any]]:
    """Trains each of these arms with every seed, `jobs` networks at a time, and returns the rows in order.

    Raises KeyboardInterrupt where it was stopped. Every network is then saved.
    """
    tasks = {(arm, seed): (folder / f"{arm}-seed{seed}", arm, dataclasses.replace(config, seed=seed), settings)
             for seed in range(1, seeds + 1) for arm in arms}
    began, rows = time.monotonic(), {}
    with closing(members.side_by_side(train_one, tasks, jobs)) as results:
        for (arm, seed), row in results:
            rows[arm, seed] = row
            minutes = (time.monotonic() - began) / 60
            print(f"{len(rows):>3} of {len(tasks)} done after {minutes:.1f} min: {arm}, seed {seed}: "
                  f"validation {row['valid_perplexity']:.2f}, test {row['test_perplexity']:.2f}", flush=True)
    return [rows[arm, seed] for arm in arms for seed in range(1, seeds + 1)]
