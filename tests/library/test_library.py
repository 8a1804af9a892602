"""numlstm in Python: what a network says equals an independent computation, and nothing around it changes."""

import csv
import io
import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

import numlstm
from numlstm import evaluate, generate, train
from numlstm.corpus.text import EOS, UNK
from numlstm.learning.sample import next_word
from numlstm.runs import checkpoint

SENTENCE = "the keys that the king hides are rusty"


@pytest.fixture(scope="module")
def net():
    return numlstm.load()


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def by_hand(net, words):
    """log2 of the probabilities (words, V) before each word, and the states after it: a loop in float64."""
    P = {name: array.astype(float) for name, array in net.params.items()}
    L, H = net.config.layers, net.config.hidden
    h, c, found, states = np.zeros((L, H)), np.zeros((L, H)), [], []
    for word in [EOS, *words]:
        x = P["embedding"][net.vocabulary.index(word if word in net.vocabulary else UNK)]
        for n in range(L):
            a = x @ P[f"lstm{n + 1}.Wx"] + h[n] @ P[f"lstm{n + 1}.Wh"] + P[f"lstm{n + 1}.b"]
            i, f, o, g = sigmoid(a[:H]), sigmoid(a[H:2 * H]), sigmoid(a[2 * H:3 * H]), np.tanh(a[3 * H:])
            c[n] = f * c[n] + i * g
            x = h[n] = o * np.tanh(c[n])
        logits = x @ P["softmax.W"] + P["softmax.b"]
        found.append((logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())) / np.log(2))
        states.append((h.copy(), c.copy()))
    return np.array(found[:-1]), np.array(found[-1]), states[1:]


def test_reading_equals_an_independent_computation(net):
    words = [*SENTENCE.split(), "xylophone", "rusty"]
    rows = net.read(" ".join(words))
    log2, _, states = by_hand(net, words)
    for row, word, expected in zip(rows, words, log2, strict=True):
        number = net.vocabulary.index(word) if word in net.vocabulary else net.vocabulary.index(UNK)
        assert (row.word, row.known) == (word, word != "xylophone")
        assert row.surprisal == pytest.approx(-expected[number], abs=1e-4)
        assert row.probability == pytest.approx(2 ** expected[number], rel=1e-4)
        assert row.rank == 1 + (expected > expected[number]).sum()
        assert row.entropy == pytest.approx(-(2 ** expected * expected).sum(), abs=1e-4)
    found = net.states(" ".join(words))
    for n, part in enumerate(("h", "c")):
        assert found[part].shape == (len(words), 2, 64)
        np.testing.assert_allclose(found[part], [state[n] for state in states], atol=1e-5)


def test_the_next_words(net):
    _, expected, _ = by_hand(net, SENTENCE.split()[:6])
    best = np.argsort(-expected)[:4]
    found = net.next("the keys that the king hides", 4)
    assert [word for word, _ in found] == [net.vocabulary[n] for n in best]
    np.testing.assert_allclose([p for _, p in found], 2 ** expected[best], rtol=1e-4)
    assert sum(p for _, p in net.next("", 10_000)) == pytest.approx(1, abs=1e-5)


