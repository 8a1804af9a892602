"""The training loop: epochs of windows, each epoch validated and logged.

`train` is the loop. It yields after every step, so that whoever runs it may save, show how far it is, or stop, in plain
code around a `for`. A `Keeper` does all three, as the commands need it.

Tutorial: tutorials/07_training.md
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ..corpus import agreement, data
from ..network import model
from ..network.backend import Backend
from ..network.config import learning_rate
from ..network.layers import Array
from ..runs import folders
from ..runs.state import Checkpoint, Totals, TrainingState
from ..runs.version import VERSION
from .backends import compile_all
from .evaluation import perplexity, right_choices
from .step import check_loss, train_step


def train(job: Checkpoint, corpus: data.Corpus, backend: Backend, progress: bool = False) -> Iterator[None]:
    """Trains all epochs that are left, and yields after every step. `job.state` then says how far it is.

    The carried state is zero at the beginning of an epoch, and is carried from window to window. After an epoch's last
    step and its yield, the epoch is validated. Then it yields once more, with the epoch's row in the log and the state
    at the beginning of the next epoch, `state.step` 0.

    Args:
        job: a Checkpoint. Its TrainingState is updated in place.
        backend: from `backends.running_for`.
        progress: whether to show how far validation is.
    """
    config, state = job.config, job.state
    cols = training_columns(job, corpus)
    steps = data.window_count(cols, config.unroll)
    compile_all(job, cols, backend)
    while not ended(job):
        lr = learning_rate(config, state.epoch)
        if state.step == 0:
            state.carried = model.zero_state(state.params, config.batch)
        while state.step < steps:
            began = time.perf_counter()
            window = data.window(cols, config.unroll, state.step)
            nll, state.carried, norm = train_step(
                state.params, window, state.carried, config, lr, state.rng, backend)
            state.step += 1
            count(state.totals, nll, norm, config.clip, time.perf_counter() - began)
            yield
        began = time.perf_counter()
        validation = validate(job, corpus, backend, progress)
        finish_epoch(state, lr, steps, validation, time.perf_counter() - began)
        yield


def ended(job: Checkpoint) -> bool:
    """Whether all epochs are trained, or validation hasn't improved for as many epochs as the run has patience."""
    patience, log = job.settings.get("patience"), job.state.log
    return job.state.epoch > job.config.epochs or patience is not None and since_best(log) >= patience


def since_best(log: list[dict[str, Any]]) -> int:
    """How many epochs ago validation was the best."""
    values = [row["valid_perplexity"] for row in log]
    return len(values) - 1 - values.index(min(values)) if values else 0


def training_columns(job: Checkpoint, corpus: data.Corpus) -> Array:
    """The training text as the network reads it: (words of a column, B)."""
    return data.columns(corpus.train, job.config.batch, job.config.unroll)


# --- saved, shown and stopped ---------------------------------------------------------------------

class Stop(Protocol):
    """Says whether somebody asked to stop: `runs.stop.StopRequest`, or the end of a leg on a cluster."""

    @property
    def asked(self) -> int: ...


class Shown(Protocol):
    """Shows how far training is: `runs.progress.Progress`."""

    terminal: bool

    def step(self, state: TrainingState, steps: int) -> None: ...

    def end(self) -> None: ...

    def finished(self, log: list[dict[str, Any]], epochs: int) -> None: ...


class Watch(NamedTuple):
    """Who watches a training: whom to show it, who may stop it, and how often to save it within an epoch."""

    stop: Stop
    progress: Shown
    save_every: float = 120  # seconds


