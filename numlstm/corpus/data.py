"""Corpora, and how a network reads them: one stream of words, cut into columns, which are cut into windows.

The stream of 26 words  a b c ... z  with B = 4 columns of 6 words each (y and z are left over):

    column  0  1  2  3
            a  g  m  s
            b  h  n  t         a step reads one row: 4 words from 4 distant places in the text
            c  i  o  u
            d  j  p  v
            e  k  q  w
            f  l  r  x

and windows of T = 3 steps. Each word's target is the word below it, so the last row is only a target:

    x:  a  g  m  s     y:  b  h  n  t          x:  d  j  p  v     y:  e  k  q  w
        b  h  n  t         c  i  o  u              e  k  q  w         f  l  r  x
        c  i  o  u         d  j  p  v

In every column, the second window goes on where the first one stopped. So the state after the
first is the right state to begin the second with. It is carried over, and a network can use what
it read long before the window in which it learns.

Tutorial: tutorials/01_text_to_windows.md
"""

import hashlib
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from . import grammar, ptb
from .text import EOS, build_vocabulary, encode, prepared_words, raw_words, read_lines

SPLITS = grammar.SPLITS
NAMES = ("grammar", "ptb")  # what --data takes besides a path
RAW_VOCABULARY = 10_000  # words kept of a raw text file, as in Penn Treebank, unless --vocab-size is given


class Corpus(NamedTuple):
    """Three streams of words, as numbers."""

    name: str
    vocabulary: list[str]  # the word of each number
    train: np.ndarray   # (N,) int32
    valid: np.ndarray
    test: np.ndarray
    raw: bool           # whether words are split by text.WORD (else at whitespace)
    built_in: bool      # whether it is the whole built-in language, whose best perplexity is known
    fingerprint: str    # SHA-256 of vocabulary and streams


# --- corpora ----------------------------------------------------------------------------------

def load(data: str | Path = "grammar", vocab_size: int | None = None, words: int | None = None) -> Corpus:
    """The corpus called `data`, or at the path `data`.

    Args:
        data: "grammar", the language that comes with numlstm; "ptb", Penn Treebank; a folder with three
            text files, whose names contain train, valid and test and whose words are separated by
            whitespace; or a single text file of any kind, see `load_file`.
        vocab_size: keep only this many of the most frequent words, <unk> and <eos> included.
        words: keep only this many words from the start of the training text. The vocabulary still comes from all of it.
    Raises: UserError where nothing has that name, or there is no usable text in it.
    """
    corpus = load_whole(data, vocab_size)
    return corpus if words is None else corpus._replace(train=corpus.train[:words])


def load_whole(data: str | Path, vocab_size: int | None) -> Corpus:
    """`load`, with all of the training text."""
    if data == "grammar":
        words = {split: grammar_words(split) for split in SPLITS}
        return make_corpus("grammar", words, vocab_size, built_in=vocab_size is None)
    if data == "ptb":
        return load_folder(ptb.folder(), vocab_size)._replace(name="ptb")
    path = Path(data).resolve()
    if path.is_dir():
        return load_folder(path, vocab_size)
    if path.is_file():
        return load_file(path, vocab_size)
    raise UserError(f"there is no corpus, folder or file called {data}: --data takes grammar, ptb, or a path")


def grammar_words(split: str, seed: int = 1) -> list[str]:
    """The words of a split of the built-in language. Other seeds give more text of the same kind."""
    return [word for sentence in grammar.sentences(split, seed=seed) for word in (*sentence, EOS)]


def absolute(data: str | Path) -> str:
    """`data` in a form that means the same from any working directory: a name, or an absolute path."""
    return data if data in NAMES else str(Path(data).resolve())


def load_folder(path: Path, vocab_size: int | None = None) -> Corpus:
    """The corpus in a folder of prepared text: three files, words split at whitespace, <eos> at each line's end."""
    words = {split: prepared_words(read_lines(file)) for split, file in split_files(path).items()}
    return make_corpus(path.name, words, vocab_size)


