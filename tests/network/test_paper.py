"""The paper in one file is the oracle: the library, by NumPy and compiled, computes what its 250 lines compute."""

import importlib.util
import shutil
import subprocess
import sys

import numpy as np
import pytest
from helpers import ROOT, call

from numlstm.checking.numerical import dense
from numlstm.learning import backends, evaluation
from numlstm.network import layers, model, optim
from numlstm.network.config import Config, learning_rate

V = 11
SIZES = {"H": 6, "L": 2, "B": 3, "T": 5, "P": 0.4, "CLIP": 0.7}  # T != B, and a norm that is clipped
CONFIG = Config(hidden=6, layers=2, batch=3, unroll=5, dropout=0.4, clip=0.7)


@pytest.fixture
def paper():
    """The module, with sizes of its own."""
    spec = importlib.util.spec_from_file_location("paper", ROOT / "numlstm/paper.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module).update(SIZES)
    return module


@pytest.fixture(params=["numpy", *(f"numba, {kind}" for kind in backends.possible())])
def backend(request):
    name, _, products = request.param.partition(", ")
    return backends.choose(name, threads=2, products=products or None)


def test_three_steps_are_those_of_the_library(paper, backend, rng):
    """Loss, all gradients and the parameters after each step, to 1e-10, with masks and carried state."""
    own = {name: array.astype(float) for name, array in paper.init_params(V, rng).items()}
    ours = {name: array.copy() for name, array in own.items()}
    columns, T = rng.integers(0, V, (16, 3)), CONFIG.unroll
    own_state, our_state = ([rng.normal(size=(2, 3, 6)) for _ in range(2)] for _ in range(2))
    our_state[:] = [array.copy() for array in own_state]
    clipped = 0
    for n, (x, y) in enumerate(paper.windows(columns)):
        masks = [layers.dropout_mask((T, 3, 6), 0.4, rng, np.float64) for _ in range(3)]
        loss, nll, own_state, cache = paper.forward(own, x, y, own_state, masks)
        grads = paper.backward(own, x, y, masks, cache)
        our_nll, our_state, our_cache = model.forward(ours, x, y, our_state, masks, backend)
        assert model.loss_forward(our_nll) == pytest.approx(loss, rel=1e-10)
        our_grads, _ = model.backward(model.loss_backward(our_nll), our_cache, backend=backend)
        for name, grad in grads.items():
            np.testing.assert_allclose(dense(our_grads[name], ours[name]), grad, rtol=1e-10, atol=1e-12, err_msg=name)
        rate = paper.learning_rate(n + 1, 1, 2.0)
        assert rate == learning_rate(Config(decay_after=1, decay=2.0), n + 1)
        paper.update(own, grads, rate, paper.CLIP)
        clipped += optim.sgd_step(ours, our_grads, rate, CONFIG.clip, backend) > CONFIG.clip
        for name, array in own.items():
            np.testing.assert_allclose(ours[name], array, rtol=1e-10, atol=1e-12, err_msg=name)
    assert (n, clipped) == (2, 3)


def test_it_begins_with_the_librarys_parameters_and_masks(paper):
    own, ours = (init(V, np.random.default_rng(3)) for init in (
        paper.init_params, lambda V, rng: model.init_params(CONFIG, V, rng)))
    assert list(own) == list(ours) and all(np.array_equal(own[name], ours[name]) for name in own)
    masks = (draw((5, 3, 6), 0.4, np.random.default_rng(3)) for draw in (paper.dropout_mask, layers.dropout_mask))
    assert np.array_equal(*masks)


@pytest.mark.parametrize("count", [1, 3])
def test_perplexity_is_that_of_the_library(paper, backend, rng, count):
    """Over several windows, with carried state and without dropout. The last words that fill no row are left out."""
    params = {name: array.astype(float) for name, array in paper.init_params(V, rng).items()}
    stream = rng.integers(0, V, 50)
    ours, _ = evaluation.perplexity(params, stream, backend, batch=count)
    assert paper.perplexity(params, stream, count) == pytest.approx(ours, rel=1e-10)


def test_its_own_check_finds_a_wrong_derivative(paper, monkeypatch, rng):
    assert paper.check(rng) < 1e-6
    right = paper.step_backward

    def wrong(dh, dc_next, c_prev, gates):
        da, dc_prev = right(dh, dc_next, c_prev, gates)
        return da, dc_prev * 0.99

    monkeypatch.setattr(paper, "step_backward", wrong)
    assert paper.check(rng) > 1e-4


def test_its_file_is_one_that_people_read():
    assert len((ROOT / "numlstm/paper.py").read_text(encoding="utf-8").splitlines()) <= 250


@pytest.fixture
def copied(tmp_path):
    """A copy of the file in an empty folder, and a function that runs it with NumPy alone."""
    shutil.copy(ROOT / "numlstm/paper.py", tmp_path)
    program = (f"import sys; sys.modules['numlstm'] = None; sys.path.insert(0, {str(tmp_path)!r}); import paper; "
               "paper.EPOCHS, paper.H = 2, 8; sys.exit(paper.main(sys.argv[1:]))")

    def run(*arguments):
        return subprocess.run([sys.executable, "-c", program, *map(str, arguments)], cwd=tmp_path, capture_output=True,
                              text=True, timeout=120)
    return run


def test_a_copy_runs_without_the_package(copied, text_file):
    done = copied(text_file)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    lines = done.stdout.splitlines()
    assert lines[1].startswith("epoch  1/2  rate 1       train ") and lines[-1].startswith("test perplexity ")
    assert all(1 < float(line.split("valid")[1].split()[0]) < 20 for line in lines[1:3])  # of 13 different words


def test_texts_that_it_can_not_read(copied, tmp_path):
    (tmp_path / "latin.txt").write_bytes("très\n".encode("latin-1") * 99)
    (tmp_path / "short.txt").write_text("one two\n" * 30)
    (tmp_path / "late.txt").write_text("a\n" * 13 + "b b\n" + "a b " * 60 + "\n" + "a b " * 60)  # little to train on
    for arguments, part in (((), "name a text file"), (("nowhere.txt",), "No such file"), (("latin.txt",), "utf-8"),
                            (("short.txt",), "too little text"), (("late.txt",), "too little text")):
        done = copied(*arguments)
        assert done.returncode == 1 and part in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_the_command_checks_its_derivatives():
    done = call("numlstm", "paper", "--check")
    assert done.returncode == 0 and done.stdout.startswith("largest error of a derivative: ")
