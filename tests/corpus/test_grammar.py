"""The built-in corpus: is the grammar sound, is the floor exact, are the agreements right?"""

import hashlib
import math
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from numlstm.corpus import agreement, grammar, language
from numlstm.corpus.grammar import EOS, SPLITS

# A text that changes by one letter changes every number that was ever measured on it.
SHA256 = {
    "train": "ba7797ba37ec9bbd25fad39f43d46886db8b6da8245a09ad97e24abd8b26315f",
    "valid": "62903376bae50f02fa089bbfd0d220a2479eaf2b9d4addac4cf620efbe27b081",
    "test": "cad7648c8c7ccd02c50554e87b05b3897f31d16f78f892ae0eb011a0177d4c20",
}
TOY = {  # finite, with symbols that can be empty, also two in a row before a word
    "Sentence": [(3, ("the", "How", "Very", "Noun", "Verb")), (1, ("Name", "Verb", "Again"))],
    "How": [(2, ()), (1, ("old",)), (1, ("young",))],
    "Very": [(4, ()), (1, ("and", "red"))],
    "Noun": [(5, ("cat",)), (2, ("dog", "Where"))],
    "Where": [(1, ()), (1, ("near", "Name"))],
    "Name": [(1, ("ann",)), (2, ("bob",))],
    "Verb": [(1, ("sleeps",)), (3, ("eats",))],
    "Again": [(1, ()), (6, ("again",))],
}


@pytest.fixture(scope="module")
def text():
    return {split: grammar.sentences(split) for split in SPLITS}


@pytest.fixture(scope="module")
def agreements():
    return {split: agreement.agreements(split) for split in SPLITS}


def stream(sentences):
    return [word for words in sentences for word in [*words, EOS]]


def enumerate_sentences(rules, parts=("Sentence",)):
    """All (words, probability) that the parts can become: the grammar read without a parser."""
    if not parts:
        yield (), 1.0
    elif parts[0] not in rules:
        for words, p in enumerate_sentences(rules, parts[1:]):
            yield (parts[0], *words), p
    else:
        for production in rules[parts[0]]:
            for words, p in enumerate_sentences(rules, production.parts + parts[1:]):
                yield words, p * production.probability


# --- the grammar -------------------------------------------------------------


def test_probabilities_of_every_symbol_sum_to_one():
    for symbol, productions in grammar.english().rules.items():
        assert math.isclose(sum(p.probability for p in productions), 1.0), symbol
        assert all(p.probability > 0 for p in productions)


def test_every_symbol_is_used_and_every_word_is_a_plain_word():
    rules = grammar.english().rules
    used = {part for productions in rules.values() for p in productions for part in p.parts}
    assert set(rules) - used == {"Sentence"}
    assert all(word.isalpha() and word.islower() for word in grammar.vocabulary())


def test_a_word_class_has_no_word_twice():
    for symbol, productions in grammar.english().rules.items():
        assert len({p.parts for p in productions}) == len(productions), symbol


@pytest.mark.parametrize("weights, message", [
    ({"Sentence": [(1, ("a", "b")), (1, ("a", "c"))]}, "LL"),                  # common first word
    ({"Sentence": [(1, ("a",)), (1, ("a",))]}, "LL"),                          # twice the same
    ({"Sentence": [(1, ("B", "b")), (1, ("c",))], "B": [(1, ()), (1, ("b",))]}, "LL"),  # FOLLOW
    ({"Sentence": [(1, ("B", "C"))], "B": [(1, ()), (1, ("b",))],
      "C": [(1, ()), (1, ("b",))]}, "LL"),                                     # FOLLOW past empty
    ({"Sentence": [(1, ("B",)), (1, ())], "B": [(1, ()), (1, ("b",))]}, "LL"),  # empty in two ways
    ({"Sentence": [(1, ("Sentence", "a")), (9, ("b",))]}, "LL"),               # left recursion
    ({"Sentence": [(1, ("a", "Sentence", "Sentence")), (1, ("b",))]}, "infinite"),
    ({"Sentence": [(1, ("a", "Sentence"))]}, "infinite"),
    ({"Sentence": [(1, ("Sentence",))]}, "infinite"),
    ({"Sentence": [(1, ("Lost",))]}, "Lost"),
    ({"Sentence": [(1, ("a",)), (0, ("b",))]}, "positive"),
    ({"Sentence": [(1, ("a",)), (math.nan, ("b",))]}, "positive"),
])
def test_unsound_grammars_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        grammar.build(weights)


def test_expected_length_of_a_geometric_grammar():
    rules = grammar.build({"Sentence": [(3, ("a", "Sentence")), (1, ("b",))]}).rules
    assert math.isclose(grammar.expected(rules, lambda p: 1), 4.0, rel_tol=1e-9)


# --- the probabilities -------------------------------------------------------


def test_toy_sentences_are_unambiguous_and_their_probabilities_sum_to_one():
    found = list(enumerate_sentences(grammar.build(TOY).rules))
    assert len({words for words, _ in found}) == len(found)
    assert math.isclose(sum(p for _, p in found), 1.0)


