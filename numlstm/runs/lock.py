"""One command at a time in a run's folder: two would overwrite each other's files."""

import os
import time
from contextlib import contextmanager

from ..errors import UserError

PATIENCE = 5  # seconds: time for a command that was just told to stop to save its work

if os.name == "nt":
    import msvcrt

    def take(file):
        """Locks a file's first byte. Raises OSError where another process holds the lock."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def take(file):
        """Locks a file. Raises OSError where another process holds the lock."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone(folder, patience=None):
    """Keeps other commands out of `folder`, a Path, with a lock on the file .lock in it. Makes the folder if need be.

    The system drops the lock when the process ends, however it ends; the file stays. There is no lock on a disk that
    doesn't support locks, such as some network disks. Raises UserError where another command still holds the lock after
    `patience` seconds (None: PATIENCE), and OSError where the folder can't be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a", encoding="utf-8") as file:
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
