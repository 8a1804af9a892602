"""A run's folder, runs/NAME: config.json, checkpoint.npz, log.csv, curves.png; and stopping in good order."""

import csv
import io
import json
import os
import platform
import shlex
import signal
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np

from . import checkpoint, grammar
from .errors import UserError

COLUMNS = ("epoch", "learning_rate", "train_perplexity", "valid_perplexity", "clipped_share",
           "mean_gradient_norm", "tokens_per_second", "seconds", "validation_seconds", "test_perplexity")


def new_folder(name=None, default="run"):
    """Makes runs/NAME; without a name runs/DEFAULT or, where that exists, runs/DEFAULT-2, -3 ...

    Raises UserError where the named one exists: a run is never overwritten.
    """
    number = 1
    while True:
        numbered = default if number == 1 else f"{default}-{number}"
        folder = Path("runs", numbered if name is None else plain_name(name))
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            if not folder.exists():
                raise UserError("runs is a broken link: mend or remove it") from None
            if name:
                raise UserError(f"{folder} exists: continue it with --resume {shlex.quote(str(folder))}, or choose "
                                "another --name") from None
            number += 1


def plain_name(name):
    """The name, if it can be that of a folder in runs/. Raises UserError otherwise."""
    if not name or name in (".", "..") or Path(name).name != name:
        raise UserError(f"--name must be a plain name, without folders, not '{name}'")
    return name


def clear(folder):
    """Removes what a process left there that was killed while it wrote."""
    for leftover in folder.glob("*.tmp"):
        leftover.unlink(missing_ok=True)


def save(folder, job):
    """Writes the checkpoint of a run (a `checkpoint.Checkpoint`)."""
    checkpoint.save(folder / "checkpoint.npz", job)


def write_config(folder, job):
    """config.json: every setting as it was used, for a person to read (the program reads the checkpoint)."""
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    text = json.dumps({**job.settings, **asdict(job.config), "vocabulary": len(job.vocabulary),
                       "fingerprint": job.fingerprint, "versions": versions}, indent=2)
    checkpoint.write_whole(folder / "config.json", text.encode() + b"\n")


def write_log(folder, log, built_in=False):
    """log.csv and curves.png, from the log that the checkpoint carries: the two can't disagree.

    With `built_in` the picture has the built-in language's best possible perplexity in it.
    """
    extra = [name for name in log[-1] if name not in COLUMNS]  # agreement by distance, if measured
    write_csv(folder / "log.csv", log, (*COLUMNS, *extra))
    picture = io.BytesIO()
    from . import plots  # matplotlib takes a while to import, which commands that draw nothing are spared

    floor = grammar.floor_perplexity("valid") if built_in else None
    plots.learning_curves(log, floor).savefig(picture, format="png", dpi=120)
    checkpoint.write_whole(folder / "curves.png", picture.getvalue())


def write_csv(path, rows, columns):
    """Writes dicts as the rows of a CSV file, whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    checkpoint.write_whole(path, text.getvalue().encode())


def read_csv(path, text=()):
    """The rows of a CSV file as dicts: numbers as float (None where empty), but strings in the columns `text`."""
    with open(path, newline="", encoding="utf-8") as file:
        return [{key: value if key in text else float(value) if value else None for key, value in row.items()}
                for row in csv.DictReader(file)]


class StopRequest:
    """Turns Ctrl-C into a wish, `asked`, for the loop to grant; a second Ctrl-C stops at once.

    SIGTERM and SIGHUP (a closed terminal) are wishes, too. A signal that is ignored, as under nohup, stays so.
    """

    def __enter__(self):
        self.asked = 0  # the number of the signal
        self.before = {}
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if (number is None or signal.getsignal(number) is signal.SIG_IGN
                    or threading.current_thread() is not threading.main_thread()):  # Python allows it only there
                continue
            self.before[number] = signal.signal(number, self.handle)
        return self

    def handle(self, number, frame):
        if self.asked == number == signal.SIGINT:
            raise KeyboardInterrupt
        if self.asked != signal.SIGINT:
            self.asked = number
            if number == signal.SIGINT:
                with suppress(OSError):  # os.write to standard error, as print may be what the signal has interrupted
                    os.write(2, b"\nstopping as soon as this step is done and saved; Ctrl-C again: at once\n")

    def __exit__(self, *error):
        for number, handler in self.before.items():
            signal.signal(number, handler)