def split_files(path: Path) -> dict[str, Path]:
    """{split: its file in the folder}: Penn Treebank's files, or else the only file with the split in its name."""
    files = {split: path / f"ptb.{split}.txt" for split in SPLITS}
    if all(file.is_file() for file in files.values()):
        return files  # whatever else is there: the usual archive also has ptb.char.train.txt ...
    for split in SPLITS:
        found = sorted(file for file in path.iterdir() if file.is_file() and split in file.name.lower())
        if len(found) != 1:
            raise UserError(f"{path} must hold exactly one file with '{split}' in its name; found: "
                            f"{', '.join(file.name for file in found) or 'none'}")
        files[split] = found[0]
    return files


def load_file(path: Path, vocab_size: int | None = None) -> Corpus:
    """The corpus in a text file: the first 90 % of the lines for training, then 5 % each for validation and test.

    Words are lower-cased and split by `text.WORD`. Lines without a word are skipped. The
    vocabulary holds words that occur at least twice in the training lines; of these, it holds the
    most frequent, up to `vocab_size` (default: 10,000). All others become <unk>, so that the network meets <unk>.
    """
    lines = [line for line in read_lines(path) if line.strip()]
    if len(lines) < 20:
        raise UserError(f"{path} has {len(lines)} lines with words, too few to split 90/5/5: give a file with "
                        "at least 20, or a folder with a train, a valid and a test file")
    ends = [len(lines) * 90 // 100, len(lines) * 95 // 100]
    parts = zip(SPLITS, (lines[:ends[0]], lines[ends[0]:ends[1]], lines[ends[1]:]))
    words = {split: raw_words(part) for split, part in parts}
    return make_corpus(path.stem, words, RAW_VOCABULARY if vocab_size is None else vocab_size, at_least=2, raw=True)


def make_corpus(name: str, words: dict[str, list[str]], vocab_size: int | None = None, at_least: int = 1,
                raw: bool = False, built_in: bool = False) -> Corpus:
    """A Corpus from {split: list of words}. Its vocabulary is that of the training words."""
    vocabulary = build_vocabulary(words["train"], vocab_size, at_least)
    train, valid, test = streams = [encode(words[split], vocabulary) for split in SPLITS]
    digest = hashlib.sha256("\n".join(vocabulary).encode())
    for stream in streams:
        digest.update(b"\0" + stream.astype("<i4").tobytes())
    return Corpus(name, vocabulary, train, valid, test, raw, built_in, digest.hexdigest())


# --- columns and windows ------------------------------------------------------------------------

def columns(stream: np.ndarray, B: int, T: int = 1) -> np.ndarray:
    """Cuts a stream (N,) into B columns, side by side: (N // B, B), with time running down.

    Raises UserError where the columns would be shorter than T + 1 words, which a window of T steps needs.
    """
    length = len(stream) // B
    if length < T + 1:
        largest = len(stream) // (T + 1)
        advice = f"use --batch {largest} or less" if largest else (
            f"even one column is too short: use --unroll {len(stream) - 1} or less" if len(stream) > 1
            else "use a longer text")
        raise UserError(f"the text of {len(stream):,} words is too short for {B} columns (--batch) of "
                        f"{T + 1} words (--unroll + 1): {advice}")
    return stream[:B * length].reshape(B, length).T


def window_count(cols: np.ndarray, T: int) -> int:
    """How many windows of T steps the columns hold, counting a shorter one at the end."""
    return math.ceil((len(cols) - 1) / T)


def window(cols: np.ndarray, T: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Window n: the words to read, x, and the words to predict, y, each (T, B). The last window may be shorter."""
    start, end = n * T, min((n + 1) * T, len(cols) - 1)
    return cols[start:end], cols[start + 1:end + 1]
