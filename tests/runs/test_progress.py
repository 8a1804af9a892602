"""What the user sees while a network trains: lines that fit, and what takes long says what it is doing."""

import io
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from numlstm import train
from numlstm.corpus import data
from numlstm.lab.ensembles.board import Board
from numlstm.learning import backends
from numlstm.network.config import SIZES, Config
from numlstm.runs.progress import epoch_line, saying
from numlstm.runs.state import new_checkpoint

ROW = {"epoch": 39, "learning_rate": 0.002437916801555226, "train_perplexity": 1e300, "valid_perplexity": 345.678,
       "clipped_share": 1.0, "tokens_per_second": 15209.4, "seconds": 2000.0, "validation_seconds": 99.0}


@pytest.mark.parametrize("width, parts", [(100, 7), (80, 5), (60, 4)])
def test_an_epochs_line_fits(width, parts):
    line = epoch_line([ROW] * 39, 55, width)
    assert len(line) <= width and len(line.split("  ")) >= parts
    assert line.startswith("epoch 39/55  ") and "train 1.0e+300" in line and "valid  345.68" in line


class Screen(io.StringIO):
    """What a terminal would get."""

    def isatty(self):
        return True


def test_what_takes_long_is_said_and_removed(monkeypatch):
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    with saying("compiling", after=0):
        while not screen.getvalue():
            time.sleep(0.001)
    said, removed = screen.getvalue().split("...")
    assert said == "\rcompiling " and removed.strip() == "" and removed[0] == removed[-1] == "\r"


def test_what_is_quick_or_in_no_terminal_is_not_said(monkeypatch):
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    with saying("compiling", after=1000):
        pass
    monkeypatch.setattr(screen, "isatty", lambda: False)
    with saying("compiling", after=0):
        time.sleep(0.01)
    assert screen.getvalue() == ""


@pytest.mark.parametrize("settings", [{}, {"l2": 1e-3, "drop_connect": 0.2, "recurrent_dropout": "state"}])
def test_compiling_changes_nothing(settings):
    """The step that makes numba compile leaves the parameters, the memory and the random numbers as they are."""
    config = Config(**{"hidden": 8, "layers": 2, "init": 0.1, "batch": 4, "unroll": 5, "epochs": 1, "lr": 1.0,
                       "decay": 2.0, "decay_after": 1, "clip": 5.0, "dropout": 0.3} | settings)
    corpus = data.load("grammar")
    job = new_checkpoint(config, {}, corpus)
    before = deepcopy(job.state)
    with backends.running("numba", 1, "BLAS") as backend:
        backends.compile_all(job, data.columns(corpus.train, config.batch, config.unroll), backend)
    for name, array in before.params.items():
        np.testing.assert_array_equal(job.state.params[name], array)
    for memory, then in zip(job.state.carried, before.carried):
        np.testing.assert_array_equal(memory, then)
    assert job.state.rng.bit_generator.state == before.rng.bit_generator.state and job.state.totals == before.totals


def test_a_resumed_run_says_where_it_goes_on(in_tmp, text_file, capsys):
    train.main(["--size", "tiny", "--data", str(text_file), "--epochs", "1", "--name", "x", "--backend", "numpy"])
    out = capsys.readouterr().out
    assert "goes on" not in out and f"norm {SIZES['tiny'].clip:g}" in out
    train.main(["--resume", "runs/x", "--backend", "numpy"])
    assert "It goes on after the last epoch; only the test is left" in capsys.readouterr().out


def test_the_board_of_an_ensemble_redraws_one_line(monkeypatch):
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", "60")
    members = [Path(f"member-{n:02}") for n in range(9)]
    shown = Board(members, SIZES["tiny"])
    shown.places = dict.fromkeys(members, {"epoch": 1, "share": 0.5, "perplexity": 99.0})
    shown.show()
    lines = screen.getvalue().strip("\r").split("\r")
    assert [len(line) for line in lines] == [59] and "00: epoch 1/" in lines[0]
