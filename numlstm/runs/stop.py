"""Stopping in good order: a signal becomes a wish that the training loop grants."""

import os
import signal
import threading
from contextlib import suppress


class StopRequest:
    """Turns Ctrl-C into a wish, `asked`, for the loop to grant; a second Ctrl-C stops at once.

    SIGTERM and SIGHUP (a closed terminal) are wishes, too. A signal that is ignored, as under nohup, stays so.
    """

    def __enter__(self):
        self.asked = 0  # the number of the signal
        self.before = {}
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if (number is None or signal.getsignal(number) is signal.SIG_IGN
                    or threading.current_thread() is not threading.main_thread()):  # Python allows it only there
                continue
            self.before[number] = signal.signal(number, self.handle)
        return self

    def handle(self, number, frame):
        if self.asked == number == signal.SIGINT:
            raise KeyboardInterrupt
        if self.asked != signal.SIGINT:
            self.asked = number
            if number == signal.SIGINT:
                with suppress(OSError):  # os.write to standard error, as print may be what the signal has interrupted
                    os.write(2, b"\nstopping as soon as this step is done and saved; Ctrl-C again: at once\n")

    def __exit__(self, *error):
        for number, handler in self.before.items():
            signal.signal(number, handler)
