"""Writes network.py, the file in which you write the network: numlstm/paper.py with gaps in place of its solutions.

    python tutorials/build/gaps.py

It doesn't overwrite your network.py. Rename that to begin again.
"""

import ast
import re
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
NETWORK, SOLUTION = HERE / "network.py", HERE.parents[1] / "numlstm/paper.py"
DEF = re.compile(r"^def (\w+)", re.MULTILINE)
EMPTY = re.compile(r"^ +your_turn\((\d+)\)", re.MULTILINE)                             # in network.py

STEPS = {  # function: (its step, how many statements after the docstring are given)
    "dropout_mask": (1, 0), "step_forward": (2, 0), "layer_forward": (3, 2), "softmax_forward": (4, 0),
    "forward": (5, 2), "softmax_backward": (6, 0), "affine_backward": (6, 0), "step_backward": (7, 1),
    "layer_backward": (8, 2), "embedding_backward": (9, 0), "backward": (10, 2), "learning_rate": (11, 0),
    "update": (11, 0), "train_epoch": (12, 1),
}


class Gap(NamedTuple):
    """What the reader writes in one function."""

    step: int
    function: str
    code: str  # its solution, indented as in the file


class Empty(SystemExit):
    """The program has come to a gap that is still empty."""


def your_turn(_):
    """Stands in an empty gap. The program ends there, and says which gap is the next."""
    text = Path(sys._getframe(1).f_code.co_filename).read_text(encoding="utf-8")
    first = min(EMPTY.finditer(text), key=lambda found: int(found[1]))
    raise Empty(f"Step {first[1]} is next: write {above(text, first)}")


def above(text, found):
    """The name of the function in which a match was found."""
    return DEF.findall(text, 0, found.start())[-1]


def gaps():
    """All Gaps, in the order of the file: what stands between the given statements and the result of a function."""
    text = SOLUTION.read_text(encoding="utf-8")
    lines, found = text.splitlines(keepends=True), []
    for function in ast.parse(text).body:
        if isinstance(function, ast.FunctionDef) and function.name in STEPS:
            step, given = STEPS[function.name]
            statements = function.body[1 + given:]  # after the docstring
            if isinstance(statements[-1], ast.Return):
                statements.pop()
            found.append(Gap(step, function.name, "".join(lines[statements[0].lineno - 1:statements[-1].end_lineno])))
    return found


def gapped():
    """The text of network.py."""
    text = SOLUTION.read_text(encoding="utf-8").replace("python -m numlstm.paper", "python tutorials/build/network.py")
    for gap in gaps():
        text = text.replace(gap.code, f"    your_turn({gap.step})  # write step {gap.step} in place of this line\n", 1)
    first = "import numpy as np\n"
    return text.replace(first, f"{first}from gaps import your_turn  # delete this line at the end\n", 1)


def main():
    if NETWORK.exists():
        sys.exit(f"error: {NETWORK} exists already, and stays as it is. Rename it to begin again")
    NETWORK.write_text(gapped(), encoding="utf-8")
    print(f"{NETWORK} has {len(gaps())} gaps. The first: step 1 of {HERE / 'README.md'}")


if __name__ == "__main__":
    main()
