"""Threads that share one computation: a pool of our own, the only one that works while it does.

Two pools that each believe the machine is theirs get in each other's way: one's threads spin, waiting
for work, on the core that the other's need. So where this pool is used, BLAS is held to one thread
(`backend.running`), and a product is shared out by giving each thread some of its rows or columns.
Threads help because compiled kernels and NumPy's products let go of Python's lock while they compute.
"""

import os
from concurrent.futures import ThreadPoolExecutor


def cores():
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ranges(count, parts, multiple=1):
    """0 .. count cut into at most `parts` nearly equal (first, last), none empty, at multiples of `multiple`."""
    blocks = -(-count // multiple)
    parts = max(1, min(parts, blocks))
    edges = [min(count, blocks * part // parts * multiple) for part in range(parts + 1)]
    return list(zip(edges, edges[1:]))


class Pool:
    """`threads` threads, the calling one among them."""

    def __init__(self, threads):
        self.threads = threads
        self._others = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def run(self, function, calls):
        """Calls function(*arguments) for each of `calls`, at the same time, and waits until all are done."""
        first, *others = calls
        waiting = [self._others.submit(function, *arguments) for arguments in others]
        try:
            function(*first)
        finally:
            for other in waiting:
                other.result()

    def split(self, function, count, *arguments, multiple=1):
        """Calls function(*arguments, first, last) with 0 .. count divided among the threads."""
        self.run(function, [(*arguments, *part) for part in ranges(count, self.threads, multiple)])
