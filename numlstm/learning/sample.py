"""Text from a trained network: each word is drawn from the network's prediction, then read as the next input.

Tutorial: tutorials/09_what_it_writes.md
"""

import itertools
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..corpus.text import EOS, UNK, Reading, as_known, numbers
from ..corpus.writing import written
from ..errors import Diverged, printable
from ..network import model
from ..network.backend import NUMPY, Backend
from ..network.layers import Array, Params

BLANKS = Reading("blanks")


def next_word(logits: Array, rng: np.random.Generator, temperature: float = 1.0, top_k: int | None = None,
              top_p: float | None = None, banned: Iterable[int] = ()) -> int:
    """Draws a word from softmax(logits / temperature), logits (V,).

    Args:
        temperature: below 1 favours likely words, above 1 rare ones; 0 always takes the likeliest.
        top_k: draw only among the k likeliest.
        top_p: draw only among the likeliest that together have at least this probability, at this temperature.
        banned: the numbers of words that are never drawn. They don't count among the likeliest.
    Raises Diverged if the logits are not finite.
    """
    if not np.isfinite(logits).all():
        raise Diverged("the model's predictions are not finite numbers: it diverged while it was trained")
    logits = logits.astype(np.float64)
    logits[list(banned)] = -np.inf
    if top_k is not None and top_k < logits.size:
        logits[np.argsort(-logits, kind="stable")[top_k:]] = -np.inf
    if temperature == 0:
        return int(logits.argmax())
    weights = np.exp((logits - logits.max()) / temperature)
    if top_p is not None:
        order = np.argsort(-weights, kind="stable")
        before = weights[order].cumsum() - weights[order]  # of the words that are likelier
        weights[order[before >= top_p * weights.sum()]] = 0
    total = weights.cumsum()  # word n: from total[n-1] to total[n]
    return int(total.searchsorted(rng.random() * total[-1], side="right"))


def generate(params: Params, prompt: list[int], count: int, rng: np.random.Generator, backend: Backend = NUMPY,
             **drawing: Any) -> Iterator[int]:
    """Reads `prompt`, a non-empty list of word numbers, then yields `count` more, one at a time.

    `drawing` are options of `next_word`.
    """
    state = model.zero_state(params, batch=1)
    unread = prompt
    for _ in range(count):
        x = np.array(unread)[:, None]                                            # (T, 1)
        logits, state, _ = model.logits_forward(params, x, state, backend=backend)
        word = next_word(logits[-1], rng, **drawing)
        yield word
        unread = [word]


def sample_lines(params: Params, vocabulary: list[str], prompt: list[str], count: int, rng: np.random.Generator,
                 reading: Reading = BLANKS, **options: Any) -> Iterator[str]:
    """Yields `prompt` (a list of words) and `count` generated words, sentence by sentence, as they are drawn.

    `reading` is that of the training text (`text.reading_of`): it tells how to write words as text.
    """
    number = numbers(vocabulary)
    read = [number[word] for word in (EOS, *prompt)]  # <eos>: the prompt begins a sentence
    line: list[str] = []
    drawn = (vocabulary[n] for n in generate(params, read, count, rng, **options))
    for word in itertools.chain(prompt, drawn):
        if word == EOS:
            yield printable(written(line, reading))
            line = []
        else:
            line.append(word)
    if line:
        yield printable(written(line, reading))


def joined(lines: Iterable[list[str]]) -> list[str]:
    """The words of lines, with <eos> between them."""
    return [word for line in lines for word in (*line, EOS)][:-1]


def prompt_words(prompt: str, vocabulary: list[str], reading: Reading) -> list[str]:
    """The words of a prompt, split like the training text, whose `reading` is given (`text.reading_of` has it).

    Unknown words are tried in lower case, then become <unk>, and a line says so.
    """
    known, words = set(vocabulary), []
    for word in joined(map(reading.split, prompt.split("\n"))):
        words.append(as_known(word, known))
        if words[-1] == UNK and word.lower() != UNK:
            print(f"warning: the model doesn't know the {reading.unit} '{printable(word)}'; it reads {UNK}, as the "
                  "text below shows", file=sys.stderr)
    return words
