"""Text to words, words to numbers, streams to columns and windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numlstm.corpus import data, sources, text
from numlstm.errors import UserError


def letters(stream):
    return ["".join(chr(ord("a") + n) for n in row) for row in stream]


def test_columns_and_windows_are_those_of_the_docstring():
    cols = data.columns(np.arange(26), 4)
    assert letters(cols.T) == ["abcdef", "ghijkl", "mnopqr", "stuvwx"]
    assert data.window_count(cols, 3) == 2
    x, y = data.window(cols, 3, 0)
    assert (letters(x.T), letters(y.T)) == (["abc", "ghi", "mno", "stu"], ["bcd", "hij", "nop", "tuv"])
    x, y = data.window(cols, 3, 1)
    assert (letters(x.T), letters(y.T)) == (["de", "jk", "pq", "vw"], ["ef", "kl", "qr", "wx"])


@given(st.integers(2, 200), st.integers(1, 20), st.integers(1, 30))
def test_windows_predict_every_word_of_a_column_but_the_first_once_and_in_order(length, B, T):
    if length // B < 2:
        return
    cols = data.columns(np.arange(length), B)
    windows = [data.window(cols, T, n) for n in range(data.window_count(cols, T))]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in windows]), cols[:-1])
    np.testing.assert_array_equal(np.concatenate([y for _, y in windows]), cols[1:])
    np.testing.assert_array_equal(cols.T.ravel(), np.arange(length // B * B))


@given(st.integers(0, 100), st.integers(1, 20), st.integers(1, 20))
def test_a_text_too_short_names_a_batch_that_works(length, B, T):
    if length // B >= T + 1:
        data.columns(np.zeros(length), B, T)
        return
    with pytest.raises(UserError, match="too short") as error:
        data.columns(np.zeros(length), B, T)
    message = str(error.value)
    if "--batch" in message.partition(": ")[2]:
        largest = int(message.split("--batch ")[1].split()[0])
        data.columns(np.zeros(length), largest, T)
        assert length // (largest + 1) < T + 1, "it is the largest that works"


def test_vocabulary_is_by_frequency_then_alphabet():
    words = "b a b c a <eos> d <eos> a".split()
    assert text.build_vocabulary(words) == ["a", "<eos>", "b", "c", "d", "<unk>"]
    assert text.build_vocabulary(words, size=4) == ["a", "<eos>", "b", "<unk>"]
    assert text.build_vocabulary(words, at_least=2) == ["a", "<eos>", "b", "<unk>"]
    assert text.encode(["a", "zork", "d"], ["a", "<eos>", "<unk>", "d"]).tolist() == [0, 2, 3]
    with pytest.raises(UserError, match="--vocab-size"):
        text.build_vocabulary(words, size=2)


def test_raw_words_follow_the_documented_rule():
    lines = ["Don't pay $1,000.50 -- it's a well-known trick!", "  ", "Ärger: café’s <unk>"]
    assert text.raw_words(lines) == [
        "don't", "pay", "$", "1,000.50", "-", "-", "it's", "a", "well-known", "trick", "!", "<eos>",
        "ärger", ":", "café’s", "<unk>", "<eos>"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", ["", "END"])
def test_line_ends_and_byte_order_mark_change_nothing(line_end, mark, last, tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes((mark + "a b" + line_end + "ü" + last.replace("END", line_end)).encode())
    assert sources.read_lines(path) == ["a b", "ü"]


def folder_of(tmp_path, **files):
    for name, content in files.items():
        (tmp_path / f"my.{name}.txt").write_text(content, encoding="utf-8")
    return tmp_path


def test_a_folder_of_prepared_text(tmp_path):
    corpus = data.load(str(folder_of(tmp_path, train="A b\nb\n", valid="b zork\n", test="A\n\n")))
    assert corpus.vocabulary == ["<eos>", "b", "A", "<unk>"]
    assert corpus.train.tolist() == [2, 1, 0, 1, 0]
    assert (corpus.valid.tolist(), corpus.test.tolist()) == ([1, 3, 0], [2, 0, 0])
    assert corpus.reading == text.Reading("blanks", ends="lines")


def test_a_folder_without_one_of_its_files(tmp_path):
    with pytest.raises(UserError, match="exactly one file with 'valid'"):
        data.load(str(folder_of(tmp_path, train="a", test="a")))


def test_a_single_file_is_split_at_the_ends_of_lines_and_rare_words_are_unknown(text_file):
    corpus = data.load(str(text_file))
    assert corpus.reading == text.Reading("words", ends="lines")
    assert [int(np.sum(stream == corpus.vocabulary.index("<eos>"))) for stream in
            (corpus.train, corpus.valid, corpus.test)] == [360, 20, 20]
    assert not any("rare" in word for word in corpus.vocabulary)
    assert np.sum(corpus.train == corpus.vocabulary.index("<unk>")) == 8
    assert len(data.load(str(text_file), vocab_size=5).vocabulary) == 5


def test_the_fingerprint_is_that_of_the_text(text_file):
    before = data.load(str(text_file)).fingerprint
    assert data.load(str(text_file)).fingerprint == before
    assert data.load(str(text_file), vocab_size=5).fingerprint != before
    lines = text_file.read_text(encoding="utf-8").split("\n")
    lines[100] = lines[100].replace(lines[100].split()[0], "sees" if lines[100].split()[0] != "sees" else "dog", 1)
    text_file.write_text("\n".join(lines), encoding="utf-8")
    assert data.load(str(text_file)).fingerprint != before


@pytest.mark.parametrize("raw, fingerprint", [
    (True, "968d616f130014d98c2cca6b3df55c00a4aca3e33ab790181fd5b16dc6505d35"),
    (False, "f086299607d0ac0cd25b0e8b9136773bc4ca62e6803e120b52e37ec2053d4194")])
def test_a_text_is_read_as_numlstm_0_1_read_it(raw, fingerprint, tmp_path):
    """So that its runs can be resumed and evaluated. The fingerprints are those that it computed of these texts."""
    content = "\n".join(f"The cat{n % 7} sees हिन्दी e\u0301t {'a long line ' * (n % 5)}, İt" for n in range(60))
    if raw:
        (tmp_path / "x.txt").write_text(content, encoding="utf-8")
    else:
        folder_of(tmp_path, train=content, valid=content[:400], test=content[-500:])
    old = text.reading_of({"raw": raw})
    assert data.load(tmp_path / "x.txt" if raw else tmp_path, reading=old).fingerprint == fingerprint
    assert data.load(tmp_path / "x.txt" if raw else tmp_path).fingerprint != fingerprint


@pytest.mark.parametrize("content, message", [
    (b"", "empty"), (b" \n\t\n", "empty"), (b"ok\n\xff\xfe bad", "not UTF-8"), (b"one\ntwo\n", "too few")])
def test_files_that_are_no_good(content, message, tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        data.load(str(path))


def test_a_corpus_that_does_not_exist():
    with pytest.raises(UserError, match="no corpus, folder or file called nowhere"):
        data.load("nowhere")


def test_the_built_in_corpus_needs_nothing():
    corpus = data.load()
    assert corpus.name == "grammar" and min(map(len, (corpus.train, corpus.valid, corpus.test))) > 5000
    assert corpus.train.max() < len(corpus.vocabulary)
    assert corpus.vocabulary.index("<unk>") not in np.concatenate([corpus.train, corpus.valid, corpus.test])


def test_penn_treebanks_counts(ptb_folder):
    corpus = data.load(str(ptb_folder))
    assert len(corpus.vocabulary) == 10_000
    assert [len(stream) for stream in (corpus.train, corpus.valid, corpus.test)] == [929_589, 73_760, 82_430]
