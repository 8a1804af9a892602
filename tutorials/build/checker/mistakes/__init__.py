"""The usual mistakes of each step, one table for each part of the network.

The checker makes each of them in the solution, and compares what comes out with what comes out of the reader's file.
A message ends with the number of the equation in README.md.
"""

from typing import NamedTuple

from . import backward, forward, training


class Mistake(NamedTuple):
    """What stands in the solution's gap, what is written there by mistake, and what to say about it."""

    right: str
    wrong: str
    message: str


MISTAKES = {function: [Mistake(*mistake) for mistake in mistakes]
            for part in (forward, backward, training) for function, mistakes in part.MISTAKES.items()}
