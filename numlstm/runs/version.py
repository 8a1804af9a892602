"""Which numlstm this is: its version and, where it runs from a git clone, the commit that it was started from.

An epoch's row in the log names it, so that a change in the numbers can be traced to a change in the code. The commit is
read from git's own files, as git may not be installed. It says nothing of edits that were not committed.
"""

from contextlib import suppress
from pathlib import Path

from .. import __version__

HASH = set("0123456789abcdef")


def commit(root):
    """The first digits of the commit that is checked out in the folder `root`; "" where there is none."""
    with suppress(OSError, UnicodeDecodeError):
        git = root / ".git"
        if git.is_file():  # a worktree, whose folder is elsewhere
            git = root / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        found = resolved(git, head.removeprefix("ref:").strip()) if head.startswith("ref:") else head
        return found[:7] if set(found) <= HASH else ""
    return ""


def resolved(git, name):
    """The commit that a branch's name stands for. A branch has a file of its own, or a line in packed-refs."""
    common = git / "commondir"  # where a worktree's branches are
    folders = [git, git / common.read_text(encoding="utf-8").strip()] if common.is_file() else [git]
    for folder in folders:
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8").strip()
        if (folder / "packed-refs").is_file():
            for line in (folder / "packed-refs").read_text(encoding="utf-8").splitlines():
                if line.endswith(f" {name}"):
                    return line.partition(" ")[0]
    return ""


def version():
    """As in "0.1.0" or "0.1.0+1a2b3c4"."""
    found = commit(Path(__file__).resolve().parents[2])
    return f"{__version__}+{found}" if found else __version__


VERSION = version()  # now: while a long run goes on, its folder may get newer commits
