"""What the commands share: options, and errors reported in one line."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import UserError, one_line, quiet_matplotlib, says_no_threads
from .runs import stop

if TYPE_CHECKING:
    from .network.config import Config


ADDRESS_SPACE = 600_000_000  # bytes, virtual, without which BLAS or numba ends the program with messages of its own


NO_MORE = ("the system allows no more processes or threads: use fewer --jobs or --threads, or raise its limit "
           "(ulimit -u)")


class Parser(argparse.ArgumentParser):
    """An argument parser that raises UserError, so that its errors take one line like all others."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (--help explains the options)")


def parser(name: str, doc: str | None) -> Parser:
    """The Parser of `python -m NAME`; its help begins with the module's docstring."""
    return Parser(prog=f"python -m {name}", description=doc, allow_abbrev=False,
                  formatter_class=argparse.RawDescriptionHelpFormatter)


def at_least(kind: Callable[[str], Any], lowest: float, strictly: bool = False,
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


PRODUCTS = {"tiles": "tiles", "tiles+blas": "tiles, BLAS", "blas": "BLAS"}  # as the option, and in a run's settings


def add_products(parser: argparse.ArgumentParser) -> None:
    """The option --products."""
    def convert(name: str) -> str:
        if name.lower() not in PRODUCTS:
            raise argparse.ArgumentTypeError(f"must be {', '.join(PRODUCTS)}, not {name}")
        return PRODUCTS[name.lower()]

    parser.add_argument("--products", type=convert, metavar="{" + ",".join(PRODUCTS) + "}",
                        help="with --backend numba, what multiplies matrices: numlstm's tiles, NumPy's BLAS, or each "
                        "in its place (default: as in the run so far; in a new one the fastest here, measured once)")


def add_threads(parser: argparse.ArgumentParser) -> None:
    """The option --threads."""
    parser.add_argument("--threads", type=at_least(int, 1), help="how many threads compute (default: one on each core)")


def add_weights(parser: argparse.ArgumentParser) -> None:
    """The option --weights."""
    parser.add_argument("--weights", choices=("best", "last"), default="best", help="of a run's folder: the weights of "
                        "the best epoch on the validation text, or of the last epoch (default: best)")


def say_weights(args: argparse.Namespace) -> None:
    """Says which weights are used, where a run has two kinds."""
    if args.run is not None and (best := Path(args.run) / "best.npz").is_file():
        which = f"best on the validation text, {best}" if args.weights == "best" else "of the last epoch"
        other = "last" if args.weights == "best" else "best"
        print(f"the weights are those {which} (--weights {other}: the others)", file=sys.stderr)


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
    def run() -> int | None:
        check_address_space()
        quiet_matplotlib()
        import numpy as np  # imported here, because `python -m numlstm` should not load NumPy
        with np.errstate(all="ignore"):  # the code checks for such values itself, and reports them in one line
            return main()
    exit_after(run)


def check_address_space() -> None:
    """Raises UserError where the shell limits memory so tightly that NumPy's BLAS or numba would crash."""
    with suppress(ImportError):  # Windows has no such limits
        import resource
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY and limit < ADDRESS_SPACE:
            raise UserError(f"this shell lets a program have {limit / 1e6:,.0f} MB of memory, and numlstm needs at "
                            f"least {ADDRESS_SPACE / 1e6:,.0f}: raise the limit, say by ulimit -v unlimited")


def exit_after(main: Callable[[], int | None]) -> None:
    """Calls main() and exits with the code that it returns (None: 0). An error is printed on one line."""
    open_closed_streams()
    streams: tuple[Any, Any] = sys.stdout, sys.stderr
    for stream in streams:
        # A Windows console may lack a character of the text. In a pipe or file, Windows expects its old encodings.
        stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    stop.interrupt_on_signals()
    code = ended(main)
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output, such as `head`, has exited
        drop_output()
        code = code or 1
    except OSError as error:  # a full disk
        drop_output()
        code = code or fail(f"the output could not be written: {error.strerror}")
    sys.exit(code)


def ended(main: Callable[[], int | None]) -> int:
    """The exit code of main(). An error is printed on one line."""
    try:
        return main() or 0
    except SystemExit as end:  # argparse's, after --help
        return end.code if isinstance(end.code, int) else 0
    except UserError as error:
        return fail(error)
    except KeyboardInterrupt as interrupt:
        return fail("stopped", stop.exit_code(interrupt))
    except BrokenPipeError:
        drop_output()
        return 1
    except MemoryError as error:
        return fail(f"not enough memory ({error}): use a smaller --hidden, --batch or --unroll")
    except BlockingIOError:  # of os.fork
        return fail(NO_MORE)
    except RuntimeError as error:
        if not says_no_threads(error):
            raise
        return fail(NO_MORE)
    except OSError as error:
        if error.filename is None:  # it is the output itself
            drop_output()
        return fail(f"{error.filename or 'the output could not be written'}: {error.strerror or error}")


def open_closed_streams() -> None:
    """Opens the null device in the place of an output that the caller has closed.

    Otherwise the next file would get its number, and messages would be written into that file.
    """
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_WRONLY)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))


def drop_output(number: int = 1) -> None:
    """Discards what is still to be printed on standard output (1) or standard error (2), because nobody can read it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)


def fail(message: Any, code: int = 1) -> int:
    """Prints an error on one line. Returns the exit code."""
    try:
        print(f"error: {one_line(message)}", file=sys.stderr, flush=True)
    except OSError:  # standard error is full: nobody can be told
        drop_output(2)
    return code
