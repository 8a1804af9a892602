"""Going on with other settings, the best epoch's weights, and ending early."""

import json
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from numlstm import evaluate, generate, train
from numlstm.errors import UserError
from numlstm.learning import loop
from numlstm.learning.evaluation import perplexity
from numlstm.library import load
from numlstm.network.backend import NUMPY
from numlstm.runs import checkpoint
from numlstm.runs.folders import load_run

FAST = ["--size", "tiny", "--hidden", "12", "--dropout", "0.3", "--decay-after", "1", "--backend", "numpy"]
OVERFIT = ["--size", "tiny", "--hidden", "24", "--decay-after", "99", "--backend", "numpy", "--batch", "4"]


def same(one, other):
    a, b = (checkpoint.load(path).state for path in (one, other))
    return all(np.array_equal(a.params[name], b.params[name]) for name in a.params) and (
        a.rng.bit_generator.state == b.rng.bit_generator.state)


def test_more_epochs_equal_an_unbroken_longer_run_bit_for_bit(in_tmp, text_file, capsys):
    text = ["--data", str(text_file)]
    train.main([*FAST, *text, "--epochs", "4", "--name", "long"])
    train.main([*FAST, *text, "--epochs", "2", "--name", "short"])
    assert not same("runs/long", "runs/short")
    capsys.readouterr()
    train.main(["--resume", "runs/short", "--epochs", "4"])
    assert "Changed from epoch 3 on: --epochs 4 (before: 2)." in capsys.readouterr().out
    assert same("runs/long", "runs/short")
    config = json.loads(Path("runs/short/config.json").read_text(encoding="utf-8"))
    assert config["epochs"] == 4 and config["changes"] == ["from epoch 3 on: --epochs 4 (before: 2)"]


def test_other_settings_hold_from_then_on(in_tmp, text_file):
    train.main([*FAST, "--data", str(text_file), "--epochs", "1", "--name", "x"])
    train.main(["--resume", "runs/x", "--epochs", "2", "--lr", "0.25", "--dropout", "0", "--decay-after", "5"])
    job = checkpoint.load("runs/x")
    assert [row["learning_rate"] for row in job.state.log] == [1, 0.25] and job.config.dropout == 0
    for option, part in ((["--epochs", "1"], "has done 2 epochs already"), (["--dropout", "2"], "--dropout must be")):
        with pytest.raises(UserError, match=part):
            train.main(["--resume", "runs/x", *option])
    assert checkpoint.load("runs/x").config == job.config, "nothing is lost"


@pytest.fixture
def overfitted(in_tmp):
    """A run whose network learned its text by heart: runs/x. And what it printed."""
    words = np.random.default_rng(3).choice("the a dog cat sees likes big red house runs".split(), (150, 6))
    Path("text.txt").write_text("\n".join(map(" ".join, words)), encoding="utf-8")
    train.main([*OVERFIT, "--data", "text.txt", "--epochs", "14", "--name", "x"])
    return in_tmp / "runs/x"


def test_the_best_epochs_weights_are_kept_and_used(overfitted, capsys):
    log = checkpoint.load(overfitted).state.log
    values = [row["valid_perplexity"] for row in log]
    best = values.index(min(values))
    assert best < len(log) - 2, "it has learned its text by heart"
    kept = checkpoint.load(overfitted / "best.npz").state
    assert kept.epoch == best + 2 and kept.log == log[:best + 1]
    assert load(overfitted).checkpoint.state.epoch == kept.epoch
    assert load(overfitted, weights="last").checkpoint.state.epoch == 15
    _, corpus = load_run(overfitted)
    expected, _ = perplexity(kept.params, corpus.test, NUMPY)
    last, _ = perplexity(checkpoint.load(overfitted).state.params, corpus.test, NUMPY)
    assert expected < last == log[-1]["test_perplexity"], "the log has the last epoch's, as the paper"
    for weights, value in (("best", expected), ("last", last)):
        capsys.readouterr()
        evaluate.main([str(overfitted), "--backend", "numpy", "--weights", weights])
        captured = capsys.readouterr()
        assert f"test perplexity {value:.3f}" in captured.out and "--weights" in captured.err
    generate.main([str(overfitted), "--words", "3", "--backend", "numpy"])
    assert "best on the validation text" in capsys.readouterr().err


def test_the_end_says_what_helps(overfitted, capsys):
    capsys.readouterr()
    train.main(["--resume", str(overfitted)])
    out = " ".join(capsys.readouterr().out.split())
    assert "Its weights are in best.npz" in out and "A higher --dropout helps" in out


def test_patience_ends_early_and_the_run_stays_ended(overfitted, capsys):
    train.main([*OVERFIT, "--data", "text.txt", "--epochs", "14", "--name", "early", "--patience", "1"])
    early, whole = (checkpoint.load(path).state.log for path in ("runs/early", overfitted))
    assert len(early) < len(whole) and loop.since_best(early) == 1
    assert [row["valid_perplexity"] for row in early] == [row["valid_perplexity"] for row in whole[:len(early)]]
    train.main(["--resume", "runs/early"])
    assert len(checkpoint.load("runs/early").state.log) == len(early)
    train.main(["--resume", "runs/early", "--patience", "99", "--epochs", str(len(early) + 1)])
    assert len(checkpoint.load("runs/early").state.log) == len(early) + 1


def test_where_the_last_epoch_is_the_best_there_is_no_second_file(in_tmp, text_file):
    train.main([*FAST, "--data", str(text_file), "--epochs", "2", "--lr", "0.05", "--name", "x"])
    log = checkpoint.load("runs/x").state.log
    assert log[1]["valid_perplexity"] < log[0]["valid_perplexity"] and not Path("runs/x/best.npz").exists()


def test_a_text_of_ones_own_has_a_default_of_its_own(in_tmp, text_file, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=text_file.open("rb")))
    for data, size in ((str(text_file), "own"), ("-", "own"), ("grammar", "small")):
        args = train.parse(["--data", data, "--epochs", "1", "--hidden", "2"])
        with ExitStack() as hold:
            job, _, _ = train.begin(args, hold)
        assert job.settings["size"] == size and (job.config.dropout > 0) == (size == "own")


def test_a_misspelt_run_is_guessed(overfitted):
    overfitted.rename("runs/mystory")
    with pytest.raises(UserError, match=r"Did you mean runs.mystory\?"):
        load("runs/mystroy")
