"""How one text is cut into three, where <eos> stands, what can't be learned from, and what is said of a text."""

import textwrap

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from numlstm.corpus import data, shapes, summary
from numlstm.corpus.text import Reading, build_vocabulary
from numlstm.errors import UserError


@given(st.integers(40, 400), st.sets(st.integers(1, 400)))
@example(211, {195})
def test_a_text_is_cut_near_90_and_95_percent_at_ends_of_lines_if_any_is_near(N, ends):
    ends = sorted({end for end in ends if end < N} | {N})
    stream = np.arange(N)
    train, valid, test = shapes.by_words(stream, np.array(ends), "x")
    np.testing.assert_array_equal(np.concatenate([train, valid, test]), stream)
    assert min(len(valid), len(test)) >= 2
    for cut, share in ((len(train), 0.9), (len(train) + len(valid), 0.95)):
        assert abs(cut - round(share * N)) <= max(0, N / 40 - 1.5)
        if cut not in ends:
            assert min(abs(end - round(share * N)) for end in ends) > N / 40 - 1.5 and cut == round(share * N)


def one(words, **options):
    return data.one_text("x", words, None, Reading(**options))


def test_a_whole_book_on_one_line():
    corpus = one(["the cat sees the dog and the dog sees a cat, too. " * 50])
    assert [len(part) for part in (corpus.train, corpus.valid, corpus.test)] == [631, 35, 35]


def test_long_and_short_lines_are_cut_by_words_and_not_by_lines():
    corpus = one(["a"] * 100 + ["a b c d e f g h " * 10] * 100)
    assert 0.88 < len(corpus.train) / 8300 < 0.92 and corpus.train[-1] == corpus.vocabulary.index("<eos>")


PROSE = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness. "


@pytest.mark.parametrize("width", [60, 65, 72, 80])
def test_wrapped_lines_are_read_as_paragraphs(width):
    lines = []
    for n in range(10):
        lines += [*textwrap.wrap(PROSE * (1 + n % 3), width), ""]
    wrapped, unwrapped = one(lines), one([PROSE * (1 + n % 3) for n in range(10)])
    assert wrapped.reading.ends == "paragraphs" and wrapped.fingerprint == unwrapped.fingerprint
    assert one(lines, ends="lines").reading.ends == "lines"
    assert one(lines, tokens="characters").reading.ends == "lines"
    assert "ends of paragraphs" in summary.summary(wrapped) and "paragraphs" not in summary.summary(unwrapped)


@pytest.mark.parametrize("lines", [
    ["Shall I compare thee to a summer’s day?", "Thou art more lovely and more temperate:", ""] * 20,  # verse
    ["Sing, O goddess, of all the wrath", "that Achilles, the son of Peleus, felt, which brought a thousand woes",
     "upon all the Greeks, and sent to the shades", "many a brave soul of heroes, and gave them as prey to the dogs",
     ""] * 20,
    ["A sentence in each line is what Penn Treebank has, whatever its length may be.", "So it is."] * 20,
    [PROSE * 3, "", PROSE * 2, ""] * 20])
def test_other_lines_are_not_wrapped(lines):
    assert not shapes.wrapped(lines) and one(lines).reading.ends == "lines"


def test_paragraphs_can_be_asked_for():
    corpus = one(["a b", "a b", "", "", "b a", ""] * 30, ends="paragraphs")
    assert np.sum(np.concatenate(corpus[2:5]) == corpus.vocabulary.index("<eos>")) == 60


# --- characters -----------------------------------------------------------------------------------

def test_characters_are_counted_as_char_rnn_counts_them():
    """Line ends and blanks are characters; capital letters stay."""
    text = "The Cat\n\nsat.\n" * 40
    corpus = one(text.split("\n")[:-1], tokens="characters")
    assert sum(map(len, corpus[2:5])) == len(text)
    assert {token if token != "<eos>" else "\n" for token in corpus.vocabulary} - {"<unk>"} == set(text)


def test_the_vocabulary_from_a_stream_is_that_of_the_training_words():
    corpus = one(["a b b c d d d"] * 30)
    words = [corpus.vocabulary[n] for n in corpus.train]
    assert corpus.vocabulary == build_vocabulary(words)


# --- nothing to learn, little to learn --------------------------------------------------------------

@pytest.mark.parametrize("lines, part", [
    ([f"name{n}" for n in range(3000)], "no word occurs twice in its training part.*--tokens characters"),
    (["春眠不覺曉", "處處聞啼鳥", "夜來風雨聲", "花落知多少"] + [4 * chr(0x4e00 + n) for n in range(60)],
     "no word occurs"),
    (["a b c"] * 5, "has 20 words.*too few")])
def test_a_text_from_which_nothing_can_be_learned(lines, part):
    with pytest.raises(UserError, match=part):
        one(lines)


def test_names_can_be_learned_letter_by_letter():
    corpus = one([f"name{n}" for n in range(3000)], tokens="characters")
    assert len(corpus.vocabulary) == 4 + 10 + 2 and not summary.warnings(corpus)


def test_many_unknown_words_are_warned_of():
    lines = [f"the w{n} of x{n}" for n in range(100)]
    corpus = one(lines)
    assert summary.unknown_shares(corpus)["train"] == pytest.approx(0.4)
    assert "40% of the training words are <unk>" in summary.warnings(corpus)[0]
    assert "--tokens characters" in summary.warnings(corpus)[0]
    assert summary.summary(corpus) == ("x: 450 words for training, 25 for validation, 25 for test; 4 different; "
                                       "<unk>: 40.0%, 40.0%, 40.0%")


def test_words_that_the_training_text_lacks(tmp_path):
    for name, text in {"train": "a b\n" * 9, "valid": "a z\ny\n", "test": "z b\n"}.items():
        (tmp_path / f"{name}.txt").write_text(text)
    [line] = summary.warnings(data.load(tmp_path))
    assert "2 words of the validation text and 1 of the test text" in line and "never seen" in line


def test_the_built_in_language_is_read_as_it_is():
    with pytest.raises(UserError, match="--tokens"):
        data.load("grammar", reading=Reading("characters"))
    corpus = data.load()
    assert "55,001 words for training" in summary.summary(corpus) and "no <unk>" in summary.summary(corpus)
    assert summary.warnings(corpus) == []
