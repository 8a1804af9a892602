"""Lists the commands, or runs one, wherever it lies: `numlstm train` and `python -m numlstm train` are
`python -m numlstm.train`, and `numlstm compare` is `python -m numlstm.lab.compare`.
"""

import runpy
import sys

from . import __version__, cli
from .errors import one_of

COMMANDS = {
    "paper": "the whole paper in one file: train its network with NumPy alone, or check its derivatives",
    "train": "train a network, on the built-in language, Penn Treebank or your own text; resume a run",
    "evaluate": "perplexity of a trained network",
    "generate": "text from a trained network",
    "explore": "a page of HTML on which a trained network reads what you type",
    "gradcheck": "compare every hand-written derivative with finite differences",
    "export": "take a trained network to PyTorch or ONNX Runtime, and back",
}

LAB = {  # commands of the laboratory, numlstm/lab
    "compare": "experiments: where dropout goes, other cells, other regularizers",
    "ensemble": "train many networks, and average their predictions",
    "benchmark": "tokens per second beside PyTorch and JAX; where the time of a step goes",
    "results": "the README's tables, from the logs in data/results",
    "plots": "the README's picture of the unrolled network",
}


def main(argv: list[str] | None = None) -> None:
    """Lists the commands, prints the version, or runs the command that argv names. A command ends by exiting.

    Raises UserError if there is no such command.
    """
    name, *arguments = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in COMMANDS or name in LAB:
        sys.argv[1:] = arguments
        runpy.run_module(module(name), run_name="__main__", alter_sys=True)
    elif name in ("-h", "--help"):
        list_commands()
    elif name == "--version":
        print(f"numlstm {__version__}")
    else:
        one_of("command", name, [*COMMANDS, *LAB])


def module(name: str) -> str:
    """The module of a command: "numlstm.train", "numlstm.lab.compare"."""
    return f"numlstm.{name}" if name in COMMANDS else f"numlstm.lab.{name}"


def list_commands() -> None:
    print("numlstm: LSTM language models as in Zaremba, Sutskever and Vinyals (2014), in NumPy\n")
    for name, what in COMMANDS.items():
        print(f"  python -m numlstm {name:10} {what}")
    print("\nThe laboratory:\n")
    for name, what in LAB.items():
        print(f"  python -m numlstm {name:10} {what}")
    print("\nUse --help to see the options of a command.")


def run() -> None:
    """The program `numlstm`, which the installation makes."""
    cli.exit_after(main)


if __name__ == "__main__":
    run()
