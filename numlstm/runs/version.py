"""Which numlstm this is: its version and, where it runs from a git clone, the commit that it was started from.

An epoch's row in the log names it, so that a change in the numbers can be traced to a change in the code. It says
nothing of edits that were not committed.
"""

import subprocess
from contextlib import suppress
from pathlib import Path

from .. import __version__


def commit(root: Path) -> str:
    """The first digits of the commit that is checked out in the folder `root`; "" where there is none, or no git."""
    if not (root / ".git").exists():  # else git would look in the folders around
        return ""
    with suppress(OSError):
        ask = ["git", "-C", str(root), "rev-parse", "--verify", "--short=7", "HEAD"]
        return subprocess.run(ask, capture_output=True, encoding="utf-8").stdout.strip()
    return ""


def version() -> str:
    """As in "0.1.0" or "0.1.0+1a2b3c4"."""
    digits = commit(Path(__file__).resolve().parents[2])
    return f"{__version__}+{digits}" if digits else __version__


VERSION = version()  # now: while a long run goes on, its folder may get newer commits
