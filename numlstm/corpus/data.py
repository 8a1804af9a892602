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

import math
from pathlib import Path

import numpy as np

from ..errors import UserError
from . import grammar, ptb
from .shapes import by_lines, by_words, wrapped
from .sources import STDIN, check_source, folder_lines, is_pipe, read_lines, split_files
from .streams import Corpus, assemble, make_corpus
from .text import EOS, Counted, Reading

SPLITS = grammar.SPLITS
CORPORA = ("grammar", "ptb")
NAMES = (*CORPORA, STDIN)  # what --data takes besides a path


# --- corpora ----------------------------------------------------------------------------------

def load(data: str | Path = "grammar", vocab_size: int | None = None, words: int | None = None,
         reading: Reading = Reading()) -> Corpus:  # noqa: B008 (a tuple can't change)
    """The corpus called `data`, or at the path `data`.

    Args:
        data: "grammar", the language that comes with numlstm; "ptb", Penn Treebank; a folder with three
            text files, whose names contain train, valid and test and whose words are separated by
            whitespace; or one text: a file, a folder of text files, a pipe, or "-" for standard input. See `one_text`.
        vocab_size: keep only this many of the most frequent words, <unk> and <eos> included.
        words: keep only this many words from the start of the training text. The vocabulary still comes from all of it.
        reading: what a word is. The default is "blanks" for a folder with three files, and "words" for one text.
    Raises: UserError where nothing has that name, or there is no text in it from which something can be learned.
    """
    corpus = load_whole(data, vocab_size, reading)
    return corpus if words is None else corpus._replace(train=corpus.train[:words])


def load_whole(data: str | Path, vocab_size: int | None, reading: Reading) -> Corpus:
    """`load`, with all of the training text."""
    if data == "grammar":
        if reading.tokens not in (None, "blanks") or reading.keep_case or reading.ends == "paragraphs":
            raise UserError("the built-in language is read as it is: --tokens, --keep-case and --ends are for texts")
        words = {split: grammar_words(split) for split in SPLITS}
        return make_corpus("grammar", words, vocab_size, built_in=vocab_size is None)
    if data == "ptb":
        return three_texts("ptb", split_files(ptb.folder()) or {}, vocab_size, reading)
    if data == STDIN:
        return one_text("stdin", read_lines(STDIN), vocab_size, reading)
    path = Path(data)
    check_source(path)
    if not path.is_dir():
        name = "pipe" if is_pipe(path) else Path(path.name.removesuffix(".gz")).stem
        return one_text(name, read_lines(path), vocab_size, reading)
    name = path.resolve().name
    files = split_files(path)
    if files is None:
        return one_text(name, folder_lines(path), vocab_size, reading)
    return three_texts(name, files, vocab_size, reading)


def grammar_words(split: str, seed: int = 1) -> list[str]:
    """The words of a split of the built-in language. Other seeds give more text of the same kind."""
    return [word for sentence in grammar.sentences(split, seed=seed) for word in (*sentence, EOS)]


def absolute(data: str | Path) -> str:
    """`data` in a form that means the same from any working directory: a name, or an absolute path.

    A pipe is gone when its text has been read. It is called "-", like standard input.
    """
    if data in NAMES:
        return str(data)
    return STDIN if is_pipe(Path(data)) else str(Path(data).absolute())


def three_texts(name: str, files: dict[str, Path], vocab_size: int | None, reading: Reading) -> Corpus:
    """The corpus in a training, a validation and a test file.

    By default this is prepared text: words split at whitespace, <eos> at each line's end, and all words kept.
    """
    reading = reading._replace(tokens=reading.tokens or "blanks", ends=reading.ends or "lines")
    tokens = Counted()
    streams = {split: tokens.stream(reading.lines(read_lines(file))) for split, file in files.items()}
    return assemble(name, tokens, streams, reading, vocab_size, prepared=reading.tokens == "blanks")


def one_text(name: str, lines: list[str], vocab_size: int | None, reading: Reading) -> Corpus:
    """The corpus of a text: the first 90 % of its words for training, then 5 % each for validation and test.

    It is cut at the ends of lines, see `shapes.by_words`. By default words are lower-cased and split by `text.WORD`;
    lines without a word are skipped. The vocabulary holds words that occur at least twice in the training
    part; of these, it holds the most frequent, up to `vocab_size` (default: 10,000). All others become <unk>, so
    that the network meets <unk>. Where lines are `shapes.wrapped`, <eos> stands at the ends of paragraphs.
    """
    kind = reading.tokens or "words"
    joined = kind != "characters" and reading.rules > 1 and wrapped(lines)
    reading = reading._replace(tokens=kind, ends=reading.ends or ("paragraphs" if joined else "lines"))
    tokens = Counted()
    stream = tokens.stream(reading.lines(lines))
    ends = np.flatnonzero(stream == tokens.number[EOS]) + 1
    parts = (by_words if reading.rules > 1 else by_lines)(stream, ends, name)
    return assemble(name, tokens, dict(zip(SPLITS, parts)), reading, vocab_size, prepared=False)


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
