"""Stopping cleanly: a signal becomes a request, which the training loop obeys after its current step.

Where there is no such loop, a signal becomes a KeyboardInterrupt, and the command ends with one line.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Stopped(KeyboardInterrupt):
    """SIGTERM or SIGHUP told the command to stop."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """The exit code of a command that a KeyboardInterrupt has ended: 128 and the signal's number."""
    return 128 + getattr(interrupt, "number", signal.SIGINT)


def interrupt_on_signals() -> None:
    """From now on, SIGTERM and SIGHUP raise Stopped, as Ctrl-C raises KeyboardInterrupt. Ignored ones stay ignored."""
    def stop(number: int, frame: Any) -> None:
        raise Stopped(number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, stop)


def mask_interrupts(how: Any) -> None:
    """Lets Ctrl-C wait (signal.SIG_BLOCK), or come (SIG_UNBLOCK), where the system can do that."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(how, {signal.SIGINT})


def say_stopping() -> None:
    """The line after Ctrl-C. Of several processes, the command's alone says it."""
    with suppress(OSError):  # os.write: the signal may have interrupted a print
        os.write(2, b"\nstopping once this step is done and saved; press Ctrl-C again to stop at once\n")


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Ctrl-C waits until this block ends, and in processes started in it, until they call mask_interrupts.

    Otherwise it could meet them while they import what they need, and each would print a traceback.
    """
    if hasattr(signal, "pthread_sigmask"):
        from multiprocessing import resource_tracker
        resource_tracker.ensure_running()  # else the first process would start it, which lets Ctrl-C come again
    mask_interrupts(getattr(signal, "SIG_BLOCK", None))
    try:
        yield
    finally:
        mask_interrupts(getattr(signal, "SIG_UNBLOCK", None))


class StopRequest:
    """Turns Ctrl-C into a request to stop, `asked`, which the loop looks at. A second Ctrl-C stops at once.

    SIGTERM and SIGHUP (a closed terminal) are requests too. A signal that is ignored, as under nohup, stays ignored.
    """

    def __enter__(self) -> "StopRequest":
        self.asked = 0  # the number of the signal; 0 while there was none
        self.before = {}
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if (number is None or signal.getsignal(number) is signal.SIG_IGN
                    or threading.current_thread() is not threading.main_thread()):  # Python allows it only there
                continue
            self.before[number] = signal.signal(number, self.handle)
        return self

    def handle(self, number: int, frame: Any) -> None:
        if self.asked == number == signal.SIGINT:
            raise KeyboardInterrupt
        if self.asked != signal.SIGINT:
            self.asked = number
            if number == signal.SIGINT and multiprocessing.parent_process() is None:
                say_stopping()

    def __exit__(self, *error: Any) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
