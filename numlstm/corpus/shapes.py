"""What a text looks like: whether its lines are wrapped, and where it can be cut into three parts."""

from collections.abc import Sequence

import numpy as np

from ..errors import UserError

WIDTH = (50, 90)      # characters: how wide a wrapped text is
AS_LONG = 0.7         # of the lines that go on, so many are at most as long as the text is wide
FULL = 0.75           # of them, so many must be full
LEAST = 10            # of them must be there
ENDS = (0.90, 0.95)   # where training and validation text end


def wrapped(lines: Sequence[str]) -> bool:
    """Whether lines end where the page was full, as in the books of Project Gutenberg, and blank lines end paragraphs.

    The rule: a line that another one follows without a blank one goes on. It is full if the next line's first word
    would have made it wider than the text. Three in four of the lines that go on must be full. A line of verse or a
    sentence on its own line is not. The text's width, which seven in ten of the lines that go on don't exceed, must be
    50 to 90 characters.
    """
    if not any(not line.strip() for line in lines):
        return False
    going_on = [(len(line), len(line) + 1 + len(after.split(None, 1)[0]))
                for line, after in zip(lines, lines[1:]) if line.strip() and after.strip()]
    if len(going_on) < LEAST:
        return False
    lengths, with_next_word = np.array(going_on).T
    width = np.quantile(lengths, AS_LONG)
    return bool(WIDTH[0] <= width <= WIDTH[1] and np.mean(with_next_word > width) >= FULL)


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
