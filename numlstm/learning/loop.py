"""The training loop: epochs of windows, each epoch validated, logged and saved.

Tutorial: tutorials/07_training.md
"""

import time
from pathlib import Path
from typing import Any

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


def train(job: Checkpoint, corpus: data.Corpus, folder: Path, backend: Backend, stop: Any, progress: Any,
          save_every: float) -> None:
    """The training loop: all remaining epochs of `job`.

    The carried state is zero at the beginning of an epoch, and is carried from window to window. Each epoch is
    saved after its last step, and again when its validation is in the log.

    Args:
        job: a Checkpoint. Its TrainingState is updated in place.
        corpus: a data.Corpus. folder: where to save. backend: from `backends.running_for`.
        stop: a StopRequest. Once stop.asked is set, train finishes the step, saves, and returns.
        progress: a Progress. save_every: seconds.
    """
    config, state = job.config, job.state
    cols = data.columns(corpus.train, config.batch, config.unroll)                # (words per column, B)
    steps = data.window_count(cols, config.unroll)
    compile_all(job, cols, backend)
    saved = time.monotonic()

    while state.epoch <= config.epochs and not stop.asked:
        lr = learning_rate(config, state.epoch)
        if state.step == 0:
            state.carried = model.zero_state(state.params, config.batch)
        progress.begin(state.epoch, steps, state.step)
        while state.step < steps and not stop.asked:
            began = time.perf_counter()
            window = data.window(cols, config.unroll, state.step)
            nll, state.carried, norm = train_step(
                state.params, window, state.carried, config, lr, state.rng, backend)
            state.step += 1
            count(state.totals, nll, norm, config.clip, time.perf_counter() - began)
            progress.step(state.step, state.totals)
            if time.monotonic() - saved > save_every:
                save(folder, job, cols, backend)
                saved = time.monotonic()
        progress.end()
        save(folder, job, cols, backend)
        if state.step == steps and not stop.asked:
            began = time.perf_counter()
            validation = validate(job, corpus, backend, progress.terminal)
            finish_epoch(state, lr, steps, validation, time.perf_counter() - began)
            folders.save(folder, job)
            folders.write_log(folder, state.log, corpus.built_in)
            progress.finished(state.log, config.epochs)


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
    totals.seconds += seconds


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
