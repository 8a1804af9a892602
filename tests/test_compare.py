"""The experiment: agreement measured right, arms told apart, stopped and resumed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from numlstm import compare, evaluate, train
from numlstm.corpus import agreement, data, grammar
from numlstm.errors import UserError
from numlstm.learning import evaluation
from numlstm.many import comparison
from numlstm.network.backend import NUMPY
from numlstm.report import inputs
from numlstm.report.experiments import comparison_table
from numlstm.runs import files, folders

# --- what is measured -----------------------------------------------------------------------------

class Oracle:
    """Stands for a model: gives words the grammar's own probabilities, or a choice of wrong ones."""

    def __init__(self, stream, vocabulary, wrong=()):
        self.rows, sentence = [], []
        number = {word: n for n, word in enumerate(vocabulary)}
        for n in stream[:-1]:
            word = vocabulary[n]
            sentence = [] if word == "<eos>" else [*sentence, word]
            row = np.zeros(len(vocabulary))
            for following, p in grammar.next_word_probabilities(sentence).items():
                row[number[following]] = p
            self.rows.append(row[::-1] if len(self.rows) + 1 in wrong else row)

    def predictions(self, *args, **options):
        for start in range(0, len(self.rows), 7):
            probs = np.array(self.rows[start:start + 7])[:, None]
            yield None, probs


def test_the_grammar_itself_agrees_always(monkeypatch):
    corpus, cases = data.load(), agreement.agreements("test")[:300]
    stream = corpus.test[:cases[-1].position + 5]
    monkeypatch.setattr(evaluation, "predictions", Oracle(stream, corpus.vocabulary).predictions)
    assert all(evaluation.right_choices(None, corpus.vocabulary, stream, cases, NUMPY))


def test_a_wrong_choice_is_counted_at_its_place(monkeypatch):
    corpus, cases = data.load(), agreement.agreements("test")[:50]
    stream = corpus.test[:cases[-1].position + 5]
    oracle = Oracle(stream, corpus.vocabulary)
    wrong = cases[20]
    row = oracle.rows[wrong.position - 1]
    numbers = [corpus.vocabulary.index(word) for word in (wrong.right, wrong.wrong)]
    row[numbers] = row[numbers[::-1]]
    monkeypatch.setattr(evaluation, "predictions", oracle.predictions)
    right = evaluation.right_choices(None, corpus.vocabulary, stream, cases, NUMPY)
    assert [n for n, ok in enumerate(right) if not ok] == [20]


def test_bins_of_distances():
    cases = [agreement.Agreement(0, "a", "b", distance, 0, "verb") for distance in (1, 2, 3, 3, 16, 400)]
    assert agreement.by_distance(cases, [True, True, False, False, True, False]) == {
        "1": (1, 1), "2-3": (1 / 3, 3), "16+": (0.5, 2)}
    lows, highs = zip(*agreement.BINS.values())
    assert lows[1:] == tuple(high + 1 for high in highs[:-1]), "no distance is left out or counted twice"


def test_no_model_is_better_than_the_grammar(in_tmp):
    train.main(["--size", "tiny", "--lr", "2", "--hidden", "64", "--epochs", "2", "--name", "x"])
    saved, corpus = folders.load_run("runs/x")
    for split in ("valid", "test"):
        value, _ = evaluation.perplexity(saved.state.params, getattr(corpus, split), NUMPY)
        assert grammar.floor_perplexity(split) < value < 60


# --- the command --------------------------------------------------------------------------------

QUICK = ["--hidden", "5", "--epochs", "1", "--words", "3000", "--seeds", "2", "--jobs", "2", "--name", "c",
         "--arms", "recurrent-h", "paper"]


