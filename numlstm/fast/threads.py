"""Threads that share one computation: numlstm's own pool, the only one at work while it is used.

Two thread pools get in each other's way if each is as large as the machine: the threads of one spin, waiting for
work, on the cores that the other needs. So where this pool is used, BLAS is held to one thread
(`learning.backends.running`), and a product is divided by giving each thread some of its rows or columns.
Threads help because compiled kernels and NumPy's products release Python's global lock while they compute.

Tutorial: tutorials/08_fast.md
"""

from concurrent.futures import ThreadPoolExecutor


def ranges(count, parts, multiple=1):
    """0 .. count cut at multiples of `multiple` into at most `parts` nearly equal (first, last), none empty."""
    blocks = -(-count // multiple)
    parts = max(1, min(parts, blocks))
    edges = [min(count, blocks * part // parts * multiple) for part in range(parts + 1)]
    return list(zip(edges, edges[1:]))


def rectangles(M, N, parts, height, width):
    """A matrix (M, N) cut at multiples of height and width into at most `parts` pieces of nearly equal area.

    A piece is a list of one to three rectangles (first row, last row, first column, last column). It begins and
    ends within a strip of `width` columns, and all strips in between are whole.
    """
    rows, strips = -(-M // height), -(-N // width)

    def rectangle(first_row, last_row, first_strip, last_strip):
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
    """`threads` threads, including the one that calls."""

    def __init__(self, threads):
        self.threads = threads
        self._others = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def share(self, function, calls):
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
        self.share(function, [(*arguments, *part) for part in ranges(count, self.threads, multiple)])