def test_perplexity_of_texts_files_and_lines(net, tmp_path):
    lines = [SENTENCE, "the dog hides her"]
    (tmp_path / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    words = " <eos> ".join(lines).split() + [EOS]
    log2 = by_hand(net, words)[0]
    numbers = [net.vocabulary.index(word) if word in net.vocabulary else net.vocabulary.index(UNK) for word in words]
    expected = 2 ** -np.mean(log2[np.arange(len(words)), numbers])
    for text in ("\n".join(lines), lines, tmp_path / "text.txt"):
        assert net.perplexity(text) == pytest.approx(expected, rel=1e-5)
    rows = numlstm.Rows(net.read("\n".join([*lines, "x"]))[:-1])
    assert rows.perplexity() == pytest.approx(expected, rel=1e-5)
    with pytest.raises(numlstm.UserError, match="no word"):
        net.perplexity("")


def test_rows_are_plain_and_show_themselves(net):
    rows = net.read("the <b> king")
    assert isinstance(rows, list) and rows[0]._asdict()["word"] == "the" and net.read("") == []
    assert all(type(value) in (str, bool, float, int) for row in rows for value in row)
    page = rows._repr_html_()
    assert "&lt;b&gt;" in page and page.count("<span") == len(rows) and "bits" in page


def test_writing(net):
    text = net.write("the keys", words=30, temperature=0.7, seed=3)
    assert text == net.write("the keys", words=30, temperature=0.7, seed=3) != net.write("the keys", words=30, seed=4)
    assert text.startswith("the keys") and len(text.replace("\n", " <eos> ").split()) in (31, 32)
    likeliest = net.write("the keys that the king", words=1, temperature=0)
    assert likeliest.split()[5:] in ([], [net.next("the keys that the king", 1)[0][0]])
    assert net.write("the keys", words=20, top_p=1e-9, seed=7) == net.write("the keys", words=20, temperature=0)


def test_a_line_end_in_a_prompt_ends_a_sentence(net):
    one, two = (net.write(prompt, words=8, temperature=0) for prompt in ("the dog\nthe", "the dog the"))
    assert one.startswith("the dog\nthe") and one != two


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=9), st.floats(0.05, 1), st.integers(0, 99))
def test_top_p_draws_among_the_likeliest_alone(logits, p, seed):
    logits = np.array(logits)
    drawn = next_word(logits, np.random.default_rng(seed), top_p=p)
    probs = np.exp(logits) / np.exp(logits).sum()
    assert probs[probs > probs[drawn]].sum() < p + 1e-9


def test_banned_words_do_not_count_among_the_likeliest(rng):
    logits = np.array([3.0, 2.0, 1.0, 0.0])
    assert {next_word(logits, rng, top_k=2, banned=[0]) for _ in range(60)} == {1, 2}
    assert {next_word(logits, rng, top_p=0.5, banned=[0]) for _ in range(60)} == {1}


# --- fit and save -----------------------------------------------------------------------------------

def test_fit_trains_as_the_command_does(in_tmp, text_file, capsys):
    fitted = numlstm.fit(text_file, "tiny", hidden=8, epochs=2, dropout=0.2, threads=1, progress=True)
    captured = capsys.readouterr()
    assert captured.out == "" and "epoch  2/2" in captured.err
    train.main(["--size", "tiny", "--data", str(text_file), "--hidden", "8", "--epochs", "2", "--dropout", "0.2",
                "--threads", "1", "--name", "x"])
    trained = numlstm.load("runs/x")
    assert fitted.vocabulary == trained.vocabulary and fitted.config == trained.config
    for name, array in trained.params.items():
        np.testing.assert_array_equal(fitted.params[name], array)


def test_characters(text_file):
    fitted = numlstm.fit(text_file, "tiny", hidden=8, epochs=1, tokens="characters", threads=1)
    assert [row.word for row in fitted.read("a dog")] == list("a dog") and " " in fitted.vocabulary
    assert fitted.write("the", words=5).startswith("the")


def test_wrong_names_are_errors_with_a_way_out(text_file):
    for call, part in ((lambda: numlstm.fit(text_file, "smal"), "did you mean 'small'"),
                       (lambda: numlstm.fit(text_file, dropuot=0.5), "did you mean 'dropout'"),
                       (lambda: numlstm.fit(text_file, "tiny", dropout=2.0), "--dropout must be"),
                       (lambda: numlstm.load("runs/none"), "no checkpoint")):
        with pytest.raises(numlstm.UserError, match=part):
            call()
    with pytest.raises(AttributeError):
        numlstm.lod  # noqa: B018


def test_a_file_for_others_says_nothing_of_this_computer(in_tmp, text_file):
    train.main(["--size", "tiny", "--data", str(text_file), "--hidden", "8", "--epochs", "1", "--backend", "numpy",
                "--name", "x"])
    net = numlstm.load("runs/x")
    checksum = net.save("shared.npz")
    content = Path("shared.npz").read_bytes()
    assert str(text_file).encode() not in content and text_file.parent.name.encode() not in content
    assert len(content) <= Path("runs/x/checkpoint.npz").stat().st_size
    import hashlib
    assert hashlib.sha256(content).hexdigest() == checksum
    other = numlstm.load("shared.npz")
    assert other.read("the dog") == net.read("the dog") and checkpoint.load("shared.npz").state.log == []
    evaluate.main(["shared.npz", "--data", str(text_file)])


