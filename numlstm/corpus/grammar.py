"""The built-in corpus: a small language whose best possible perplexity is known.

On real text nobody knows how good a language model can get. Here it is known: every sentence is
drawn from a probabilistic grammar, so the probability of each next word, given the
words before it, can be computed. On average no model can do better than these
probabilities. Their perplexity on a text is its *floor*.

The floor is exact because the grammar is LL(1): the next word alone always tells which
alternative of a symbol was used, so a sentence has only one derivation. A parser that
keeps a stack of what must still come finds it from left to right and never goes back. A
word's probability is the product of the probabilities of the alternatives taken to reach
it. `build` refuses a grammar that is not LL(1).

Content words go together by meaning: letters are read, pears are eaten, only tools are
rusty. A model learns this word by word. Other choices depend on one word that may lie
far back; `agreement` lists them. Three sentences:

    the baker who every sister forgives mends his own coats
    my mice near your markets of the girl who your nurse thanks lick themselves
    if the riddles of my polite king are funny then my forged letters are long again

Tutorial: tutorials/01_text_to_windows.md
"""

import math
import random
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from . import language
from .text import EOS

SPLITS = ("train", "valid", "test")
TOKENS = {"train": 55_000, "valid": 11_000, "test": 11_000}  # the least number of tokens in a split


class Production(NamedTuple):
    """One alternative of a symbol: its probability and the parts that take its place."""
    probability: float
    parts: tuple[str, ...]


Rules = dict[str, list[Production]]
Table = dict[str, dict[str, Production]]


class Grammar(NamedTuple):
    """rules: symbol -> [Production, ...];  table: symbol -> {next word: Production}."""
    rules: Rules
    table: Table


def build(weights: dict[str, list]) -> Grammar:
    """A Grammar from {symbol: [(weight, parts), ...]}. Probabilities are the weights divided by their sum.

    "Sentence" is the start symbol. Raises ValueError if a weight is not positive, a symbol has no
    rule, derivations are infinite on average, or the grammar is not LL(1).
    """
    rules = {}
    for symbol, alternatives in weights.items():
        for weight, parts in alternatives:
            lost = [part for part in parts if part[0].isupper() and part not in weights]
            if lost:
                raise ValueError(f"{symbol} uses {', '.join(lost)}, which has no rule")
            if not weight > 0:
                raise ValueError(f"{symbol} has a weight of {weight}, which is not positive")
        total = math.fsum(weight for weight, _ in alternatives)  # fsum: the same on every Python
        rules[symbol] = [Production(weight / total, parts) for weight, parts in alternatives]
    expected(rules, lambda production: 1)  # raises where derivations are infinite
    return Grammar(rules, _table(rules))


def expected(rules: Rules, value: Callable[[Production], float]) -> float:
    """The mean over all sentences of the sum of value(production) over the derivation.

    If the value is the number of words, this is the mean length of a sentence; if it is -log p, this is the
    entropy of a sentence in nats. It iterates  mean[symbol] = sum of p * (value + means of the parts).
    That converges if and only if the matrix of expected parts has spectral radius < 1, that is,
    if derivations are finite on average. Raises ValueError where they are not.
    """
    own = {s: sum(p.probability * value(p) for p in rules[s]) for s in rules}
    inner = {s: [(p.probability, part) for p in rules[s] for part in p.parts if part in rules]
             for s in rules}
    mean = dict.fromkeys(rules, 0.0)
    for _ in range(1000):
        before = dict(mean)
        for symbol in reversed(rules):
            mean[symbol] = own[symbol] + sum(p * mean[part] for p, part in inner[symbol])
        if all(math.isclose(mean[s], before[s], rel_tol=1e-12) for s in rules):
            return mean["Sentence"]
    raise ValueError("the grammar's derivations are infinite on average")


def _table(rules: Rules) -> Table:
    """The LL(1) table, {symbol: {next word: the production to take}}, from the usual FIRST and FOLLOW sets.

    FIRST(symbol) holds the words that can begin it, and None if it can be empty. FOLLOW(symbol) holds the
    words that can come right after it. Both grow until a pass over all rules adds nothing.
    """
    first: dict[str, set] = {s: set() for s in rules}
    follow: dict[str, set] = {s: set() for s in rules}
    follow["Sentence"].add(EOS)

    def starts(part: str, after: set) -> set:
        """The words that may come first where `part` is followed by one of `after`."""
        words = first.get(part, {part})
        return words - {None} | after if None in words else words

    size, grown = 0, -1
    while size != grown:
        size, choices = grown, []
        for symbol, production in [(s, p) for s in rules for p in rules[s]]:
            # From right to left: `words` can begin the rest of the production, `after` can begin or follow it.
            words, after = {None}, follow[symbol]
            for part in reversed(production.parts):
                if part in rules:
                    follow[part] |= after
                words, after = starts(part, words), starts(part, after)
            first[symbol] |= words
            choices.append((symbol, production, after))
        grown = sum(map(len, [*first.values(), *follow.values()]))
    table: Table = {symbol: {} for symbol in rules}
    for symbol, production, after in choices:
        for word in after:
            if word in table[symbol]:
                raise ValueError(f"not LL(1): {word!r} begins two alternatives of {symbol}")
            table[symbol][word] = production
    return table


