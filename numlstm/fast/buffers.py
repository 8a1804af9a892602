"""Buffers: memory that is reused.

A training step needs the same large arrays as the step before. The operating system hands out fresh
memory page by page, and clears every page first. This was measured to take up to a sixth of a step's time.
So buffers are kept, and a buffer goes to the next array once nothing refers to the last one any more. When a new buffer
has to be made, those that nobody has used for a while are given back.

Tutorial: tutorials/12_fast.md
"""

import math
import sys
import threading

import numpy as np
from numpy.typing import DTypeLike

ALIGNMENT = 64  # bytes: a cache line, and the widest register
WHILE = 1000    # arrays: some training steps' worth


class Buffers(threading.local):
    """Makes arrays, like np.empty, in buffers that it keeps. Every thread that calls has buffers of its own."""

    def __init__(self) -> None:
        self._buffers = [np.empty(1, np.uint8)]
        self._used = [0]                 # when each was given away last, counted in arrays
        self._count = 0
        self._idle = self._references(0)  # the count while only this list refers to the buffer

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array with arbitrary content that begins at a multiple of 64 bytes."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        buffer = self._find(size + ALIGNMENT)
        start = -buffer.ctypes.data % ALIGNMENT
        return buffer[start:start + size].view(dtype).reshape(shape)

    def _references(self, n: int) -> int:
        return sys.getrefcount(self._buffers[n])  # an array made here adds one, and so does every view of it

    def _find(self, size: int) -> np.ndarray:
        self._count += 1
        free = [n for n in range(len(self._buffers)) if self._references(n) == self._idle]
        fitting = [n for n in free if size <= self._buffers[n].size <= 2 * size]
        if fitting:
            chosen = min(fitting, key=lambda n: self._buffers[n].size)
        else:
            old = {n for n in free if self._used[n] < self._count - WHILE}
            self._buffers = [buffer for n, buffer in enumerate(self._buffers) if n not in old]
            self._used = [used for n, used in enumerate(self._used) if n not in old]
            self._buffers.append(np.empty(size, np.uint8))
            self._used.append(0)
            chosen = -1
        self._used[chosen] = self._count
        return self._buffers[chosen]
