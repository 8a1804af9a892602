"""Training: it learns, stops, goes on bit for bit, and survives being killed."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import wait_for
from tampered import stop_after

from numlstm import train
from numlstm.checking.numerical import dense
from numlstm.corpus import data
from numlstm.errors import Diverged, UserError
from numlstm.learning import evaluation, loop, sample, step
from numlstm.learning.backends import choose
from numlstm.network import model
from numlstm.network.backend import NUMPY
from numlstm.network.config import SIZES, Config
from numlstm.runs import checkpoint, files, folders, lock
from numlstm.runs.progress import Progress
from numlstm.runs.state import new_checkpoint

FAST = ["--size", "tiny", "--hidden", "12", "--dropout", "0.3", "--epochs", "3", "--decay-after", "1",
        "--backend", "numpy"]


def command(*arguments):
    return [sys.executable, "-m", "numlstm.train", *map(str, arguments)]


def assert_same_result(folder, other):
    """Everything but the clock: parameters, carried state, generator, log."""
    a, b = (checkpoint.load(path).state for path in (folder, other))
    for name in a.params:
        np.testing.assert_array_equal(a.params[name], b.params[name])
    np.testing.assert_array_equal(a.carried, b.carried)
    assert a.rng.bit_generator.state == b.rng.bit_generator.state
    assert (a.epoch, a.step) == (b.epoch, b.step)
    clock = ("seconds", "validation_seconds", "tokens_per_second", "version")  # a commit may be made meanwhile
    assert [{k: v for k, v in row.items() if k not in clock} for row in a.log] == \
           [{k: v for k, v in row.items() if k not in clock} for row in b.log]


@pytest.fixture
def unbroken(in_tmp, text_file):
    """A run that nothing disturbed, runs/unbroken."""
    train.main([*FAST, "--data", str(text_file), "--name", "unbroken"])
    return in_tmp / "runs/unbroken"


# --- learning ---------------------------------------------------------------------------------

@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_tiny_network_memorises_a_repeated_sentence(backend):
    config = Config(hidden=16, layers=2, batch=2, unroll=7, init=0.1)
    words = np.tile(np.arange(9), 40)[:2 * 160].reshape(2, 160).T  # the sentence 0 1 ... 8, over and over
    rng = np.random.default_rng(0)
    params = model.init_params(config, 9, rng)
    for _ in range(12):
        state = model.zero_state(params, 2)
        for start in range(0, 154, 7):
            nll, state, _ = step.train_step(params, (words[start:start + 7], words[start + 1:start + 8]), state,
                                             config, 1.0, rng, choose(backend))
    assert np.exp(nll.mean()) < 1.05


TEN_LOSSES = {  # of the first windows, summed over all words, as the first edition of this project computed them
    "tiny": [636.65, 638.61, 636.31, 639.32, 639.64,
              637.86, 637.76, 638.67, 639.37, 639.08],
    "small": [2550.52, 2551.18, 2553.64, 2550.96, 2553.75,
              2556.31, 2550.90, 2547.78, 2564.93, 2560.05]}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("size", TEN_LOSSES)
def test_ten_losses_are_what_they_always_were(size, backend):
    """Initialisation, masks, forward, backward, clipping and update, all at once; the digits are those of float32."""
    config, rng = replace(SIZES[size], dropout=0.5), np.random.default_rng(1)
    params = model.init_params(config, 585, rng)
    words = np.random.default_rng(5).integers(0, 585, (10 * config.unroll + 1, config.batch))
    carried, losses = model.zero_state(params, config.batch), []
    for n in range(10):
        window = data.window(words, config.unroll, n)
        nll, carried, _ = step.train_step(params, window, carried, config, 1.0, rng, choose(backend))
        losses.append(nll.sum(dtype=float))
    np.testing.assert_allclose(losses, TEN_LOSSES[size], rtol=2e-5)


@pytest.mark.parametrize("limit", [0.01, 100.0])
def test_a_step_is_minus_the_rate_times_the_clipped_gradient(limit, rng):
    """For every parameter: the gradient by forward and backward, with the step's own masks, clipped here."""
    config = Config(hidden=4, batch=3, unroll=5, dropout=0.3, init=0.5, clip=limit)
    params = model.init_params(config, 7, rng, np.float64)
    before = {name: array.copy() for name, array in params.items()}
    words, state = rng.integers(0, 7, (6, 3)), model.zero_state(params, 3)
    masks = model.draw_masks(config, 5, 3, np.random.default_rng(1))
    nll, _, cache = model.forward(before, words[:-1], words[1:], state, masks)
    grads, _ = model.backward(model.loss_backward(nll), cache)
    grads = {name: dense(grad, before[name]) for name, grad in grads.items()}
    whole = np.sqrt(sum(np.sum(grad ** 2) for grad in grads.values()))
    window = words[:-1], words[1:]
    _, _, norm = step.train_step(params, window, state, config, 0.5, np.random.default_rng(1), NUMPY)
    assert norm == pytest.approx(whole) and 0.01 < norm < 100
    for name, grad in grads.items():
        assert grad.any(), name
        np.testing.assert_allclose(params[name] - before[name], -0.5 * min(1, limit / whole) * grad, rtol=1e-9,
                                   atol=1e-15, err_msg=f"{name}: clipped before the learning rate is applied")