def test_toy_log_probability_is_the_enumerated_one():
    toy = grammar.build(TOY)
    for words, p in enumerate_sentences(toy.rules):
        logs = grammar.log_probability(words, toy)
        assert len(logs) == len(words) + 1
        assert math.isclose(math.exp(sum(logs)), p)


def test_toy_next_word_is_the_ratio_of_prefix_sums():
    toy, prefix_sum = grammar.build(TOY), Counter()
    for words, p in enumerate_sentences(toy.rules):
        for n in range(len(words) + 2):
            prefix_sum[(*words, EOS)[:n]] += p
    for prefix in [prefix for prefix in prefix_sum if EOS not in prefix]:
        want = {longer[-1]: p / prefix_sum[prefix] for longer, p in prefix_sum.items()
                if longer[:-1] == prefix and longer}
        got = grammar.next_word_probabilities(prefix, toy)
        assert got == pytest.approx(want)


def test_toy_floor_is_that_of_the_enumerated_probabilities():
    toy = grammar.build(TOY)
    chance = dict(enumerate_sentences(toy.rules))
    sentences = grammar.sentences("valid", toy)
    total = sum(math.log(chance[tuple(words)]) for words in sentences)
    total -= math.log({"the": 3 / 4, "ann": 1 / 12, "bob": 2 / 12}[sentences[0][0]])
    want = math.exp(-total / (len(stream(sentences)) - 1))
    assert math.isclose(grammar.floor_perplexity("valid", toy), want)


def test_english_next_words_sum_to_one_and_agree_with_log_probability(text):
    for words in random.Random(0).sample(text["test"], 12):
        for n, log in enumerate(grammar.log_probability(words)):
            following = grammar.next_word_probabilities(words[:n])
            assert math.isclose(sum(following.values()), 1.0)
            assert math.isclose(math.log(following[[*words, EOS][n]]), log)


def test_entropy_and_length_of_the_text_are_as_expected(text):
    """The text's averages against the exact ones, which are computed without any text."""
    rules, sample = grammar.english().rules, [s for split in SPLITS for s in text[split]]

    def standard_error(values, mean):
        return math.sqrt(sum((v - mean) ** 2 for v in values)) / len(values)

    lengths = [len(words) for words in sample]
    length = grammar.expected(rules, lambda p: sum(part not in rules for part in p.parts))
    assert abs(sum(lengths) / len(lengths) - length) < 4 * standard_error(lengths, length)

    losses = [-sum(grammar.log_probability(words)) for words in sample]
    entropy = grammar.expected(rules, lambda p: -math.log(p.probability))
    assert abs(sum(losses) / len(losses) - entropy) < 4 * standard_error(losses, entropy)


def test_floor_leaves_out_the_first_token_only(text):
    logs = [log for words in text["valid"] for log in grammar.log_probability(words)]
    assert len(logs) == len(stream(text["valid"]))
    want = math.exp(-(sum(logs) - logs[0]) / (len(logs) - 1))
    assert math.isclose(grammar.floor_perplexity("valid"), want)


def test_floor_is_far_below_what_word_counts_reach(text):
    tokens = stream(text["train"])
    unigram = math.exp(-sum(n / len(tokens) * math.log(n / len(tokens))
                            for n in Counter(tokens).values()))
    for split in SPLITS:
        assert 12 < grammar.floor_perplexity(split) < 25
    assert unigram > 150


@pytest.mark.parametrize("sentence", [
    "", "the", "the king", "the king sleep", "king sleeps", "the kings sleeps",
    "the king sleeps the",
    "the dogs bites the king", "the king eats a letter", "the queen blames himself",
    "the key is sweet", "either the king sleeps", "if the king sleeps or the queen sings",
    "the king sleeps <eos>", "the xylophone sleeps", "the king Sentence",
])
def test_what_the_grammar_does_not_allow_raises(sentence):
    with pytest.raises(ValueError, match="does not allow"):
        grammar.log_probability(sentence.split())
    with pytest.raises(ValueError, match="does not allow"):
        grammar.next_word_probabilities([*sentence.split(), EOS, "the"])
    with pytest.raises(ValueError, match="does not allow"):
        agreement.sentence_agreements(sentence.split())


def test_nothing_follows_the_end():
    with pytest.raises(ValueError, match="nothing follows"):
        grammar.next_word_probabilities(["the", "king", "sleeps", EOS])


# --- the text ----------------------------------------------------------------


@pytest.mark.parametrize("split", SPLITS)
def test_text_is_pinned(text, split):
    letters = "".join(" ".join(words) + "\n" for words in text[split])
    assert hashlib.sha256(letters.encode()).hexdigest() == SHA256[split]


def test_seeds_and_splits_differ_and_repeat(text):
    assert grammar.sentences("valid") == text["valid"]
    assert grammar.sentences("valid", seed=2) != text["valid"] != text["test"]
    with pytest.raises(ValueError, match="dev"):
        grammar.sentences("dev")


