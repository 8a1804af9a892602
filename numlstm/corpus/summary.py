"""What was read, for the user: how many words, how many of them are unknown, and what that means."""

import math

import numpy as np

from . import grammar
from .data import SPLITS, Corpus
from .text import EOS, UNK

MANY = 0.2  # of the training words; so many <unk> make a network write little else
PARTS = {"train": "training", "valid": "validation", "test": "test"}


def beside(value: float, split: str, corpus: Corpus) -> str:
    """What is printed beside a perplexity: the best possible one, if it is known; for characters, the same in bits."""
    if corpus.built_in:
        return grammar.beside_the_floor(value, split)
    return f"; {math.log2(value):.3f} bits per character" if corpus.reading.tokens == "characters" else ""


def unknown_shares(corpus: Corpus) -> dict[str, float]:
    """{split: the share of <unk>}."""
    number = corpus.vocabulary.index(UNK)
    return {split: float(np.mean(getattr(corpus, split) == number)) for split in SPLITS}


def summary(corpus: Corpus) -> str:
    """As in: "story: 9,012 words for training, 498 for validation, 503 for test; 812 different; <unk>: 3%, ..."."""
    train, valid, test = (f"{len(getattr(corpus, split)):,}" for split in SPLITS)
    shares = unknown_shares(corpus).values()
    unknown = f"{UNK}: {', '.join(f'{share:.1%}' for share in shares)}" if any(shares) else f"no {UNK}"
    where = f". {EOS} stands at the ends of paragraphs, as lines are wrapped" * (corpus.reading.ends == "paragraphs")
    return (f"{corpus.name}: {train} {corpus.reading.unit}s for training, {valid} for validation, {test} for test; "
            f"{len(corpus.vocabulary):,} different; {unknown}{where}")


def warnings(corpus: Corpus) -> list[str]:
    """A line for each thing about the corpus that makes a network learn little, with the way out."""
    shares, unit, lines = unknown_shares(corpus), corpus.reading.unit, []
    if shares["train"] > MANY:
        way = {"words": "--tokens characters suits texts without blanks between words, and lists of names",
               "blanks": "a higher --vocab-size keeps more words",
               "characters": "a longer text, or a higher --vocab-size, keeps more"}[str(corpus.reading.tokens)]
        lines.append(f"warning: {shares['train']:.0%} of the training {unit}s are {UNK}: too rare to be kept. The "
                     f"network will write little else. {way[0].upper()}{way[1:]}")
    if not shares["train"] and (shares["valid"] or shares["test"]):
        unseen = [round(shares[split] * len(getattr(corpus, split))) for split in ("valid", "test")]
        lines.append(f"warning: {unseen[0]:,} {unit}s of the validation text and {unseen[1]:,} of the test text "
                     f"don't occur in the training text. They are read as {UNK}, which the network has never seen; "
                     "that makes perplexity higher")
    return lines