def test_training_draws_masks_and_evaluation_does_not(rng):
    """With a rate of almost 0 the step's nll is that of the untouched network, masks and all."""
    config = Config(hidden=8, batch=3, unroll=5, dropout=0.5, init=0.5)
    params = model.init_params(config, 9, rng)
    words, state = rng.integers(0, 9, (6, 3)), model.zero_state(params, 3)
    x, y = words[:-1], words[1:]
    masks = model.draw_masks(config, 5, 3, np.random.default_rng(1))
    masked, _, _ = model.forward(params, x, y, state, masks)
    whole, _, _ = model.forward(params, x, y, state)
    nll, _, _ = step.train_step(params, (x, y), state, config, 1e-30, np.random.default_rng(1), NUMPY)
    np.testing.assert_array_equal(nll, masked)
    assert np.abs(nll - whole).max() > 0.01
    value, _ = evaluation.perplexity(params, x[:, 0], NUMPY)
    assert value == pytest.approx(float(np.exp(
        model.forward(params, x[:-1, :1], x[1:, :1], model.zero_state(params, 1))[0].mean())), rel=1e-5)


def test_the_log_tells_what_happened(in_tmp, text_file, monkeypatch):
    """Its numbers, counted once more from outside, step by step."""
    steps = []
    real = loop.train_step

    def spy(*arguments):
        result = real(*arguments)
        steps.append((result[0].copy(), result[2]))
        return result

    monkeypatch.setattr(loop, "train_step", spy)
    train.main([*FAST, "--data", str(text_file), "--epochs", "1", "--clip", "1", "--name", "x"])
    row = files.read_csv("runs/x/log.csv")[-1]
    nll = np.concatenate([nll.ravel() for nll, _ in steps])
    norms = np.array([norm for _, norm in steps])
    assert row["train_perplexity"] == pytest.approx(np.exp(nll.mean(dtype=float)), rel=1e-6)
    assert 0 < row["clipped_share"] == np.mean(norms > 1) < 1
    assert row["mean_gradient_norm"] == pytest.approx(norms.mean())
    saved, corpus = folders.load_run("runs/x")
    for split, batch in (("valid", saved.config.batch), ("test", 1)):
        value, _ = evaluation.perplexity(saved.state.params, getattr(corpus, split), NUMPY, batch)
        assert row[f"{split}_perplexity"] == value
    assert row["valid_perplexity"] != row["test_perplexity"]


