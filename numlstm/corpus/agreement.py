"""Agreement in the built-in language: which words take their form from an earlier word.

    the key that every monk near the castles hides is rusty

"hides" depends on "monk" and "is" on "key", whatever lies between. The cause is known exactly, because the grammar is
known: the cause comes first in the production that contains the word that must agree with it.

Tutorial: tutorials/09_what_it_writes.md
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .grammar import english, log_probability, sentences

KINDS = {"Verb": "verb", "Self": "pronoun", "Own": "pronoun", "Close": "pair"}
OTHER = {"sg": "pl", "pl": "sg",                                        # of a verb
         "man.sg": "woman.sg", "woman.sg": "man.sg", "animal.sg": "man.sg",  # of a pronoun
         "man.pl": "man.sg", "woman.pl": "woman.sg", "animal.pl": "animal.sg",
         "either": "if", "if": "either", "from": "between", "between": "from"}


class Agreement(NamedTuple):
    """A word whose form is decided by an earlier word, its cause."""
    position: int    # of the word in the split: all words, with an <eos> after each sentence
    right: str       # the word
    wrong: str       # its form for another number or gender, or another closing word
    distance: int    # position minus the cause's position; 1 = neighbours
    attractors: int  # nouns in between (for pairs: opening words) that would ask for `wrong`
    kind: str        # "verb", "pronoun" or "pair"


def agreements(split: str, seed: int = 1) -> list[Agreement]:
    """All Agreements in a split of the built-in language. The grammar never allows `wrong` in that place."""
    agreements, start = [], 0
    for words in sentences(split, seed=seed):
        agreements += [a._replace(position=start + a.position) for a in sentence_agreements(words)]
        start += len(words) + 1
    return agreements


def sentence_agreements(words: list[str]) -> list[Agreement]:
    """The Agreements of one sentence, with positions counted from its first word.

    This is the parser of `grammar._read`, but every symbol on the stack comes with the position of its
    cause. That is the noun or opening word at the head of the symbol's production; if there is none,
    it is the cause of the symbol that was replaced. Raises ValueError if the words are not a sentence.
    """
    log_probability(words)  # raises if they are not a sentence
    table, agreements = english().table, []
    stack: list[tuple[str, Any]] = [("Sentence", None)]
    asks: dict[int, str] = {}  # position of a noun or opening word -> the features that it asks for
    for position, word in enumerate(words):
        symbol, cause = stack.pop()
        while symbol != word:
            parts = table[symbol][word].parts
            if symbol.split(".")[0] in KINDS:
                agreements.append(_agreement(symbol, word, position, cause, asks))
            if parts and (parts[0][:5] == "Noun." or "Close." + parts[0] in table):
                cause, asks[position] = position, parts[0].removeprefix("Noun.")  # it is at the head of its production
            stack.extend((part, cause) for part in reversed(parts))
            symbol, cause = stack.pop()
    return agreements


def _agreement(symbol: str, word: str, position: int, cause: int, asks: dict[int, str]) -> Agreement:
    """The Agreement between `word`, which replaced `symbol`, and the word at position `cause`."""
    rules = english().rules
    features = asks[cause][-2:] if symbol[:4] == "Verb" else asks[cause]  # a verb needs only the number
    wrong = _asked(symbol, OTHER[features])
    rank = [production.parts for production in rules[symbol]].index((word,))  # the same for both symbols
    between = [asks[t] for t in range(cause + 1, position) if t in asks]
    attractors = sum(_asked(symbol, noun) == wrong for noun in between)
    return Agreement(position, word, rules[wrong][rank].parts[0], position - cause, attractors,
                     KINDS[symbol.split(".")[0]])


def forms() -> list[tuple[str, str, str]]:
    """[(kind, a form, the other form), ...]: all pairs of which an earlier word decides, beginning with is and are."""
    rules = english().rules
    pairs: dict[frozenset[str], tuple[str, str, str]] = {}
    verbs = sorted((symbol for symbol in rules if symbol[:5] == "Verb." and symbol[-3:] == ".sg"),
                   key=lambda symbol: symbol != "Verb.be.sg")
    others = [symbol for symbol in rules if symbol.split(".")[0] in KINDS.keys() - {"Verb"} and "." in symbol]
    for symbol in verbs + others:
        kind, _, features = symbol.partition(".")
        other = _asked(symbol, OTHER[features[-2:] if kind == "Verb" else features])
        for (_, (one,)), (_, (two,)) in zip(rules[symbol], rules[other]):
            pairs.setdefault(frozenset((one, two)), (KINDS[kind], one, two))
    return list(pairs.values())


def _asked(symbol: str, features: str) -> str:
    """The symbol that a noun or opening word with these features asks for, instead of `symbol`."""
    if symbol[:4] == "Verb":
        return symbol[:-2] + features[-2:]  # only the number counts
    return symbol.split(".")[0] + "." + features


BINS = {"1": (1, 1), "2-3": (2, 3), "4-6": (4, 6), "7-10": (7, 10), "11-15": (11, 15), "16+": (16, 10 ** 6)}


def by_distance(cases: Sequence[Agreement], right: Sequence[bool]) -> dict[str, tuple[float, int]]:
    """{bin of BINS: (share of right cases, number of cases)}, without empty bins."""
    shares = {}
    for name, (low, high) in BINS.items():
        inside = [ok for case, ok in zip(cases, right) if low <= case.distance <= high]
        if inside:
            shares[name] = (sum(inside) / len(inside), len(inside))
    return shares


def columns(cases: Sequence[Agreement], right: Sequence[bool]) -> dict[str, float]:
    """`by_distance` as columns of a log: {"agreement_2-3": share, ...}."""
    return {f"agreement_{name}": share for name, (share, _) in by_distance(cases, right).items()}
