"""One command at a time in a run's folder: two would overwrite each other's files."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import UserError

PATIENCE = 5  # seconds: time for a command that was just told to stop to save its work

if os.name == "nt":
    import msvcrt

    def take(file: IO[bytes]) -> None:
        """Locks a file's first byte. Raises OSError where another process holds the lock."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def take(file: IO[bytes]) -> None:
        """Locks a file. Raises OSError where another process holds the lock."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def opened(path: Path) -> IO[bytes]:
    """The file at `path`, made if need be. It is not waited for, as a pipe of that name would let us do."""
    try:
        file = open(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666), "r+b", buffering=0)
    except IsADirectoryError:
        raise UserError(f"{path} is a folder: remove it") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise UserError(f"{path} is not an ordinary file: remove it")
    return file


@contextmanager
def alone(folder: Path, patience: float | None = None) -> Iterator[None]:
    """Keeps other commands out of `folder`, a Path, with a lock on the file .lock in it. Makes the folder if need be.

    The system drops the lock when the process ends, however it ends; the file stays. There is no lock on a disk that
    doesn't support locks, such as some network disks. Raises UserError where another command still holds the lock after
    `patience` seconds (None: PATIENCE), or .lock isn't a file, and OSError where the folder can't be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with opened(folder / ".lock") as file:
        deadline = time.monotonic() + (PATIENCE if patience is None else patience)
        while True:
            try:
                take(file)
                break
            except (BlockingIOError, PermissionError):
                if time.monotonic() > deadline:
                    raise UserError(f"another command is at work in {folder}: wait for it, or stop it") from None
                time.sleep(0.1)
            except OSError:  # a disk without locks
                break
        yield
