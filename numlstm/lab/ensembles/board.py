"""Shows how far all members of an ensemble are.

A member on this machine writes where it is into progress.json in its folder, and the command reads that every second.
"""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ... import cli
from ...network.config import Config
from ...runs.progress import width
from ...runs.schema import SHARE, Record, check, number_field

PLACE = Record({"epoch": number_field(int, at_least=1), "share": SHARE, "perplexity": number_field(above=0)})
SAY_EVERY = 30  # seconds between lines of progress, where there is no terminal


def read_progress(folder: Path) -> dict[str, Any] | None:
    """How far a member is, as `train_member` last wrote it: a dict. None where it has not begun or is done."""
    try:
        return check(PLACE, json.loads((folder / "progress.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):  # not there yet, half written, or not by `train_member`
        return None


class Board:
    """Shows all members at work on one line, redrawn every second in a terminal and printed now and then elsewhere."""

    def __init__(self, folders: Iterable[Path], config: Config) -> None:
        self.places: dict[Path, Any] = dict.fromkeys(folders)
        self.config, self.said = config, time.monotonic()

    def show(self, line: str = "") -> None:
        """Shows how far the members are, or `line` if it is given."""
        line = line or " | ".join(self.place(folder, place) for folder, place in list(self.places.items()) if place)
        if cli.in_terminal():
            print(f"\r{fitting(line)}", end="\r", flush=True)
        elif line and time.monotonic() - self.said > SAY_EVERY:
            self.said = time.monotonic()
            print(line, flush=True)

    def place(self, folder: Path, place: dict[str, Any]) -> str:
        """'03: epoch 4/13 25%, 96.1'."""
        return (f"{folder.name.removeprefix('member-')}: epoch {place['epoch']}/{self.config.epochs} "
                f"{place['share']:.0%}, {place['perplexity']:.1f}")

    def done(self, folder: Path, text: str) -> None:
        """A member is done: prints a line that stays."""
        del self.places[folder]
        (folder / "progress.json").unlink(missing_ok=True)
        print(f"\r{fitting(text)}" if cli.in_terminal() else text, flush=True)


def fitting(line: str) -> str:
    """The line, cut or filled up to the terminal's width: a longer one could not be redrawn."""
    return f"{line[:width() - 1]:{width() - 1}}"
