"""From counted tokens to a corpus: three streams of numbers, and the vocabulary that says what they mean."""

import hashlib
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from .grammar import SPLITS
from .text import EOS, UNK, Counted, Reading, ranked

RAW_VOCABULARY = 10_000  # tokens kept of one text, as in Penn Treebank, unless --vocab-size is given


class Corpus(NamedTuple):
    """Three streams of words, as numbers."""

    name: str
    vocabulary: list[str]  # the word of each number
    train: np.ndarray   # (N,) int32
    valid: np.ndarray
    test: np.ndarray
    reading: Reading    # how text becomes words: nothing in it is None
    built_in: bool      # whether it is the whole built-in language, whose best perplexity is known
    fingerprint: str    # SHA-256 of vocabulary and streams


def make_corpus(name: str, words: dict[str, list[str]], vocab_size: int | None = None,
                built_in: bool = False) -> Corpus:
    """A Corpus from {split: list of words}. Its vocabulary is that of the training words."""
    tokens = Counted()
    streams = {split: tokens.stream([words[split]]) for split in SPLITS}
    return assemble(name, tokens, streams, Reading("blanks", ends="lines"), vocab_size, True, built_in)


def assemble(name: str, tokens: Counted, streams: dict[str, np.ndarray], reading: Reading, vocab_size: int | None,
             prepared: bool, built_in: bool = False) -> Corpus:
    """A Corpus from streams of `tokens`' numbers. In a `prepared` one, all words of the training text are known."""
    if vocab_size is None and not prepared:
        vocab_size = RAW_VOCABULARY
    vocabulary = ranked(tokens.counts(streams["train"]), vocab_size, at_least=1 if prepared else 2)
    table = np.full(len(tokens.number), vocabulary.index(UNK), np.int32)
    for n, word in enumerate(vocabulary):
        if word in tokens.number:
            table[tokens.number[word]] = n
    train, valid, test = (table[streams[split]] for split in SPLITS)
    digest = hashlib.sha256("\n".join(vocabulary).encode())
    for stream in (train, valid, test):
        digest.update(b"\0")
        digest.update(np.ascontiguousarray(stream, "<i4").data)
    corpus = Corpus(name, vocabulary, train, valid, test, reading, built_in, digest.hexdigest())
    check_learnable(corpus)
    return corpus


def check_learnable(corpus: Corpus) -> None:
    """Raises UserError where a network could learn nothing from a corpus, or couldn't be validated and tested."""
    unit = corpus.reading.unit
    if len(corpus.vocabulary) < 3:
        why = (f"no {unit} occurs twice in its training part, so each would be read as {UNK}" if len(corpus.train) > 1
               else f"its training part has no {unit}")
        advice = "use a longer text" + ", or --tokens characters" * (unit == "word")
        raise UserError(f"there is nothing to learn from {corpus.name}: {why}. {advice[0].upper()}{advice[1:]}")
    for split, stream in zip(SPLITS, (corpus.train, corpus.valid, corpus.test)):
        if len(stream) < 2:
            raise UserError(f"the {split} part of {corpus.name} has {len(stream)} {unit}s, {EOS} included, and it "
                            "takes at least 2 to predict one: use a longer text")
