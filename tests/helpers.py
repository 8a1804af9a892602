"""What the tests of several rooms call."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def call(module, *arguments, **options):
    """Runs `python -m MODULE ARGUMENTS` in a process of its own: its returncode, stdout and stderr."""
    return subprocess.run([sys.executable, "-m", module, *map(str, arguments)], capture_output=True, encoding="utf-8",
                          timeout=120, **options)


def wait_for(condition, seconds=60):
    """Waits until condition() has a true value, and returns it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if value := condition():
                return value
        except (OSError, ValueError):  # a file that is not there yet, or half written
            pass
        time.sleep(0.01)
    raise AssertionError("it didn't happen in time")