# --- nothing around it changes ------------------------------------------------------------------------

def surroundings():
    return (os.getcwd(), sys.excepthook, signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM),
            np.geterr(), [library["num_threads"] for library in threadpool_info()], sys.argv[:], dict(os.environ))


def test_nothing_global_changes(net, in_tmp, text_file):
    before = surroundings()
    net.read(SENTENCE)
    net.write("the", words=3)
    numlstm.fit(text_file, "tiny", hidden=4, epochs=1)
    assert surroundings() == before and list(in_tmp.iterdir()) == [text_file]


def test_threads_and_pickles(net):
    expected = net.read(SENTENCE)
    with ThreadPoolExecutor(4) as threads:
        assert all(found == expected for found in threads.map(net.read, [SENTENCE] * 8))
    assert pickle.loads(pickle.dumps(net)).read(SENTENCE) == expected


def test_importing_numlstm_imports_nothing_large():
    code = ("import sys, numlstm; assert not {'numpy', 'numba', 'regex'} & set(sys.modules); "
            "assert {'load', 'fit', 'UserError'} <= set(dir(numlstm)); numlstm.load; assert 'numba' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)


# --- the commands -------------------------------------------------------------------------------------

@pytest.fixture
def saved(net, in_tmp):
    net.save("net.npz")
    return "net.npz"


@pytest.mark.parametrize("apart", [[], ["--per-line"]])
def test_the_table_of_another_text(apart, saved, net, capsys):
    lines = [SENTENCE, "", "the xylophone hides her"]
    Path("other.txt").write_text("\n".join(lines), encoding="utf-8")
    evaluate.main([saved, "--text", "other.txt", "--table", "words.csv", "--backend", "numpy", *apart])
    out = capsys.readouterr().out
    with open("words.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["place"], row["word"]) for row in rows[7:11]] == [
        ("1", "8", "rusty"), ("1", "9", EOS), ("2", "1", EOS), ("3", "1", "the")]
    bits = [float(row["surprisal"]) for row in rows]
    assert f"perplexity {2 ** np.mean(bits):.3f} ({len(rows)} predictions" in out and "unknown words: 6.7%" in out
    whole = [row.surprisal for row in net.read("\n".join(lines))]
    np.testing.assert_allclose(bits[:8], whole[:8], rtol=1e-5)
    again = [row.surprisal for row in net.read(lines[2])]
    assert np.allclose(bits[10:14], again, rtol=1e-5) == bool(apart), "forgotten, or carried on"


def test_standard_input_and_what_goes_together(saved, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"the dog hides her\n"), encoding="utf-8"))
    evaluate.main([saved, "--text", "-", "--backend", "numpy"])
    assert "(5 predictions" in capsys.readouterr().out
    for arguments, part in ((["--table", "x.csv"], "go with --text"), (["--text", "nowhere.txt"], "nowhere.txt")):
        with pytest.raises(numlstm.UserError, match=part):
            evaluate.main([saved, *arguments])


def test_generate_writes_what_the_library_writes(saved, net, capsys, monkeypatch):
    Path("prompt.txt").write_text("the dog\nthe keys", encoding="utf-8")
    generate.main([saved, "--prompt-file", "prompt.txt", "--words", "9", "--top-p", "0.9", "--samples", "2",
                   "--backend", "numpy"])
    expected = [net.write("the dog\nthe keys", 9, top_p=0.9, seed=seed) for seed in (1, 2)]
    assert capsys.readouterr().out == "\n\n".join(expected) + "\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"the dog\nthe keys"), encoding="utf-8"))
    generate.main([saved, "--prompt-file", "-", "--words", "9", "--top-p", "0.9", "--samples", "2", "--backend",
                   "numpy"])
    assert capsys.readouterr().out == "\n\n".join(expected) + "\n"
    with pytest.raises(numlstm.UserError, match="together"):
        generate.main([saved, "--prompt-file", "prompt.txt", "--prompt", "x"])