class Keeper:
    """Stands around `train`: saves a run to its folder, shows how far it is, and sees whether somebody asked to stop.

    Each epoch is saved after its last step, and again when its validation is in the log.
    """

    def __init__(self, job: Checkpoint, corpus: data.Corpus, folder: Path, backend: Backend, watch: Watch) -> None:
        self.job, self.corpus, self.folder, self.backend, self.watch = job, corpus, folder, backend, watch
        self.cols = training_columns(job, corpus)
        self.steps = data.window_count(self.cols, job.config.unroll)
        self.saved = time.monotonic()

    def goes_on(self) -> bool:
        """Does all that after a step of `train`. Returns whether to go on with the next."""
        state, (stop, progress, save_every) = self.job.state, self.watch
        if state.step == 0:  # an epoch is validated
            folders.save(self.folder, self.job)
            folders.keep_best(self.folder, state.log, ended(self.job))
            folders.write_log(self.folder, state.log, self.corpus.built_in)
            progress.finished(state.log, self.job.config.epochs)
            return not stop.asked
        progress.step(state, self.steps)
        last = state.step == self.steps or stop.asked
        if last:
            progress.end()
        if last or time.monotonic() - self.saved > save_every:
            save(self.folder, self.job, self.cols, self.backend)
            self.saved = time.monotonic()
        return not stop.asked


def save(folder: Path, job: Checkpoint, cols: Array, backend: Backend) -> None:
    """Saves the run. Raises Diverged, and keeps the last checkpoint, where the last step has ruined the network.

    A step's loss is that of the parameters before the step. So the window is read once more, with those after it.
    """
    params = job.state.params
    x, y = data.window(cols, job.config.unroll, max(0, job.state.step - 1))
    nll, _, _ = model.forward(params, x, y, model.zero_state(params, x.shape[1]), backend=backend)
    check_loss(nll)
    folders.save(folder, job)


def count(totals: Totals, nll: Array, norm: float, limit: float, seconds: float) -> None:
    """Adds a step to the epoch's totals."""
    totals.sign(VERSION)
    totals.nll += float(nll.sum(dtype=float))
    totals.tokens += nll.size
    totals.clipped += norm > limit
    totals.norm += norm
    totals.seconds += max(seconds, 1e-5)  # a clock may stand still: no step takes less


def validate(job: Checkpoint, corpus: data.Corpus, backend: Backend, progress: bool = False) -> dict[str, float]:
    """{column of the log: number}: the validation perplexity and, if asked for, agreement by distance.

    For the perplexity, the text is read in B columns, for speed. `numlstm.evaluate` reads one stream, so its result
    differs slightly.
    """
    params = job.state.params
    value, _ = perplexity(params, corpus.valid, backend, job.config.batch, progress)
    if not job.settings["log_agreement"]:
        return {"valid_perplexity": value}
    cases = agreement.agreements("valid")
    right = right_choices(params, job.vocabulary, corpus.valid, cases, backend, progress)
    return {"valid_perplexity": value} | agreement.columns(cases, right)


def finish_epoch(state: TrainingState, lr: float, steps: int, validation: dict[str, float],
                 validation_seconds: float) -> None:
    """Adds the epoch to the log, and sets the state to the beginning of the next epoch."""
    totals = state.totals
    state.log.append({
        "epoch": state.epoch,
        "learning_rate": lr,
        "train_perplexity": totals.perplexity(),
        **validation,
        "clipped_share": totals.clipped / steps,
        "mean_gradient_norm": totals.norm / steps,
        "tokens_per_second": totals.tokens / totals.seconds,
        "seconds": totals.seconds,
        "validation_seconds": validation_seconds,
        "test_perplexity": None,
        "version": " ".join(totals.versions),
    })
    state.epoch, state.step, state.totals = state.epoch + 1, 0, Totals()


def test(job: Checkpoint, corpus: data.Corpus, folder: Path, backend: Backend,
         progress: bool = False) -> dict[str, float]:
    """Adds the test perplexity of the last epoch's parameters, as in the paper, to that epoch's log row. Returns it."""
    last = job.state.log[-1]
    if last["test_perplexity"] is None:
        last["test_perplexity"], _ = perplexity(job.state.params, corpus.test, backend, progress=progress)
        folders.save(folder, job)
    folders.write_log(folder, job.state.log, corpus.built_in)  # always: a crash may have come after the save
    return last
