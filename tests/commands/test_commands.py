"""The commands as a person meets them: what they print, and one clear line for every bad input."""

import copy
import importlib
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from helpers import ROOT, call
from tampered import packed, parts_of

from numlstm import cli, evaluate, generate, gradcheck, train
from numlstm.checking import directions
from numlstm.checking.problem import Problem
from numlstm.errors import Diverged, UserError
from numlstm.learning import sample
from numlstm.network import model
from numlstm.network.backend import NUMPY
from numlstm.network.cells import CELLS
from numlstm.network.config import Config
from numlstm.runs import checkpoint, files, stop


@pytest.fixture
def called(monkeypatch, capsys):
    """A function that does as `call`, in this process."""
    monkeypatch.setattr(stop, "interrupt_on_signals", lambda: None)  # it would stay so for the other tests

    def run(module, *arguments):
        with pytest.raises(SystemExit) as ended:
            cli.launch(lambda: importlib.import_module(module).main([*map(str, arguments)]))
        return subprocess.CompletedProcess(arguments, ended.value.code, *capsys.readouterr())
    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A trained network: the alphabet, one letter a word, thirteen a line."""
    folder = tmp_path_factory.mktemp("trained")
    letters = [chr(ord("a") + n) for n in range(26)]
    (folder / "abc.txt").write_text("\n".join([" ".join(letters[:13]), " ".join(letters[13:])] * 150), encoding="utf-8")
    before = os.getcwd()
    os.chdir(folder)
    try:
        train.main(["--size", "tiny", "--data", "abc.txt", "--name", "abc", "--lr", "2", "--epochs", "12",
                    "--decay-after", "8"])
    finally:
        os.chdir(before)
    return folder / "runs/abc"


# --- what they do -------------------------------------------------------------------------------

@pytest.mark.long
def test_gradcheck_covers_every_cell_and_regularizer(monkeypatch, capsys):
    """On a smaller network. (That its own one is right for every cell, `test_kernels` tells.)"""
    monkeypatch.setattr(gradcheck, "CONFIG", replace(gradcheck.CONFIG, hidden=2))
    assert gradcheck.main([]) == 0
    out = capsys.readouterr().out
    for name in CELLS:
        assert f"{name}2.Wh" in out and f"state {name}1" in out
    assert all(out.count(title) == len(CELLS) for title in list(gradcheck.REGULARIZERS)[1:])
    assert "all right" in out and "What this can't see" in out
    for name in re.findall(r"test_\w+\.py", out.partition("What this")[2]):
        assert list((ROOT / "tests").glob(f"*/{name}"))


@pytest.fixture
def numpy_alone(monkeypatch):
    monkeypatch.setattr(gradcheck, "possible", lambda: ())


def test_gradcheck_exits_with_1_where_a_derivative_is_wrong(numpy_alone, monkeypatch, capsys):
    right = model.affine_backward
    monkeypatch.setattr(model, "affine_backward", lambda *args: (*right(*args)[:2], 1.001 * right(*args)[2]))
    assert gradcheck.main(["--cell", "rnn"]) == 1
    assert "WRONG" in capsys.readouterr().out


def test_gradcheck_sees_a_gradient_that_is_no_number(numpy_alone, monkeypatch, capsys):
    right = gradcheck.check
    monkeypatch.setattr(gradcheck, "check", lambda *args: right(*args) | {"rnn1.b": float("nan")})
    assert gradcheck.main(["--cell", "rnn"]) == 1


@pytest.mark.parametrize("cell", CELLS)
def test_gradcheck_along_random_directions(cell, monkeypatch, capsys):
    """At a size where kernels meet blocks of K, panels that are not full, and large products."""
    monkeypatch.setitem(gradcheck.SIZES, "tiny", Config(cell=cell, hidden=150, batch=5, unroll=7, dropout=0.5))
    monkeypatch.setattr(gradcheck, "WORDS", 900)
    assert gradcheck.main(["--size", "tiny", "--cell", cell]) == 0
    assert f"{cell}2.Wh" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["product", "loop_forward", "loop_backward", "column_sums"])
def test_random_directions_see_a_wrong_kernel(name):
    """One number that is wrong by a hundredth, of any of the backend's large results."""
    problem = Problem(Config(hidden=40, batch=3, unroll=8, dropout=0.3), 90, windows=1)
    backend = copy.copy(NUMPY)

    def wrong(*args, **options):
        result = getattr(NUMPY, name)(*args, **options)
        array = result if isinstance(result, np.ndarray) else result[0]
        array.flat[array.size // 2] *= 1.01
        return result

    setattr(backend, name, wrong)
    assert max(directions.check(problem, NUMPY).values()) < 1e-7
    assert max(directions.check(problem, backend).values()) > 1e-6


def test_random_directions_see_products_that_are_all_negated():
    problem, backend = Problem(Config(hidden=40, batch=3, unroll=8), 90, windows=1), copy.copy(NUMPY)
    backend.product = lambda left, right, bias=None, out=None: NUMPY.product(-left, right, bias, out)
    assert max(directions.check(problem, backend).values()) > 1e-3


def test_evaluate(trained, capsys):
    for split, lines in (("train", 270), ("valid", 15), ("test", 15)):
        evaluate.main([str(trained), "--split", split])
        assert f"{split} perplexity 1.0" in (out := capsys.readouterr().out)
        assert f"({lines * 14 - 1:,} predictions" in out


def test_generate_goes_on_with_the_alphabet(trained, capsys):
    generate.main([str(trained), "--prompt", "a b C", "--words", "10", "--temperature", "0"])
    assert capsys.readouterr().out == "a b c d e f g h i j k l m\n"


def test_generate_is_the_same_for_the_same_seed(trained, capsys):
    def text(seed):
        generate.main([str(trained), "--words", "40", "--temperature", "3", "--seed", seed])
        return capsys.readouterr().out
    assert text("1") == text("1") != text("2")


def test_options_of_generate_reach_the_drawing(trained, capsys):
    def text(*options):
        generate.main([str(trained), "--words", "300", "--temperature", "50", *options])
        return capsys.readouterr().out
    assert "<unk>" in text() and "<unk>" not in text("--no-unk")
    assert text("--top-k", "1") == text("--temperature", "0") != text()


def test_a_prompt_begins_a_sentence(monkeypatch):
    def echo(params, prompt, words, rng):
        yield from prompt[:words]
    monkeypatch.setattr(sample, "generate", echo)
    lines = sample.sample_lines(None, ["a", "<eos>", "b"], ["b", "a"], 3, None)
    assert list(lines) == ["b a", "b a"], "the network has read <eos> b a; what it adds follows the prompt"


def test_what_was_generated_as_a_prompt_gives_the_same_text(trained, capsys):
    generate.main([str(trained), "--prompt", "   ", "--words", "14", "--temperature", "0"])
    first = capsys.readouterr().out
    generate.main([str(trained), "--prompt", first.split()[0], "--words", "13", "--temperature", "0"])
    assert capsys.readouterr().out == first


def test_generate_reads_an_unknown_word_as_unk_and_says_so(trained, capsys):
    generate.main([str(trained), "--prompt", "a zork", "--words", "3"])
    out, err = capsys.readouterr()
    assert out.startswith("a <unk>") and "'zork'" in err


def test_next_word_obeys_temperature_top_k_and_bans(rng):
    logits = np.array([1.0, 3.0, 2.0, 0.0])
    assert sample.next_word(logits, rng, temperature=0) == 1
    assert sample.next_word(logits, rng, temperature=0, banned=[1]) == 2
    assert {sample.next_word(logits, rng, top_k=2) for _ in range(200)} == {1, 2}
    assert {sample.next_word(logits, rng, banned=[1]) for _ in range(500)} == {0, 2, 3}
    draws = [sample.next_word(logits, rng, temperature=0.5) for _ in range(20_000)]
    expected = np.exp(logits / 0.5) / np.exp(logits / 0.5).sum()
    np.testing.assert_allclose(np.bincount(draws, minlength=4) / 20_000, expected, atol=0.015)
    assert logits.tolist() == [1, 3, 2, 0], "the logits are left alone"


def test_without_numba_the_numpy_loops_run_and_say_so(trained):
    """A Python that can't import numba: the same numbers."""
    code = ("import sys; sys.modules['numba'] = None; sys.argv = ['evaluate', sys.argv[1]]; "
            "from numlstm import evaluate; evaluate.main()")
    done = subprocess.run([sys.executable, "-c", code, str(trained)], capture_output=True, text=True)
    assert done.returncode == 0 and "NumPy loops run instead" in done.stderr
    assert done.stdout.startswith("test perplexity 1.0")


def test_gradcheck_without_numba_checks_numpy():
    code = ("import sys; sys.modules['numba'] = None; from numlstm import gradcheck; "
            "sys.exit(gradcheck.main(['--cell', 'rnn']))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and "all right" in done.stdout and "NumPy loops run instead" in done.stderr


def test_plain_lines_where_output_is_no_terminal(text_file, in_tmp):
    done = call("numlstm.train", "--size", "tiny", "--data", text_file, "--epochs", 2)
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    epoch = next(line for line in lines if line.startswith("epoch  1/2  rate 1"))
    assert "tokens/s" in epoch and "clipped" in epoch and "\r" not in done.stdout
    assert "test perplexity" in done.stdout and "runs/story-tiny" in done.stdout.replace("\\", "/")


# --- what goes wrong ------------------------------------------------------------------------------

def assert_one_clear_line(done, *parts):
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), done.stderr
    for part in parts:
        assert part in lines[0]


@pytest.mark.parametrize("arguments, parts", [
    (["--data", "missing.txt"], ["missing.txt", "--data takes"]),
    (["--data", "empty.txt"], ["empty.txt is empty"]),
    (["--data", "latin1.txt"], ["not UTF-8"]),
    (["--data", "."], ["empty.txt is empty"]),
    (["--data", "short.txt", "--size", "small"], ["too short for 20 columns", "--batch 3 or less"]),
    (["--data", "short.txt", "--size", "small", "--unroll", "500"], ["--unroll 71 or less"]),
    (["--size", "tiny", "--dropout", "1"], ["--dropout must be at least 0 and below 1"]),
    (["--size", "tiny", "--hidden", "0"], ["--hidden must be at least 1"]),
    (["--size", "tiny", "--vocab-size", "1"], ["--vocab-size"]),
    (["--size", "tiny", "--name", "a/b"], ["--name"]),
    (["--size", "tiny", "--threads", "0"], ["--threads", "at least 1"]),
    (["--size", "huge"], ["--size", "'tiny', 'small', 'medium', 'large'"]),
    (["--size", "tiny", "--hidden", "many"], ["--hidden", "many"]),
    (["--sice", "tiny"], ["--sice", "--help"]),
    (["--resume", "nothing"], ["there is no checkpoint"]),
])
def test_bad_input_gets_one_line_and_leaves_nothing_behind(arguments, parts, in_tmp, called):
    (in_tmp / "empty.txt").write_bytes(b"")
    (in_tmp / "latin1.txt").write_bytes("naïve\n".encode("latin-1") * 30)
    (in_tmp / "short.txt").write_text("only few words\n" * 20)  # 18 lines of 4 words with <eos> to train on
    assert_one_clear_line(called("numlstm.train", *arguments), *parts)
    assert not (in_tmp / "runs").exists()


@pytest.mark.parametrize("module, arguments, part", [
    ("numlstm.evaluate", ["nowhere"], "there is no checkpoint"),
    ("numlstm.generate", ["nowhere"], "there is no checkpoint"),
    ("numlstm.generate", ["RUN", "--temperature", "-1"], "--temperature"),
    ("numlstm.generate", ["RUN", "--temperature", "nan"], "--temperature"),
    ("numlstm.generate", ["RUN", "--temperature", "inf"], "--temperature"),
    ("numlstm.generate", ["RUN", "--seed", "-1"], "--seed"),
    ("numlstm.generate", [], "required"),
    ("numlstm.lab.benchmark", ["--rounds", "0"], "--rounds"),
    ("numlstm.generate", ["RUN", "--top-k", "0"], "--top-k"),
    ("numlstm.generate", ["RUN", "--words", "0"], "--words"),
    ("numlstm.lab.results", ["nowhere"], "holds no log"),
])
def test_bad_input_of_the_other_commands(module, arguments, part, trained, called):
    assert_one_clear_line(called(module, *[trained if word == "RUN" else word for word in arguments]), part)


def test_a_damaged_checkpoint_is_one_line(trained, tmp_path):
    (tmp_path / "checkpoint.npz").write_bytes((trained / "checkpoint.npz").read_bytes()[:-1000])
    for module in ("numlstm.evaluate", "numlstm.generate"):
        assert_one_clear_line(call(module, tmp_path), "damaged")


@pytest.mark.skipif(os.name == "nt", reason="/dev/full is a Unix device")
def test_a_disk_that_fills_up_while_training(text_file, in_tmp, monkeypatch):
    real = files.temporary_path

    def full(path):
        temporary = real(path)
        if os.path.exists("runs/x/log.csv"):
            os.symlink("/dev/full", temporary)
        return temporary

    monkeypatch.setattr(files, "temporary_path", full)
    with pytest.raises(UserError, match="No space left on device"):
        train.main(["--size", "tiny", "--data", str(text_file), "--name", "x"])
    assert checkpoint.load("runs/x").state.epoch == 2, "what was saved before is whole"


def test_a_model_that_diverged_is_not_evaluated_to_nan(trained, tmp_path):
    meta, arrays = parts_of(trained / "checkpoint.npz")
    arrays["params/softmax.b"][:] = np.nan
    (tmp_path / "checkpoint.npz").write_bytes(packed(meta, arrays))
    saved = checkpoint.load(trained)
    saved.state.params["softmax.b"][:] = np.nan
    with pytest.raises(Diverged, match="not finite"):  # nor is it written
        checkpoint.save(tmp_path / "other.npz", saved)
    assert_one_clear_line(call("numlstm.evaluate", tmp_path), "not finite")
    assert_one_clear_line(call("numlstm.generate", tmp_path), "not finite")


def test_what_goes_into_a_pipe_is_utf_8_whatever_windows_had_chosen():
    code = "import sys; from numlstm import cli; cli.exit_after(lambda: print('猫 sees Ж', file={}))"
    for stream in ("sys.stdout", "sys.stderr"):
        done = subprocess.run([sys.executable, "-c", code.format(stream)], capture_output=True,
                              env=os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"})
        assert (done.stdout + done.stderr).decode() == "猫 sees Ж" + os.linesep


@pytest.mark.parametrize("module", ["numlstm.train", "numlstm.lab.ensemble", "numlstm"])
def test_ctrl_c_while_a_command_is_imported(module, tmp_path):
    """Here NumPy is a module during whose import it comes."""
    (tmp_path / "numpy.py").write_text("raise KeyboardInterrupt")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = call(module, *(["train"] if module == "numlstm" else []), env=environment)
    assert done.returncode and done.stderr == "error: stopped\n" and not done.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")
def test_a_signal_before_anything_is_at_work(text_file, in_tmp):
    code = ("import os, signal; from numlstm import cli; "
            "cli.exit_after(lambda: os.kill(os.getpid(), signal.SIGTERM) or signal.pause())")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "error: stopped\n")


def test_an_error_is_one_line_whatever_it_names(in_tmp):
    part = "there is no checkpoint a b\N{REPLACEMENT CHARACTER}[2J"
    assert_one_clear_line(call("numlstm.evaluate", "a\nb\x1b[2J"), part)


def test_divergence_is_one_line(text_file, in_tmp):
    done = call("numlstm.train", "--size", "tiny", "--data", text_file, "--lr", "1e30", "--clip", "inf",
                "--backend", "numpy")
    assert_one_clear_line(done, "in epoch 1 after step", "lower --lr")


@pytest.mark.skipif(os.name == "nt", reason="pipes and links are other things on Windows")
def test_a_reader_that_goes_away_and_a_broken_link(text_file, in_tmp):
    command = shlex.join([sys.executable, "-m", "numlstm.train", "--size", "tiny", "--data", str(text_file),
                          "--name", "my x", "--backend", "numpy"])
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command} | head -1"], capture_output=True, text=True)
    assert done.returncode == 1 and "--resume 'runs/my x'" in done.stderr and "Traceback" not in done.stderr
    assert checkpoint.load("runs/my x").state.epoch >= 1
    (in_tmp / "elsewhere").mkdir()
    (in_tmp / "elsewhere/runs").symlink_to("/nowhere/at/all")
    done = call("numlstm.train", "--size", "tiny", "--data", text_file, cwd=in_tmp / "elsewhere")
    assert_one_clear_line(done, "broken link")


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [60, 120])
def test_the_bar_in_a_terminal(columns, text_file, in_tmp):
    import fcntl
    import pty
    import struct
    import termios
    text_file.write_text(text_file.read_text() * 10)  # an epoch of half a second or more
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))  # the terminal's size
    process = subprocess.Popen([sys.executable, "-m", "numlstm.train", "--size", "tiny", "--data", text_file,
                                "--epochs", "1", "--backend", "numpy"], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 10_000):
            shown += part
    except OSError:  # Linux's way to say that the other side has closed the terminal
        pass
    assert process.wait() == 0
    for expected in (b"epoch 1:", b"left, train ", b"tokens/s", b"test perplexity"):
        assert expected in shown
