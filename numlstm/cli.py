"""What the commands share: options, and errors reported in one line."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import UserError, one_line
from .runs import stop

if TYPE_CHECKING:
    from .network.config import Config


class Parser(argparse.ArgumentParser):
    """An argument parser that raises UserError, so that its errors take one line like all others."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (--help explains the options)")


def parser(name: str, doc: str | None) -> Parser:
    """The Parser of `python -m NAME`; its help begins with the module's docstring."""
    return Parser(prog=f"python -m {name}", description=doc, allow_abbrev=False,
                  formatter_class=argparse.RawDescriptionHelpFormatter)


def number(kind: Callable[[str], Any], lowest: float, strictly: bool = False,
           highest: float | None = None) -> Callable[[str], Any]:
    """A type for an option: a finite int or float, at least `lowest` (if `strictly`, above it), at most `highest`."""
    def convert(text: str) -> Any:
        value = kind(text)
        if not (value > lowest if strictly else value >= lowest) or value == float("inf"):
            raise argparse.ArgumentTypeError(f"must be {'above' if strictly else 'at least'} {lowest}, not {text}")
        if highest is not None and value > highest:
            raise argparse.ArgumentTypeError(f"must be at most {highest:,}, not {text}")
        return value
    convert.__name__ = kind.__name__  # for argparse's own messages
    return convert


def add_backend(parser: argparse.ArgumentParser, default: str | None = "numba") -> None:
    """The option --backend."""
    parser.add_argument("--backend", choices=("numba", "numpy"), default=default,
                        help="the inner loops to run: compiled by numba, or plain NumPy (default: numba)")


def add_threads(parser: argparse.ArgumentParser) -> None:
    """The option --threads."""
    parser.add_argument("--threads", type=number(int, 1), help="how many threads compute (default: one on each core)")


def add_config(parser: argparse.ArgumentParser, without: Container[str] = ()) -> None:
    """An option for every field of `config.Config`. One that is not given is None."""
    from .network.config import FIELDS, option  # imported here, because `python -m numlstm` should not load NumPy
    group = parser.add_argument_group("the network and its training, field by field")
    for name, setting in FIELDS.items():
        if name not in without:
            among = [word for word in setting.metadata.get("among", ()) if word] or None
            group.add_argument(option(name), type=setting.type, choices=among, help=setting.metadata["help"])


def config(args: argparse.Namespace, base: "Config") -> "Config":
    """The Config `base`, with the fields that the command line sets replaced."""
    from .network.config import FIELDS
    given = {name: getattr(args, name) for name in FIELDS if getattr(args, name, None) is not None}
    return dataclasses.replace(base, **given)


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table for a terminal: the first column is aligned left, the others, which are numbers, right."""
    rows = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(f"{cell:{'>' if n else '<'}{width}}" for n, (cell, width) in enumerate(zip(row, widths)))
                     for row in rows)


def in_terminal() -> bool:
    """Whether the output goes to a terminal. If so, commands show progress bars, otherwise plain lines."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdout, sys.stderr))


def launch(main: Callable[[], int | None]) -> None:
    """Runs a command's main() and exits, as `exit_after` does."""
    import numpy as np  # imported here, because `python -m numlstm` should not load NumPy
    with np.errstate(all="ignore"):  # the code checks for such values itself, and reports them in one line
        exit_after(main)


def exit_after(main: Callable[[], int | None]) -> None:
    """Calls main() and exits with the code that it returns (None: 0). An error is printed on one line."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None if the caller has closed it
        stream.reconfigure(errors="replace")  # a Windows console may lack a character of the text
    stop.interrupt_on_signals()
    try:
        code = main() or 0
        print(end="", flush=True)
    except UserError as error:
        code = fail(error)
    except KeyboardInterrupt as interrupt:
        code = fail("stopped", stop.exit_code(interrupt))
    except BrokenPipeError:  # the reader of our output, such as `head`, has exited
        drop_output()
        code = 1
    except MemoryError as error:
        code = fail(f"not enough memory ({error}): use a smaller --hidden, --batch or --unroll")
    except OSError as error:
        code = fail(f"{error.filename or 'a file'}: {error.strerror or error}")
    sys.exit(code)


def drop_output() -> None:
    """Discards what is still to be printed, because the reader of standard output is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: Any, code: int = 1) -> int:
    """Prints an error on one line. Returns the exit code."""
    print(f"error: {one_line(message)}", file=sys.stderr)
    return code
