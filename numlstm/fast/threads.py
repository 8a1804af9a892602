"""Threads that share one computation: numlstm's own pool, the only one at work while it is used.

Two thread pools get in each other's way if each is as large as the machine: the threads of one spin, waiting for
work, on the cores that the other needs. So where this pool is used, BLAS is held to one thread
(`learning.backends.running`), and a product is divided by giving each thread some of its rows or columns.
Threads help because compiled kernels and NumPy's products release Python's global lock while they compute.

Tutorial: tutorials/12_fast.md
"""

import os
import threading
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

POOLS: "weakref.WeakSet[Pool]" = weakref.WeakSet()  # all there are


def renew_pools() -> None:
    for pool in POOLS:
        pool._renew()


if hasattr(os, "register_at_fork"):  # not on Windows, which can't fork
    os.register_at_fork(after_in_child=renew_pools)


def ranges(count: int, parts: int, multiple: int = 1) -> list[tuple[int, int]]:
    """0 .. count cut at multiples of `multiple` into at most `parts` nearly equal (first, last), none empty."""
    blocks = -(-count // multiple)
    parts = max(1, min(parts, blocks))
    edges = [min(count, blocks * part // parts * multiple) for part in range(parts + 1)]
    return list(zip(edges, edges[1:]))


def rectangles(M: int, N: int, parts: int, height: int, width: int) -> list[list[tuple[int, ...]]]:
    """A matrix (M, N) cut at multiples of height and width into at most `parts` pieces of nearly equal area.

    A piece is a list of one to three rectangles (first row, last row, first column, last column). It begins and
    ends within a strip of `width` columns, and all strips in between are whole.
    """
    rows, strips = -(-M // height), -(-N // width)

    def rectangle(first_row: int, last_row: int, first_strip: int, last_strip: int) -> tuple[int, ...]:
        return (first_row * height, min(M, last_row * height), first_strip * width, min(N, last_strip * width))

    pieces = []
    for first, last in ranges(rows * strips, parts):
        (strip, row), (last_strip, last_row) = divmod(first, rows), divmod(last, rows)
        piece = []
        if row and strip < last_strip:
            piece.append(rectangle(row, rows, strip, strip + 1))
            strip, row = strip + 1, 0
        if strip < last_strip:
            piece.append(rectangle(0, rows, strip, last_strip))
        if last_row:
            piece.append(rectangle(row if strip == last_strip else 0, last_row, last_strip, last_strip + 1))
        pieces.append(piece)
    return pieces


class Pool:
    """`threads` threads, including the one that calls. Where several call at the same time, they take turns."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._renew()
        POOLS.add(self)

    def _renew(self) -> None:
        """A forked process has none of its parent's threads, and a lock that nobody would open."""
        self._others: Any = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None
        self._turn = threading.Lock()  # parts of two computations that wait for each other could wait for ever

    def share(self, function: Callable, calls: Iterable[tuple]) -> None:
        """Calls function(*arguments) for each of `calls`, at the same time, and waits until all are done."""
        first, *others = calls
        if not others:
            return function(*first)
        with self._turn:
            waiting = [self._others.submit(function, *arguments) for arguments in others]
            try:
                function(*first)
            finally:
                for other in waiting:
                    other.result()

    def split(self, function: Callable, count: int, *arguments: Any, multiple: int = 1) -> None:
        """Calls function(*arguments, first, last) with 0 .. count divided among the threads."""
        self.share(function, [(*arguments, *part) for part in ranges(count, self.threads, multiple)])
