"""One command at a time in a run's folder: two would overwrite what the other has saved."""

import os
import time
from contextlib import contextmanager

from ..errors import UserError

PATIENCE = 5  # seconds; whoever was just told to stop saves meanwhile

if os.name == "nt":
    import msvcrt

    def take(file):
        """Locks a file's first byte. Raises OSError where another process has it."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def take(file):
        """Locks a file. Raises OSError where another process has it."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone(folder, patience=None):
    """Keeps other commands out of `folder`, a Path, made if need be, by a lock on its file .lock, which stays.

    The system drops the lock when the process ends, however it ends. (On a network disk that knows no locks there
    is none.) Raises UserError where another command still has it after `patience` seconds (None: PATIENCE), and
    OSError where the folder can't be written to.
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
