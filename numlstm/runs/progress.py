"""What the user sees while a network trains: a progress bar in a terminal, plain lines elsewhere."""

import multiprocessing
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..corpus.data import Corpus
from ..corpus.summary import summary
from ..network import model
from ..network.backend import Backend
from .state import Checkpoint, TrainingState

LINE_EVERY = 30  # seconds between plain lines
WIDTH = 100      # of a line, at most


def width() -> int:
    """How wide a line can be: as the terminal, or WIDTH where that is wider or there is none."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return min(WIDTH, shutil.get_terminal_size().columns) if terminal else WIDTH


def tell(*paragraphs: str) -> None:
    """Prints each paragraph in lines that fit."""
    for text in paragraphs:
        print(textwrap.fill(text, width(), break_long_words=False, break_on_hyphens=False), flush=True)


@contextmanager
def saying(what: str, after: float = 0.5) -> Iterator[None]:
    """Shows `what` in a terminal while the block runs, once it has taken `after` seconds, and removes it at the end."""
    def show() -> None:
        print(f"\r{what} ...", end="", file=sys.stderr, flush=True)
        shown.set()

    shown, timer = threading.Event(), threading.Timer(after, show)
    if sys.stderr is not None and sys.stderr.isatty() and multiprocessing.parent_process() is None:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if timer.ident is not None:
            timer.join()  # else it might still print
        if shown.is_set():
            print(f"\r{'':{len(what) + 4}}\r", end="", file=sys.stderr, flush=True)


def introduce(job: Checkpoint, corpus: Corpus, folder: Path, backend: Backend) -> None:
    """Prints what will be trained and on what, where a resumed run goes on, and what the lines to come mean."""
    config, state = job.config, job.state
    tell(f"{folder}: {config.layers} layers of {config.hidden}, {model.parameter_count(state.params):,} parameters, "
         f"dropout {config.dropout:g}, {backend.name} loops",
         summary(corpus))
    if state.epoch > 1 or state.step:
        tell(f"It goes on {place(job)}.")
    if state.epoch <= config.epochs:
        tell("train, valid: perplexity; lower is better. clipped: steps whose gradient was shortened to norm "
             f"{config.clip:g}; late in a run often 100%, which is no failure.")


def place(job: Checkpoint) -> str:
    """How far a run has come, in words."""
    if job.state.epoch > job.config.epochs:
        return "after the last epoch; only the test is left"
    return f"in epoch {job.state.epoch} after step {job.state.step}"


def clock(seconds: float) -> str:
    """75.2 -> '1:15', 3675 -> '1:01:15'."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def short(perplexity: float) -> str:
    """49.451 -> '49.45'; that of a network that has diverged may have 300 digits, and becomes '1.2e+300'."""
    return f"{perplexity:.2f}" if perplexity < 1e5 else f"{perplexity:.1e}"


def epoch_line(log: list[dict[str, Any]], epochs: int, limit: int = WIDTH, pace: float | None = None) -> str:
    """The line printed at the end of an epoch, from the log so far. It leaves out what is beyond `limit` characters.

    `pace` is how many seconds an epoch takes, with saving and drawing; None: as the log says, without these.
    """
    row = log[-1]
    if pace is None:
        pace = sum(row["seconds"] + row["validation_seconds"] for row in log) / len(log)
    parts = {"epoch": f"epoch {row['epoch']:>2}/{epochs}",
             "rate": f"rate {row['learning_rate']:<6.2g}",
             "train": f"train {short(row['train_perplexity']):>7}",
             "valid": f"valid {short(row['valid_perplexity']):>7}",
             "clipped": f"clipped {row['clipped_share']:4.0%}",
             "speed": f"{row['tokens_per_second']:6,.0f} tokens/s",
             "left": f"{clock(pace * (epochs - row['epoch']))} left"}
    for least in ("speed", "rate", "clipped", "left"):  # the bar has shown the speed
        if len("  ".join(parts.values())) > limit:
            del parts[least]
    return "  ".join(parts.values())


class Progress:
    """Shows how far an epoch is: running perplexity of the training text, and tokens per second."""

    def __init__(self, terminal: bool, quiet: bool = False) -> None:
        self.terminal, self.quiet = terminal, quiet
        self.epoch = 0  # the epoch that is shown; 0: none yet
        self.said = self.last = time.monotonic()
        self.paces: list[float] = []  # seconds of each whole epoch, with validation, saving and drawing

    def begin(self, state: TrainingState, steps: int) -> None:
        """The first of these `steps` steps of an epoch is done, or the first one after --resume."""
        self.epoch, self.said = state.epoch, time.monotonic()
        if not self.paces:
            self.last = self.said  # compiling, before the first step, happens once
        self.bar = tqdm(total=steps, initial=state.step - 1, desc=f"epoch {state.epoch}", leave=False,
                        disable=not self.terminal, dynamic_ncols=True,
                        bar_format="{desc}: {percentage:3.0f}%|{bar}| {remaining} left{postfix}")

    def step(self, state: TrainingState, steps: int) -> None:
        """One more step of an epoch's `steps` is done."""
        if state.epoch != self.epoch:
            self.begin(state, steps)
        totals = state.totals
        numbers = f"train {short(totals.perplexity())}, {totals.tokens / totals.seconds:,.0f} tokens/s"
        if self.terminal:
            self.bar.set_postfix_str(numbers, refresh=False)
            self.bar.update()
        elif not self.quiet and time.monotonic() - self.said >= LINE_EVERY:
            self.said = time.monotonic()
            print(f"epoch {self.epoch}, {state.step / steps:.0%}: {numbers}", flush=True)

    def end(self) -> None:
        """The epoch's training is over, or interrupted."""
        self.bar.close()

    def finished(self, log: list[dict[str, Any]], epochs: int) -> None:
        """The epoch in the log's last row is trained and validated."""
        self.paces.append(time.monotonic() - self.last)
        self.last = time.monotonic()
        if not self.quiet:
            print(epoch_line(log, epochs, width(), sum(self.paces) / len(self.paces)), flush=True)


class Reports(Progress):
    """Reports how far an epoch is: calls report({"epoch", "share", "perplexity"}) at most once a second."""

    def __init__(self, report: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(terminal=False, quiet=True)
        self.report = report

    def step(self, state: TrainingState, steps: int) -> None:
        if time.monotonic() - self.said > 1:
            self.said = time.monotonic()
            self.report({"epoch": state.epoch, "share": state.step / steps, "perplexity": state.totals.perplexity()})

    def end(self) -> None:
        """Nothing is shown here that would have to be removed."""
