"""From files to words, and from words to a vocabulary.

Tutorial: tutorials/01_text_to_windows.md
"""

import re
from collections import Counter
from pathlib import Path

import numpy as np

from ..errors import UserError

EOS, UNK = "<eos>", "<unk>"  # a line's end; any word that the vocabulary lacks

# A word of raw text: a special token; letters or digits, also joined by apostrophes, hyphens or
# (in numbers) points and commas; or one other sign by itself. "Don't pay $1,000." is the five
# words  don't  pay  $  1,000  .
WORD = re.compile(r"<unk>|<eos>|\d+(?:[.,]\d+)+|\w+(?:['’-]\w+)*|[^\w\s]")


def read_lines(path):
    """The lines of a UTF-8 file, without line ends (Unix, Windows or old Mac) or byte-order mark.

    Raises UserError where the file is missing, a folder, unreadable, not UTF-8, or without a word.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")  # -sig: drops a byte-order mark; text mode: line ends
    except FileNotFoundError:
        raise UserError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8 and try again") from None
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from None
    if not text.strip():
        raise UserError(f"{path} is empty: it holds no word")
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def prepared_words(lines):
    """Words of text that is already prepared, like Penn Treebank's: split at blanks; <eos> ends every line."""
    return [word for line in lines for word in (*line.split(), EOS)]


def raw_words(lines):
    """Words of any text: lower-cased and split by WORD; <eos> ends every line that has a word."""
    return [word for line in lines if line.strip() for word in (*WORD.findall(line.lower()), EOS)]


def build_vocabulary(words, size=None, at_least=1):
    """The list of known words, most frequent first, words of equal frequency in alphabetical order.

    Args:
        words: of the training text, and of no other: what valid and test hold must stay unknown.
        size: the largest vocabulary wanted, <unk> and <eos> included; None for no limit.
        at_least: leave out words that occur fewer times.
    """
    counts = Counter(words)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    known = [word for word in ranked if word in (EOS, UNK) or counts[word] >= at_least]
    for special in (EOS, UNK):  # a text without unknown words has no <unk>, but a reader may meet one
        if special not in counts:
            known.append(special)
    if size is not None and len(known) > size:
        if size < 3:
            raise UserError(f"--vocab-size must be at least 3, for {EOS}, {UNK} and a word, not {size}")
        ordinary = [word for word in known if word not in (EOS, UNK)][:size - 2]
        keep = {EOS, UNK, *ordinary}
        known = [word for word in known if word in keep]
    return known


def numbers(vocabulary):
    """{word: its number}."""
    return {word: n for n, word in enumerate(vocabulary)}


def encode(words, vocabulary):
    """Words -> their numbers (N,), int32; unknown words get the number of <unk>."""
    number = numbers(vocabulary)
    unknown = number[UNK]
    return np.array([number.get(word, unknown) for word in words], dtype=np.int32)
