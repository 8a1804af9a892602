"""Writes network.py, the file in which you write the network: solution.py with gaps in place of its solutions.

    python tutorials/build/gaps.py

It doesn't overwrite your network.py. Rename that to begin again.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
NETWORK, SOLUTION = HERE / "network.py", HERE / "solution.py"
DEF = re.compile(r"^def (\w+)", re.MULTILINE)
MARKED = re.compile(r"^    # step (\d+)\n(.*?)^    # end\n", re.MULTILINE | re.DOTALL)  # in solution.py
EMPTY = re.compile(r"^ +your_turn\((\d+)\)", re.MULTILINE)                             # in network.py


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
    """All Gaps, in the order of the file."""
    text = SOLUTION.read_text(encoding="utf-8")
    return [Gap(int(found[1]), above(text, found), found[2]) for found in MARKED.finditer(text)]


def gapped():
    """The text of network.py."""
    text = SOLUTION.read_text(encoding="utf-8").replace("build/solution.py", "build/network.py ")
    first = "from numlstm.corpus import data\n"
    text = text.replace(first, f"{first}\nfrom gaps import your_turn  # delete this line at the end\n")
    return MARKED.sub(r"    your_turn(\1)  # write step \1 in place of this line\n", text)


def main():
    if NETWORK.exists():
        sys.exit(f"error: {NETWORK} exists already, and stays as it is. Rename it to begin again")
    NETWORK.write_text(gapped(), encoding="utf-8")
    print(f"{NETWORK} has {len(gaps())} gaps. The first: step 1 of {HERE / 'README.md'}")


if __name__ == "__main__":
    main()