def test_sample_file_is_the_beginning_of_the_training_text(text):
    path = Path(__file__).parents[2] / "data" / "grammar-sample.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines == [" ".join(words) for words in text["train"][:300]]


def test_sentences_of_the_docstring_are_in_the_training_text(text):
    lines = [line.strip() for line in grammar.__doc__.splitlines() if line.startswith("    ")]
    assert len(lines) == 3
    assert {" ".join(words) for words in text["train"]}.issuperset(lines)


def test_sizes(text):
    size = {split: len(stream(text[split])) for split in SPLITS}
    assert 50_000 <= size["train"] <= 60_000
    assert 10_000 <= size["valid"] <= 12_000 and 10_000 <= size["test"] <= 12_000
    assert 400 <= len(grammar.vocabulary()) <= 600


def test_every_word_occurs_in_the_training_text(text):
    assert sorted(set(stream(text["train"])) - {EOS}) == grammar.vocabulary()


def test_a_is_never_before_a_vowel(text):
    for split in SPLITS:
        tokens = stream(text[split])
        assert not [b for a, b in pairwise(tokens) if a == "a" and b[0] in "aeiou"]


@pytest.mark.parametrize("entry, forms", [
    ("cherry", "cherry cherries"), ("boy", "boy boys"), ("witch", "witch witches"),
    ("princess", "princess princesses"), ("potato", "potato potatoes"), ("shoe", "shoe shoes"),
    ("wolf/wolves", "wolf wolves"), ("wash", "wash washes"), ("obey", "obey obeys"),
])
def test_regular_forms(entry, forms):
    assert language._forms(entry) == tuple(forms.split())


# --- agreement ---------------------------------------------------------------


@pytest.mark.parametrize("sentence, want", [
    ("the key that every monk near the castles hides is rusty",
     [(8, "hides", "hide", 4, 1, "verb"), (9, "is", "are", 8, 1, "verb")]),
    ("the queen who the kings visit admires some girls and blames herself",
     [(5, "visit", "visits", 1, 0, "verb"), (6, "admires", "admire", 5, 1, "verb"),
      (10, "blames", "blame", 9, 2, "verb"), (11, "herself", "himself", 10, 0, "pronoun")]),
    ("the queen who a king visits blames herself",
     [(5, "visits", "visit", 1, 0, "verb"), (6, "blames", "blame", 5, 0, "verb"),
      (7, "herself", "himself", 6, 1, "pronoun")]),
    ("my dogs steal their own pies",
     [(2, "steal", "steals", 1, 0, "verb"), (3, "their", "its", 2, 0, "pronoun")]),
    ("if either a boy sleeps or some cats growl then the king walks from the mill to a river",
     [(4, "sleeps", "sleep", 1, 0, "verb"), (5, "or", "then", 4, 0, "pair"),
      (8, "growl", "growls", 1, 0, "verb"), (9, "then", "or", 9, 1, "pair"),
      (12, "walks", "walk", 1, 0, "verb"), (16, "to", "and", 3, 0, "pair")]),
    ("the king sits between the towers and the mill and sends a letter to the queen",
     [(2, "sits", "sit", 1, 0, "verb"), (6, "and", "to", 3, 0, "pair"),
      (10, "sends", "send", 9, 1, "verb")]),
])
def test_agreements_of_hand_written_sentences(sentence, want):
    assert [tuple(a) for a in agreement.sentence_agreements(sentence.split())] == want


def test_the_wrong_form_is_always_impossible(text, agreements):
    vocabulary = set(grammar.vocabulary())
    for split in SPLITS:
        starts, tokens = [], stream(text[split])
        for words in text[split]:
            starts += [len(starts)] * (len(words) + 1)  # of each token: where its sentence begins
        assert len(agreements[split]) > 1000
        for a in agreements[split]:
            assert tokens[a.position] == a.right != a.wrong
            assert {a.right, a.wrong} <= vocabulary
            assert 1 <= a.distance <= a.position - starts[a.position]
            stack = [EOS, "Sentence"]
            for word in tokens[starts[a.position]:a.position]:
                grammar._read(stack, word, grammar.english().table)
            with pytest.raises(ValueError, match="does not allow"):
                grammar._read(stack, a.wrong, grammar.english().table)


def test_every_finite_verb_and_pronoun_is_listed(text, agreements):
    """Counted without the parser: these words have one use only."""
    for split in SPLITS:
        tokens, found = stream(text[split]), Counter(a.right for a in agreements[split])
        for word in ("is", "are", "himself", "herself", "themselves", "his", "or", "then"):
            assert found[word] == tokens.count(word) > 0


def test_distances_from_1_to_15_are_frequent(agreements):
    train = Counter(a.distance for a in agreements["train"])
    both = Counter(a.distance for split in ("valid", "test") for a in agreements[split])
    assert min(train[d] for d in range(1, 16)) >= 50
    assert min(both[d] for d in range(1, 16)) >= 20
    assert {a.kind for a in agreements["test"]} == {"verb", "pronoun", "pair"}
    assert sum(a.attractors > 0 for a in agreements["test"]) >= 200
