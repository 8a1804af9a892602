"""Errors that the user can fix. The message says what is wrong and what to do."""

import logging
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from types import TracebackType
from typing import Any

CONTROL = [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
REPLACED = dict.fromkeys(CONTROL, "\N{REPLACEMENT CHARACTER}")


class UserError(Exception):
    """A bad file, setting or situation. Commands print it on one line, without a traceback, and exit with 1."""


class Diverged(UserError):
    """Training diverged: a loss is not finite or too large, or a gradient is not finite. Parameters stay unchanged."""


def one_of(what: str, name: str, among: Iterable[str]) -> None:
    """Raises UserError unless the name is one of these, and says which one was meant, perhaps."""
    among = list(among)
    if name not in among:
        near = get_close_matches(name, among, 1)
        advice = f"did you mean '{near[0]}'?" if near else f"it is one of {', '.join(among)}"
        raise UserError(f"there is no {what} '{name}': {advice}")


def printable(text: str) -> str:
    """The text for a terminal. A file's control characters could retitle it, hide what it shows, or turn it around."""
    return text.translate(REPLACED)


def one_line(message: Any) -> str:
    """A message, or an error, as one printable line. Paths and other programs' messages may hold line ends."""
    return printable(" ".join(str(message).split()) or type(message).__name__)


def while_importing(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Stands for sys.excepthook until `cli.exit_after` begins: Ctrl-C is one line then, too."""
    if issubclass(kind, KeyboardInterrupt):
        print("error: stopped", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


def says_no_threads(error: RuntimeError) -> bool:
    """Whether an error of Python's says that the system allows no more threads."""
    return "can't start new thread" in str(error)


def quiet_matplotlib() -> None:
    """matplotlib doesn't tell any more that it keeps its cache elsewhere, where the user's home can't be written."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
