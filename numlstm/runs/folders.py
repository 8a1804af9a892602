"""A run's folder, runs/NAME: config.json, checkpoint.npz, log.csv, curves.png."""

import io
import json
import platform
import re
import shlex
import shutil
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..corpus import data, grammar
from ..corpus.text import reading_of
from ..errors import UserError
from . import checkpoint
from .files import write_csv, write_whole
from .lock import alone
from .state import Checkpoint

COLUMNS = ("epoch", "learning_rate", "train_perplexity", "valid_perplexity", "clipped_share",
           "mean_gradient_norm", "tokens_per_second", "seconds", "validation_seconds", "test_perplexity", "version")


def new_settings(corpus: data.Corpus, where: str | Path, vocab_size: int | None, backend: str,
                 **others: Any) -> dict[str, Any]:
    """The settings of a new run that aren't its Config's: where its text is and how it is read, and what computes.

    `where` and `vocab_size` are those that `data.load` made the corpus from. `others` are added, or replace some.
    """
    return {"data": data.absolute(where), "reading": corpus.reading._asdict(), "vocab_size": vocab_size,
            "log_agreement": False, "backend": backend} | others


def new_folder(name: str | None = None, default: str = "run") -> Path:
    """Makes runs/NAME. Without a name it makes runs/DEFAULT or, where that exists, runs/DEFAULT-2, -3 ...

    Raises UserError where runs/NAME exists: a run is never overwritten.
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
                raise UserError("runs is a broken link: repair or remove it") from None
            if name:
                raise UserError(f"{folder} exists: continue it with --resume {shlex.quote(str(folder))}, or choose "
                                "another --name") from None
            number += 1


def begin(job: Checkpoint, hold: ExitStack, name: str | None = None, default: str = "run") -> Path:
    """Makes a run's folder, as `new_folder` does, with its first checkpoint. `hold`, an ExitStack, keeps it locked.

    Where that fails, or is interrupted, no folder stays behind: it would occupy the name of a run that never began.
    """
    folder = new_folder(name, default)
    try:
        hold.enter_context(alone(folder))
        save(folder, job)
    except BaseException:
        hold.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def plain_name(name: str) -> str:
    """The name, if it can name a folder in runs/. Raises UserError otherwise."""
    if not name or name in (".", "..") or Path(name).name != name:
        raise UserError(f"--name must be a plain name, without folders, not '{name}'")
    return name


def without_seed(name: str) -> str:
    """The name of a network, of which "ptb-small-seed3" is the run with seed 3: "ptb-small"."""
    return re.sub(r"-seed\d+$", "", name)


def clear(folder: Path) -> None:
    """Removes the temporary files of a process that was killed while it wrote."""
    for leftover in folder.glob(f"*.{'[0-9a-f]' * 8}.tmp"):  # the names of `files.temporary_path`, and no other
        leftover.unlink(missing_ok=True)


def save(folder: Path, job: Checkpoint) -> None:
    """Writes the checkpoint of a run (a `state.Checkpoint`)."""
    checkpoint.save(folder / "checkpoint.npz", job)


def keep_best(folder: Path, log: list[dict[str, Any]], ended: bool) -> None:
    """Keeps the checkpoint of the best epoch so far as best.npz. At the end, only if the last epoch isn't the best."""
    best = folder / "best.npz"
    if log[-1]["valid_perplexity"] > min(row["valid_perplexity"] for row in log):
        return
    if ended:
        best.unlink(missing_ok=True)
    else:
        write_whole(best, (folder / "checkpoint.npz").read_bytes())


def write_config(folder: Path, job: Checkpoint) -> None:
    """Writes config.json: every setting as it was used. It is for people; the program reads the checkpoint."""
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    text = json.dumps({**job.settings, **asdict(job.config), "vocabulary": len(job.vocabulary),
                       "fingerprint": job.fingerprint, "versions": versions}, indent=2)
    write_whole(folder / "config.json", text.encode() + b"\n")


def write_log(folder: Path, log: list[dict[str, Any]], built_in: bool = False) -> None:
    """Writes log.csv and curves.png from the log in the checkpoint, so that they can't disagree with it.

    With `built_in` the picture also shows the best possible perplexity of the built-in language.
    """
    extra = [name for name in log[-1] if name not in COLUMNS]  # agreement by distance, if measured
    write_csv(folder / "log.csv", log, (*COLUMNS, *extra))
    picture = io.BytesIO()
    from . import curves  # here: matplotlib is slow to import, and most commands draw nothing

    floor = grammar.floor_perplexity("valid") if built_in else None
    curves.learning_curves(log, floor).savefig(picture, format="png", dpi=120)
    write_whole(folder / "curves.png", picture.getvalue())


def load_run(path: str | Path, data_option: str | None = None,
             weights: str = "last") -> tuple[Checkpoint, data.Corpus]:
    """A run's checkpoint and the corpus it was trained on. Raises UserError where the corpus is missing or differs."""
    job = checkpoint.load(path, weights)
    where = job.settings["data"] if data_option is None else data_option
    if where == data.STDIN and data_option is None:
        raise UserError(f"{path} was trained on a text from a pipe: pipe the same text in again, with --data -, or "
                        "name a file that holds it, with --data FILE")
    if where not in data.NAMES and not Path(where).exists():
        raise UserError(f"the corpus that {path} was trained on is not at {where}: say where it is with --data")
    corpus = data.load(where, job.settings["vocab_size"], job.settings.get("words"), reading_of(job.settings))
    if corpus.fingerprint != job.fingerprint:
        raise UserError(f"the corpus at {where} is not the one that {path} was trained on (its fingerprint "
                        "differs): use --data to name the right one")
    check_corpus(job, corpus, path)
    job.settings["data"] = data.absolute(where)
    return job, corpus


def check_corpus(job: Checkpoint, corpus: data.Corpus, path: str | Path) -> None:
    """Raises UserError where a checkpoint, at `path`, can't belong to the corpus whose fingerprint it has."""
    steps = data.window_count(data.columns(corpus.train, job.config.batch, job.config.unroll), job.config.unroll)
    if (job.vocabulary != corpus.vocabulary or job.state.step > steps
            or job.settings["log_agreement"] and not corpus.built_in):
        raise UserError(f"{path} is damaged: its words, settings or steps can't be those of the text that it names. "
                        "Use another copy, or train again")
