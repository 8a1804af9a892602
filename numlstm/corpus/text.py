"""From files to words, and from words to a vocabulary.

Tutorial: tutorials/01_text_to_windows.md
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..errors import UserError

EOS, UNK = "<eos>", "<unk>"  # the end of a line; any word that is not in the vocabulary

# A word of raw text is a special token; or letters or digits, which apostrophes, hyphens or (in
# numbers) points and commas may join; or any other single character. "Don't pay $1,000." is the
# five words  don't  pay  $  1,000  .
WORD = re.compile(r"<unk>|<eos>|\d+(?:[.,]\d+)+|\w+(?:['’-]\w+)*|[^\w\s]")


def read_lines(path: str | Path) -> list[str]:
    """The lines of a UTF-8 file, without line ends (Unix, Windows or old Mac) or byte-order mark.

    Raises UserError where the file is missing, a folder, unreadable, not UTF-8, or blank.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")  # -sig drops a byte-order mark; text mode unifies line ends
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


def prepared_words(lines: Iterable[str]) -> list[str]:
    """Words of prepared text, such as Penn Treebank: split at whitespace, with <eos> at the end of every line."""
    return [word for line in lines for word in (*line.split(), EOS)]


def raw_words(lines: Iterable[str]) -> list[str]:
    """Words of any text: lower-cased and split by WORD, with <eos> at the end of every line that has a word."""
    return [word for line in lines if line.strip() for word in (*WORD.findall(line.lower()), EOS)]


def build_vocabulary(words: Iterable[str], size: int | None = None, at_least: int = 1) -> list[str]:
    """The list of known words, most frequent first. Words of equal frequency are in alphabetical order.

    Args:
        words: those of the training text alone: a word that only valid or test contains must stay unknown.
        size: the largest vocabulary wanted, <unk> and <eos> included; None for no limit.
        at_least: leave out words that occur fewer times than this.
    """
    counts = Counter(words)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    known = [word for word in ranked if word in (EOS, UNK) or counts[word] >= at_least]
    for special in (EOS, UNK):  # a text without unknown words has no <unk>, but the model may have to read one
        if special not in counts:
            known.append(special)
    if size is not None and len(known) > size:
        if size < 3:
            raise UserError(f"--vocab-size must be at least 3, for {EOS}, {UNK} and a word, not {size}")
        ordinary = [word for word in known if word not in (EOS, UNK)][:size - 2]
        keep = {EOS, UNK, *ordinary}
        known = [word for word in known if word in keep]
    return known


def numbers(vocabulary: list[str]) -> dict[str, int]:
    """{word: its number}."""
    return {word: n for n, word in enumerate(vocabulary)}


def encode(words: Iterable[str], vocabulary: list[str]) -> np.ndarray:
    """The numbers (N,), int32, of the words. Unknown words get the number of <unk>."""
    number = numbers(vocabulary)
    unknown = number[UNK]
    return np.array([number.get(word, unknown) for word in words], dtype=np.int32)