def test_the_command_makes_table_and_picture_and_skips_what_is_done(in_tmp, capsys):
    assert compare.main(QUICK) == 0
    first = capsys.readouterr().out
    folder = in_tmp / "runs/c"
    rows = inputs.read_comparison(folder / "results.csv")
    arms = "paper", "recurrent-h"
    assert [(row["arm"], row["seed"]) for row in rows] == [(arm, seed) for arm in arms for seed in (1, 2)]
    assert (table := comparison_table(rows)) in first
    assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == [
        f"| {comparison.ARMS[arm].title}" for arm in arms]
    assert (folder / "compare.png").read_bytes().startswith(b"\x89PNG")
    perplexities = {row["test_perplexity"] for row in rows}
    assert len(perplexities) == 4, "every arm and seed is another network"
    before = (folder / "paper-seed2/checkpoint.npz").read_bytes()
    compare.main(QUICK)
    assert table in capsys.readouterr().out
    assert (folder / "paper-seed2/checkpoint.npz").read_bytes() == before
    train.main(["--resume", "runs/c/recurrent-h-seed1"])  # a network of the comparison is a run like any other
    assert compare.main(QUICK) == 0 and comparison_table(rows) in capsys.readouterr().out
    with pytest.raises(UserError, match="other settings"):
        compare.main([*QUICK, "--lr", "0.5"])
    with pytest.raises(UserError, match="other settings"):
        compare.main([*QUICK, "--words", "6000"])


def test_all_arms_are_the_default():
    assert compare.parse([]).arms == list(comparison.ARMS) == ["none", "paper", "recurrent-h", "recurrent-hc"]


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")
def test_stopped_it_goes_on(in_tmp):
    """Ctrl-C, then to the end: the same table as without."""
    arguments = ["--hidden", "5", "--epochs", "2", "--words", "9000", "--seeds", "1", "--jobs", "2",
                 "--arms", "none", "recurrent-h", "recurrent-hc", "--name"]

    def start(name):
        return subprocess.Popen([sys.executable, "-m", "numlstm.compare", *arguments, name], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    process = start("stopped")
    while not Path("runs/stopped/recurrent-h-seed1/checkpoint.npz").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # a terminal's Ctrl-C reaches all of its processes
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Run the same command again" in err and "Traceback" not in err
    process = start("stopped")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    process = start("unbroken")
    expected, _ = process.communicate(timeout=120)
    assert out.partition("| dropout")[2].partition("Everything")[0] == \
           expected.partition("| dropout")[2].partition("Everything")[0] != ""


@pytest.mark.parametrize("option, value", [("--name", "a/b"), ("--dropout", "0"), ("--seeds", "0"), ("--jobs", "0"),
                                           ("--words", "0"), ("--words", "50"), ("--arms", "none,paper")])
def test_settings_without_sense(option, value, in_tmp):
    with pytest.raises(UserError):
        compare.main([*QUICK, option, value])
    assert not (in_tmp / "runs").exists()


# --- the built-in language in the other commands --------------------------------------------------

def test_training_and_evaluation_tell_how_far_the_floor_is(in_tmp, capsys):
    train.main(["--size", "tiny", "--epochs", "2", "--name", "x", "--log-agreement"])
    out = capsys.readouterr().out
    floor = grammar.floor_perplexity("test")
    assert f"the best possible is {floor:.2f}" in out
    log = files.read_csv("runs/x/log.csv")
    assert all(0.3 < log[1][f"agreement_{name}"] <= 1 for name in agreement.BINS)
    evaluate.main(["runs/x", "--split", "valid"])
    out = capsys.readouterr().out
    assert f"{log[1]['agreement_2-3']:.1%}" in out, "the log's last epoch is what evaluate finds"
    assert f"the best possible is {grammar.floor_perplexity('valid'):.2f}" in out


def test_only_the_built_in_language_has_a_floor(in_tmp, text_file, capsys):
    with pytest.raises(UserError, match="--log-agreement needs"):
        train.main(["--size", "tiny", "--data", str(text_file), "--log-agreement"])
    train.main(["--size", "tiny", "--vocab-size", "50", "--epochs", "1"])  # no longer all of its words
    assert "best possible" not in capsys.readouterr().out