def test_state_is_carried_within_an_epoch_and_zero_at_its_beginning(in_tmp, text_file, monkeypatch):
    seen = []
    real = loop.train_step

    def spy(params, window, carried, *rest):
        result = real(params, window, carried, *rest)
        seen.append((carried, result[1]))
        return result

    monkeypatch.setattr(loop, "train_step", spy)
    train.main([*FAST, "--data", str(text_file), "--epochs", "2"])
    steps = len(seen) // 2
    for n, (before, _) in enumerate(seen):
        if n in (0, steps):
            assert not np.any(before)
        else:
            np.testing.assert_array_equal(before, seen[n - 1][1])


def test_divergence_is_one_line_and_the_parameters_stay_finite(in_tmp, text_file, monkeypatch):
    words = np.ones((4, 2), int)
    for bias in (np.inf, np.nan, 1e30):
        params = model.init_params(Config(hidden=4), 7, np.random.default_rng(0))
        params["softmax.b"][0] = bias
        copy = {name: array.copy() for name, array in params.items()}
        with pytest.raises(Diverged, match="the loss is"), np.errstate(invalid="ignore"):
            step.train_step(params, (words, words), model.zero_state(params, 2), Config(hidden=4), 1.0, None, NUMPY)
        for name in params:
            np.testing.assert_array_equal(params[name], copy[name])
    with pytest.raises(UserError, match=r"in epoch 1 after step \d+: .*lower --lr"), np.errstate(all="ignore"):
        train.main([*FAST, "--data", str(text_file), "--lr", "1e30", "--clip", "inf"])


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_run_that_diverges_keeps_its_last_good_checkpoint(backend, in_tmp, text_file):
    """However often it saves, and though the loss of the ruining step itself was all right."""
    with pytest.raises(UserError, match="after step 1: the loss is"), np.errstate(all="ignore"):
        train.main([*FAST, "--data", str(text_file), "--lr", "1e30", "--save-every", "1e-9", "--backend", backend,
                    "--name", "x"])
    state = checkpoint.load("runs/x").state
    assert (state.epoch, state.step) == (1, 0) and max(np.abs(array).max() for array in state.params.values()) < 1
    assert not list(Path("runs/x").glob("*.tmp"))


def test_the_runs_folder(real_curves, unbroken, capsys):
    names = sorted(path.name for path in unbroken.iterdir())
    assert names == [".lock", "checkpoint.npz", "config.json", "curves.png", "log.csv"]
    config = json.loads((unbroken / "config.json").read_text())
    assert (config["hidden"], config["dropout"], config["seed"], config["size"]) == (12, 0.3, 1, "tiny")
    log = files.read_csv(unbroken / "log.csv")
    assert [row["epoch"] for row in log] == [1, 2, 3]
    assert [row["learning_rate"] for row in log] == [1, 0.5, 0.25], "the schedule reaches the loop"
    assert [row["test_perplexity"] is not None for row in log] == [False, False, True]
    assert log[-1]["train_perplexity"] < log[0]["train_perplexity"]
    assert (unbroken / "curves.png").read_bytes().startswith(b"\x89PNG")


# --- evaluating ---------------------------------------------------------------------------------

