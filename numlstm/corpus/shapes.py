"""What a text looks like: whether its lines are wrapped, and where it can be cut into three parts."""

from collections.abc import Sequence

import numpy as np

from ..errors import UserError

WRAPPED = (50, 90)   # characters of a line that an editor has wrapped
MOST = 0.75          # of the lines that go on, so many must be that long
ENDS = (0.90, 0.95)  # where training and validation text end


def wrapped(lines: Sequence[str]) -> bool:
    """Whether lines end where the page was full, as in the books of Project Gutenberg, and blank lines end paragraphs.

    The rule: of the lines that another line follows without a blank one, three in four have 50 to 90 characters; there
    are at least ten such lines, and two paragraphs.
    """
    if not any(not line.strip() for line in lines):
        return False
    going_on = [len(line) for line, after in zip(lines, lines[1:]) if line.strip() and after.strip()]
    paragraphs = sum(1 for line, after in zip(lines, lines[1:]) if line.strip() and not after.strip())
    fitting = sum(WRAPPED[0] <= length <= WRAPPED[1] for length in going_on)
    return len(going_on) >= 10 and paragraphs >= 2 and fitting >= MOST * len(going_on)


def by_words(stream: np.ndarray, ends: np.ndarray, name: str) -> list[np.ndarray]:
    """Cuts a stream (N,) into 90 %, 5 % and 5 % of its words, each time at the line end that is nearest.

    Where that end is more than half a part away (2.5 % of N), the line is cut, so that a text on one line works too.
    `ends` are the places after each <eos>. Raises UserError where N is below 40: then a part has one word.
    """
    N = len(stream)
    if N < 40:
        raise UserError(f"{name} has {N} words, ends of lines included, too few to split 90/5/5: give a text with at "
                        "least 40, or a folder with a train, a valid and a test file")
    cuts = []
    for share in ENDS:
        wanted = round(share * N)
        nearest = int(ends[np.abs(ends - wanted).argmin()])
        cuts.append(nearest if abs(nearest - wanted) <= N / 40 - 1.5 else wanted)  # so every part has two words
    return np.split(stream, cuts)


def by_lines(stream: np.ndarray, ends: np.ndarray, name: str) -> list[np.ndarray]:
    """Cuts a stream into 90 %, 5 % and 5 % of its lines, as numlstm 0.1 did. Raises UserError below 20 lines."""
    if len(ends) < 20:
        raise UserError(f"{name} has {len(ends)} lines with words, too few to split 90/5/5: it is not the text that "
                        "the network was trained on")
    return np.split(stream, [int(ends[len(ends) * percent // 100 - 1]) for percent in (90, 95)])