@cache
def english() -> Grammar:
    """The built-in Grammar (made on first use)."""
    return build(language.weights())


def vocabulary() -> list[str]:
    """The sorted list of the words of `english`, without <eos>."""
    rules = english().rules
    return sorted({x for s in rules for p in rules[s] for x in p.parts if x not in rules})


def sentences(split: str, grammar: Grammar | None = None, seed: int = 1) -> list[list[str]]:
    """The sentences of a split: a list of lists of words, without <eos>.

    Together with one <eos> per sentence they make TOKENS[split] tokens or a few more. They are the same on
    every machine: Python guarantees the sequence of random(). Raises ValueError for an unknown split.
    """
    if split not in SPLITS:
        raise ValueError(f"no split is called {split!r}: choose one of {', '.join(SPLITS)}")
    rules = (grammar or english()).rules
    rng, text, tokens = random.Random(3 * seed + SPLITS.index(split)), [], 0
    while tokens < TOKENS[split]:
        words, stack = [], ["Sentence"]
        while stack:
            symbol = stack.pop()
            if symbol not in rules:
                words.append(symbol)
                continue
            point = rng.random()
            for production in rules[symbol]:  # which production's share of [0, 1) holds the point?
                point -= production.probability
                if point < 0:
                    break
            stack.extend(reversed(production.parts))
        text.append(words)
        tokens += len(words) + 1
    return text


def _read(stack: list[str], word: str, table: Table) -> float:
    """Takes a word from the top of the stack, and returns its probability."""
    probability = 1.0
    while stack:
        symbol = stack.pop()
        if symbol == word:
            return probability
        if word not in table.get(symbol, ()):
            break
        probability *= table[symbol][word].probability
        stack.extend(reversed(table[symbol][word].parts))
    raise ValueError(f"the grammar does not allow {word!r} here")


def log_probability(sentence: Iterable[str], grammar: Grammar | None = None) -> list[float]:
    """A list of log p (nats) of each word, given those before it, and of <eos> at the end.

    Raises ValueError on a word, or an end, that the grammar does not allow there.
    """
    table, stack = (grammar or english()).table, [EOS, "Sentence"]
    return [math.log(_read(stack, word, table)) for word in [*sentence, EOS]]


def next_word_probabilities(prefix: Iterable[str], grammar: Grammar | None = None) -> dict[str, float]:
    """{word: probability} of what can follow the first words of a sentence; <eos> is its end.

    Raises ValueError if no sentence begins like this.
    """
    (rules, table), stack = grammar or english(), [EOS, "Sentence"]
    for word in prefix:
        _read(stack, word, table)
    if not stack:
        raise ValueError("nothing follows <eos>: give the words of one sentence")
    probabilities: dict[str, float] = {}
    paths = [(1.0, stack)]
    while paths:
        probability, (*rest, top) = paths.pop()
        if top not in rules:
            probabilities[top] = probabilities.get(top, 0.0) + probability
        for p, parts in rules.get(top, ()):
            paths.append((probability * p, [*rest, *reversed(parts)]))
    return probabilities


def floor_perplexity(split: str, grammar: Grammar | None = None, seed: int = 1) -> float:
    """The perplexity of the true probabilities on the text of a split.

    This is exp of the mean -log p over every word and <eos> except the very first word. A model reads
    the split as one stream, and the first token is the only one that it never predicts.
    """
    if grammar is None:
        return english_floor(split, seed)
    logs = [log for words in sentences(split, grammar, seed)
            for log in log_probability(words, grammar)][1:]
    return math.exp(-sum(logs) / len(logs))


@cache
def english_floor(split: str, seed: int) -> float:
    """`floor_perplexity` of the built-in language, computed only once: it is drawn after every epoch."""
    return floor_perplexity(split, english(), seed)


def beside_the_floor(value: float, split: str) -> str:
    """'; for this text the best possible is 14.11: 19.9% above it', for a perplexity on a split of the language."""
    floor = floor_perplexity(split)
    return f"; for this text the best possible is {floor:.2f}: {value / floor - 1:.1%} above it"
