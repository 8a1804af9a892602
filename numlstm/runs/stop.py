"""Stopping cleanly: a signal becomes a request, which the training loop obeys after its current step."""

import os
import signal
import threading
from contextlib import suppress


class StopRequest:
    """Turns Ctrl-C into a request to stop, `asked`, which the loop looks at. A second Ctrl-C stops at once.

    SIGTERM and SIGHUP (a closed terminal) are requests too. A signal that is ignored, as under nohup, stays ignored.
    """

    def __enter__(self):
        self.asked = 0  # the number of the signal; 0 while there was none
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
                with suppress(OSError):  # os.write: the signal may have interrupted a print
                    os.write(2, b"\nstopping once this step is done and saved; press Ctrl-C again to stop at once\n")

    def __exit__(self, *error):
        for number, handler in self.before.items():
            signal.signal(number, handler)