def test_every_word_after_the_first_is_predicted_exactly_once(rng, monkeypatch):
    params = model.init_params(Config(hidden=5, init=1.0), 11, rng)  # large weights: a lost state would show
    stream = rng.integers(0, 11, 1000)
    value, predictions = evaluation.perplexity(params, stream, NUMPY)
    assert predictions == 999
    nll, _, _ = model.forward(params, stream[:-1, None], stream[1:, None], model.zero_state(params, 1))
    assert value == pytest.approx(np.exp(nll.mean()), rel=1e-5)
    for batch in (1, 3, 20):
        assert evaluation.perplexity(params, stream, NUMPY, batch)[1] == (1000 // batch - 1) * batch
    assert evaluation.perplexity(params, stream[:2], NUMPY, 20)[1] == 1
    with pytest.raises(UserError, match="nothing to predict"):
        evaluation.perplexity(params, stream[:1], NUMPY)


def test_penn_treebanks_test_text_takes_82429_predictions(ptb_folder, rng):
    from numlstm.corpus import data
    corpus = data.load(str(ptb_folder))
    params = model.init_params(Config(hidden=2, layers=1), 10_000, rng)
    value, predictions = evaluation.perplexity(params, corpus.test, choose("numba"))
    assert predictions == 82_429
    assert 9_000 < value < 11_000, "an untrained network finds all words about equally likely"


# --- stopping and going on ------------------------------------------------------------------------

@pytest.mark.parametrize("stop_at", [1, 10, 23, 24, 30])
def test_resume_equals_an_unbroken_run_bit_for_bit(stop_at, unbroken, text_file, monkeypatch, capsys):
    stopping = stop_after(stop_at)
    monkeypatch.setattr(train, "Progress", stopping)
    assert train.main([*FAST, "--data", str(text_file), "--name", "stopped"]) == 130
    assert "--resume" in capsys.readouterr().err
    state = checkpoint.load("runs/stopped").state
    assert stopping.done == stop_at, "the step was finished, and no other begun"
    assert state.epoch < 4
    monkeypatch.setattr(train, "Progress", Progress)
    train.main(["--resume", "runs/stopped"])
    assert_same_result("runs/stopped", unbroken)
    train.main(["--resume", "runs/stopped"])  # finished: nothing left to train, the report once more
    assert_same_result("runs/stopped", unbroken)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_again_and_again_nothing_is_lost(in_tmp, text_file):
    """kill -9 at random moments; every time the checkpoint is whole, and at last the result is the same."""
    random.seed(7)
    path = Path("runs/killed/checkpoint.npz")
    # As unbroken, but a text ten times as long, so that epochs last.
    text_file.write_text(text_file.read_text() * 10)
    train.main([*FAST, "--data", str(text_file), "--name", "long"])
    log = open("output.txt", "w")
    arguments = command(*FAST, "--data", text_file, "--name", "killed", "--save-every", 0.01)
    places = []
    for _ in range(5):
        before = path.stat().st_mtime_ns if path.exists() else 0
        process = subprocess.Popen(arguments, stdout=log, stderr=log)
        for _ in range(2):  # the first save is that of the beginning; wait until it has also saved on its way
            wait_for(lambda: path.exists() and path.stat().st_mtime_ns > before)
            before = path.stat().st_mtime_ns
        time.sleep(random.uniform(0, 0.2))
        process.kill()
        process.wait()
        state = checkpoint.load("runs/killed").state
        places.append((state.epoch, state.step))
        arguments = command("--resume", "runs/killed", "--save-every", 0.01)
    assert places == sorted(places), "no kill throws a run back behind an earlier checkpoint"
    assert any(step for _, step in places), "it is saved within an epoch, too"
    subprocess.run(command("--resume", "runs/killed"), check=True, stdout=log, stderr=log)
    assert_same_result("runs/killed", "runs/long")
    assert not list(path.parent.glob("*.tmp")), "what the kills left behind is cleaned up"


def test_only_one_command_at_a_time(unbroken, text_file, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    before = (unbroken / "checkpoint.npz").read_bytes()
    with lock.alone(unbroken), pytest.raises(UserError, match="another command is at work in runs.unbroken"):
        train.main(["--resume", "runs/unbroken"])
    assert (unbroken / "checkpoint.npz").read_bytes() == before
    train.main(["--resume", "runs/unbroken"])  # the lock is gone with its holder


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_a_lock_that_is_no_file_is_not_waited_for(unbroken):
    (unbroken / ".lock").unlink()
    os.mkfifo(unbroken / ".lock")
    with pytest.raises(UserError, match="not an ordinary file: remove it"):
        train.main(["--resume", "runs/unbroken"])


def test_resume_takes_a_folder_and_leaves_foreign_files_alone(unbroken):
    """An older checkpoint isn't written over the newer one, and only numlstm's temporary files are removed."""
    (unbroken / "copy.npz").write_bytes((unbroken / "checkpoint.npz").read_bytes())
    before = (unbroken / "checkpoint.npz").stat().st_mtime_ns
    with pytest.raises(UserError, match="--resume takes a run's folder"):
        train.main(["--resume", "runs/unbroken/copy.npz"])
    assert (unbroken / "checkpoint.npz").stat().st_mtime_ns == before
    ours, foreign = files.temporary_path(unbroken / "log.csv"), unbroken / "thesis.tmp"
    ours.touch()
    foreign.touch()
    train.main(["--resume", "runs/unbroken/checkpoint.npz"])
    assert foreign.exists() and not ours.exists()


def test_resume_refuses_a_setting_that_is_zero(unbroken):
    with pytest.raises(UserError, match="--seed can't be given with --resume"):
        train.main(["--resume", "runs/unbroken", "--seed", "0"])


def test_a_broken_config_json_is_written_anew(unbroken):
    before = (unbroken / "config.json").read_text()
    (unbroken / "config.json").write_text("{")
    train.main(["--resume", "runs/unbroken"])
    assert (unbroken / "config.json").read_text() == before


def test_who_comes_while_another_command_saves_reads_what_it_saved(unbroken, text_file):
    path, holder = unbroken / "checkpoint.npz", ExitStack()
    job = checkpoint.load(path)
    checkpoint.save(path, new_checkpoint(job.config, job.settings, data.load(str(text_file))))  # its beginning

    def save_and_leave():
        job.state.log[-1]["test_perplexity"] = 7.0
        checkpoint.save(path, job)
        holder.close()

    with holder:
        holder.enter_context(lock.alone(unbroken))
        threading.Timer(0.5, save_and_leave).start()
        train.main(["--resume", "runs/unbroken"])
    assert files.read_csv(unbroken / "log.csv")[-1]["test_perplexity"] == 7.0, "not trained again from the beginning"


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_signal_to_a_real_process(number, in_tmp, text_file):
    process = subprocess.Popen(command(*FAST, "--data", text_file, "--name", "x", "--epochs", 1000),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: os.path.exists("runs/x/log.csv"))
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert err.strip().splitlines()[-1].startswith("stopped and saved, in epoch")
    assert "Traceback" not in err


def test_stopped_or_crashed_at_the_very_end(real_curves, unbroken, text_file, monkeypatch, capsys):
    """Between training and test, and between the test's two files: --resume makes up for it."""
    real_write, real_finish = folders.write_log, train.finish

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "finish", interrupted)
    assert train.main([*FAST, "--data", str(text_file), "--name", "x"]) == 130
    assert "--resume runs/x" in capsys.readouterr().err
    monkeypatch.setattr(train, "finish", real_finish)
    monkeypatch.setattr(folders, "write_log", interrupted)
    assert train.main(["--resume", "runs/x"]) == 130
    assert checkpoint.load("runs/x").state.log[-1]["test_perplexity"] is not None
    monkeypatch.setattr(folders, "write_log", real_write)
    before = (unbroken.parent / "x/curves.png").read_bytes()
    train.main(["--resume", "runs/x"])
    assert files.read_csv("runs/x/log.csv")[-1]["test_perplexity"] is not None
    assert (unbroken.parent / "x/curves.png").read_bytes() != before
    assert_same_result("runs/x", unbroken)


def test_a_run_that_could_not_begin_leaves_its_name_free(in_tmp, text_file, monkeypatch):
    def full(*arguments):
        raise UserError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(folders, "save", full)
        with pytest.raises(UserError, match="no room"):
            train.main([*FAST, "--data", str(text_file), "--name", "x"])
    train.main([*FAST, "--data", str(text_file), "--name", "x", "--epochs", "1"])


def test_resuming_on_another_corpus_is_an_error(unbroken, text_file, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("to be or not to be\n" * 200)
    with pytest.raises(UserError, match="fingerprint"):
        train.main(["--resume", "runs/unbroken", "--data", str(other)])
    text_file.write_text(text_file.read_text() * 2)
    with pytest.raises(UserError, match="fingerprint"):
        train.main(["--resume", "runs/unbroken"])


def test_a_corpus_that_has_moved_is_named_with_data(unbroken, text_file, tmp_path):
    text_file.rename(tmp_path / "moved.txt")
    with pytest.raises(UserError, match="story.txt: say where"):
        train.main(["--resume", "runs/unbroken"])
    train.main(["--resume", "runs/unbroken", "--data", str(tmp_path / "moved.txt")])
    train.main(["--resume", "runs/unbroken"])  # from now on it is known


def test_a_run_keeps_the_products_that_it_began_with(in_tmp, text_file, monkeypatch, capsys):
    """So that it goes on bit for bit where another kind is the fastest by now; and by other ones where it must."""
    fastest = pytest.importorskip("numlstm.fast.fastest", reason="needs numba")
    options = ["--size", "tiny", "--data", str(text_file), "--epochs", "1"]
    monkeypatch.setattr(fastest, "remembered", lambda threads: fastest.KINDS[-1])
    train.main([*options, "--name", "x"])
    assert json.loads(Path("runs/x/config.json").read_text())["products"] == fastest.KINDS[-1]
    monkeypatch.setattr(fastest, "remembered", lambda threads: fastest.KINDS[0])
    train.main(["--resume", "runs/x"])
    assert checkpoint.load("runs/x").settings["products"] == fastest.KINDS[-1]
    job = checkpoint.load("runs/x")
    job.settings["products"] = "abacus\x1b"
    checkpoint.save(Path("runs/x/checkpoint.npz"), job)
    train.main(["--resume", "runs/x"])
    assert "can't multiply by abacus\N{REPLACEMENT CHARACTER}, as" in capsys.readouterr().err
    assert json.loads(Path("runs/x/config.json").read_text())["products"] == fastest.KINDS[0]


def test_a_run_keeps_its_settings_and_is_never_overwritten(unbroken, text_file):
    with pytest.raises(UserError, match="--hidden can't be given with --resume"):
        train.main(["--resume", "runs/unbroken", "--hidden", "20"])
    with pytest.raises(UserError, match="--resume runs/unbroken"):
        train.main([*FAST, "--data", str(text_file), "--name", "unbroken"])
    train.main([*FAST, "--data", str(text_file), "--epochs", "1"])
    train.main([*FAST, "--data", str(text_file), "--epochs", "1"])
    assert sorted(path.name for path in unbroken.parent.iterdir()) == ["story-tiny", "story-tiny-2", "unbroken"]


@pytest.mark.parametrize("settings", [["--cell", "gru"], ["--cell", "rnn", "--recurrent-dropout", "state"],
                                      ["--l2", "0.001", "--l1", "0.0001", "--drop-connect", "0.2"]], ids=" ".join)
def test_every_cell_and_regularizer_goes_on_bit_for_bit(settings, in_tmp, text_file, monkeypatch):
    train.main([*FAST, *settings, "--data", str(text_file), "--name", "unbroken"])
    monkeypatch.setattr(train, "Progress", stop_after(10))
    assert train.main([*FAST, *settings, "--data", str(text_file), "--name", "stopped"]) == 130
    train.main(["--resume", "runs/stopped"])
    assert_same_result("runs/stopped", "runs/unbroken")
    saved = checkpoint.load("runs/stopped")
    assert getattr(saved.config, settings[0][2:].replace("-", "_")) not in ("lstm", 0)
    lines = list(sample.sample_lines(saved.state.params, saved.vocabulary, ["the"], 20, np.random.default_rng(0)))
    assert " ".join(lines).startswith("the")
