"""What the commands share: options, and errors told in one line."""

import argparse
import dataclasses
import os
import sys

from .config import FIELDS
from .errors import UserError

WHAT = {"hidden": "H: units per layer", "layers": "L: stacked layers", "dropout": "p: share of units dropped",
        "init": "a: parameters begin in U(-a, a)", "batch": "B: columns of text side by side",
        "unroll": "T: steps between updates", "epochs": "passes over the text", "lr": "first learning rate",
        "decay": "what the rate is divided by", "decay_after": "epochs at the first rate",
        "clip": "largest norm of the gradient", "seed": "of initialisation and masks"}


def parser(name, doc):
    """An argument parser for `python -m NAME`, its help text the first paragraph of a module's docstring."""
    return argparse.ArgumentParser(prog=f"python -m {name}", description=doc.split("\n\n")[0],
                                   formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)


def add_backend(parser, default="numba"):
    """The option --backend."""
    parser.add_argument("--backend", choices=("numba", "numpy"), default=default,
                        help="whose inner loops to run: compiled or plain (default: numba)")


def add_config(parser, without=()):
    """An option for every field of `config.Config`; None where it isn't given."""
    group = parser.add_argument_group("the network and its training, field by field")
    for name, kind in FIELDS.items():
        if name not in without:
            group.add_argument(f"--{name.replace('_', '-')}", type=kind, help=WHAT[name])


def config(args, base):
    """The Config `base` with the fields replaced that the command line gives."""
    given = {name: getattr(args, name) for name in FIELDS if getattr(args, name, None) is not None}
    return dataclasses.replace(base, **given)


def in_terminal():
    """Whether somebody watches: then there are progress bars, else plain lines."""
    return sys.stderr.isatty() and sys.stdout.isatty()


def run(main):
    """Runs a command's main() and exits: 0 if all went well, 1 with one line that says what did not."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a Windows console may lack a character of the text
    try:
        code = main() or 0
        sys.stdout.flush()
    except UserError as error:
        code = fail(error)
    except KeyboardInterrupt:
        code = fail("stopped", 130)
    except BrokenPipeError:  # the reader of our output, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except MemoryError as error:
        code = fail(f"not enough memory ({error}): use a smaller --hidden, --batch or --unroll")
    except OSError as error:
        code = fail(f"{error.filename or 'a file'}: {error.strerror or error}")
    sys.exit(code)


def fail(message, code=1):
    """Prints an error on one line. Returns the exit code."""
    print(f"error: {message}", file=sys.stderr)
    return code
