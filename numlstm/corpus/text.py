"""From lines to tokens, the units in which a network reads, and from tokens to a vocabulary.

Tutorial: tutorials/01_text_to_windows.md
"""

import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import regex

from ..errors import UserError

EOS, UNK = "<eos>", "<unk>"  # the end of a line; any token that is not in the vocabulary
TOKENS = ("words", "blanks", "characters")
ENDS = ("lines", "paragraphs")
PIECE, CACHED = 1 << 20, 1 << 16

# A word of raw text is a special token; or letters, marks and digits, which apostrophes, hyphens or (in numbers) points
# and commas may join; or any other single character. "Don't pay $1,000." is the five words  don't  pay  $  1,000  .
# A character is what a reader takes for one, Unicode's "grapheme cluster": a letter with its marks, an emoji with its
# skin colour. Invisible signs that join letters (\p{Join_Control}: Persian, Hindi) or show where a word can be broken
# (the soft hyphen, \xad) belong to their word; others, such as marks of direction, are skipped.
LETTERS = r"[\w\p{No}\p{Join_Control}\xad]+"
BLANK = r"\s\x1c-\x1f"  # what str.split takes for a blank
WORD = regex.compile(rf"<unk>|<eos>|\d+(?:[.,]\d+)+|{LETTERS}(?:['’·״׳-]{LETTERS})*|(?![{BLANK}\p{{Cf}}])\X")
CHARACTER = regex.compile(r"\X")
# numlstm 0.1 cut words at every mark. A network that learned so goes on so.
WORD_1 = regex.compile(rf"<unk>|<eos>|\d+(?:[.,]\d+)+|[\p{{L}}\p{{N}}_]+(?:['’-][\p{{L}}\p{{N}}_]+)*"
                       rf"|[^\p{{L}}\p{{N}}_{BLANK}]")


class Reading(NamedTuple):
    """How a text is read. What is None is chosen when the text is loaded: see `data.load`.

    tokens     what a token is: "words" of raw text, split by WORD; what "blanks" separate; or "characters"
    keep_case  whether words keep their capital letters. (In the other two kinds of tokens, all do.)
    ends       where <eos> stands: at the ends of "lines" or of "paragraphs", which blank lines separate
    rules      2: these. 1: those of numlstm 0.1, for its networks: words by WORD_1, no Unicode normalisation
    """

    tokens: str | None = None
    keep_case: bool = False
    ends: str | None = None
    rules: int = 2

    @property
    def unit(self) -> str:
        """What a token is called in messages."""
        return "character" if self.tokens == "characters" else "word"

    def split(self, line: str) -> list[str]:
        """The tokens of a line, without <eos>. A line of a prompt is split by this, too."""
        if self.rules > 1:
            line = unicodedata.normalize("NFC", line)  # é has one spelling, not two
        if self.tokens == "characters":
            return list(line) if line.isascii() else CHARACTER.findall(line)
        if self.tokens == "blanks":
            return line.split()
        return (WORD if self.rules > 1 else WORD_1).findall(line if self.keep_case else line.lower())

    def lines(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The tokens of each line, with <eos> at its end. Raw text's lines without a word are skipped."""
        cached = lru_cache(CACHED)(self.split)  # most of what stands between two blanks occurs again and again
        for line in paragraphs(lines) if self.ends == "paragraphs" else lines:
            if self.tokens == "words":
                tokens = [word for piece in line.split() for word in cached(piece)]
            else:
                tokens = self.split(line)
            if tokens or self.tokens != "words":
                tokens.append(EOS)
                yield tokens


def reading_of(settings: Mapping[str, Any]) -> Reading:
    """How the text of a run was read, from the settings in its checkpoint, however old."""
    if "reading" in settings:
        return Reading(**settings["reading"])
    return Reading("words" if settings["raw"] else "blanks", rules=1)


def paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """Joins the lines between blank lines."""
    paragraph: list[str] = []
    for line in lines:
        if line.strip():
            paragraph.append(line.strip())
        elif paragraph:
            yield " ".join(paragraph)
            paragraph = []
    if paragraph:
        yield " ".join(paragraph)


def raw_words(lines: Iterable[str]) -> list[str]:
    """Words of any text: lower-cased and split by WORD, with <eos> at the end of every line that has a word."""
    return [word for line in Reading("words").lines(lines) for word in line]


def build_vocabulary(words: Iterable[str], size: int | None = None, at_least: int = 1) -> list[str]:
    """The list of known words, most frequent first. Words of equal frequency are in alphabetical order.

    Args:
        words: those of the training text alone: a word that only valid or test contains must stay unknown.
        size: the largest vocabulary wanted, <unk> and <eos> included; None for no limit.
        at_least: leave out words that occur fewer times than this.
    """
    return ranked(Counter(words), size, at_least)


def ranked(counts: Mapping[str, int], size: int | None = None, at_least: int = 1) -> list[str]:
    """`build_vocabulary` from {word: how often it occurs}."""
    order = sorted((word for word in counts if counts[word]), key=lambda word: (-counts[word], word))
    known = [word for word in order if word in (EOS, UNK) or counts[word] >= at_least]
    for special in (EOS, UNK):  # a text without unknown words has no <unk>, but the model may have to read one
        if not counts.get(special):
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


def as_known(word: str, known: Container[str]) -> str:
    """The word, or its small letters where only these are known, or <unk>: as prompts and other texts are read."""
    return next((form for form in (word, word.lower()) if form in known), UNK)


def encode(words: Iterable[str], vocabulary: list[str]) -> np.ndarray:
    """The numbers (N,), int32, of the words. Unknown words get the number of <unk>."""
    number = numbers(vocabulary)
    unknown = number[UNK]
    return np.array([number.get(word, unknown) for word in words], dtype=np.int32)


class Counted:
    """Tokens as they come, numbered in the order in which they are first met.

    A number takes 4 bytes, where a str takes 50 and more.
    """

    def __init__(self) -> None:
        self.number: defaultdict[str, int] = defaultdict()
        self.number.default_factory = self.number.__len__

    def counts(self, stream: np.ndarray) -> dict[str, int]:
        """{token: how often its number is in a stream}."""
        total = np.zeros(len(self.number), np.int64)
        for start in range(0, len(stream), PIECE):  # bincount would make int64 of all of it
            total += np.bincount(stream[start:start + PIECE], minlength=len(total))
        return dict(zip(self.number, total.tolist()))

    def stream(self, lines: Iterable[list[str]]) -> np.ndarray:
        """The numbers (N,), int32, of the tokens of lines."""
        read, number = array("i"), self.number.__getitem__
        for line in lines:
            read.extend(map(number, line))
        return np.frombuffer(read, np.intc).astype(np.int32, copy=False) if read else np.zeros(0, np.int32)
