"""A compiled function does what its NumPy definition does, whatever it is given, and wherever it is called from."""

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers import call
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba", reason="needs numba; without it only NumPy's functions run")

from numlstm.learning import backends
from numlstm.learning.backends import choose
from numlstm.learning.step import train_step
from numlstm.network import model, optim
from numlstm.network.backend import NUMPY
from numlstm.network.config import Config

KINDS = {products: choose("numba", 2, products) for products in backends.possible()}
CONFIG = Config(hidden=16, layers=2, batch=6, unroll=5, dropout=0.2)
V = 30


def strange(array, how):
    """The same numbers in an array that a kernel isn't made for."""
    if how == "columns first":
        return np.asfortranarray(array)
    if how == "every second":
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if how == "backwards":
        return np.ascontiguousarray(array[::-1])[::-1]
    if how == "bytes swapped":
        return array.astype(array.dtype.newbyteorder())
    if how == "unaligned":
        memory = np.zeros(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape(array.shape)
        memory[:] = array
        return memory
    if how == "float16":
        return array.astype(np.float16)
    if how == "read-only":
        array = array.copy()
        array.flags.writeable = False
    return array


STRANGE = st.sampled_from(["as usual", "columns first", "every second", "backwards", "bytes swapped", "unaligned",
                           "float16", "read-only"])


def outcome(function, arguments):
    """What a function returns and leaves in its arguments; or the kind of its error."""
    try:
        result = function(*arguments)
    except (ValueError, IndexError, TypeError) as error:
        return (type(error),)
    found = result if isinstance(result, tuple) else (result,)
    return [np.array(part, float) for part in (*found, *arguments) if isinstance(part, (np.ndarray, float))]


def assert_alike(name, make, count=None):
    """Every backend's method does as NumPy's, each with arguments of its own from make().

    The results are compared, and what is left in the arguments; or the first `count` of them all.
    """
    expected = outcome(getattr(NUMPY, name), make())[:count]
    for kind, backend in KINDS.items():
        found = outcome(getattr(backend, name), make())[:count]
        if isinstance(expected, tuple) or isinstance(found, tuple):
            assert found == expected, (name, kind)
            continue
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-3, err_msg=f"{name}, {kind}")


few = settings(max_examples=25, deadline=None)
shapes = st.tuples(st.integers(0, 20), st.integers(0, 20))


@few
@given(shapes, STRANGE, STRANGE, st.integers(0, 99), st.booleans())
def test_updates_penalties_and_sums(shape, how, other, seed, double):
    def make(count):
        rng = np.random.default_rng(seed)
        return [rng.normal(size=shape).astype(float if double else np.float32) for _ in range(count)]

    def pair():
        first, second = make(2)
        return strange(first, how), strange(second, other)

    def update():
        array, grad = pair()
        return array, 0.3, grad

    assert_alike("subtract", update, 1)
    assert_alike("add_penalty", lambda: (*pair(), 0.1, 0.2))
    assert_alike("square_sum", lambda: pair()[:1])
    assert_alike("column_sums", lambda: pair()[:1])


@few
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), STRANGE, STRANGE, st.integers(0, 99))
def test_products(M, K, N, how, other, seed):
    def make():
        rng = np.random.default_rng(seed)
        left, right, bias = (rng.normal(size=size).astype(np.float32) for size in ((M, K), (K, N), N))
        return strange(left, how), strange(right, other), bias
    assert_alike("product", make)


@few
@given(st.integers(1, 9), st.integers(1, 9), STRANGE, st.lists(st.integers(-3, 12), min_size=9, max_size=9),
       st.sampled_from([np.int32, np.int64, np.uint8]))
def test_softmax_and_words_out_of_range(N, V, how, numbers, kind):
    y = np.array(numbers[:N]).clip(0 if kind == np.uint8 else -3).astype(kind)

    def make():
        return strange(np.random.default_rng(1).normal(size=(N, V)).astype(np.float32), how), y
    assert_alike("softmax_cross_entropy_forward", make)
    assert_alike("softmax_cross_entropy_backward", lambda: (np.ones(N, np.float32), *make()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["columns first", "every second", "backwards"])
def test_parameters_in_any_order_of_memory_are_trained(kind, how, rng):
    """As where somebody ties the softmax's weights to the embedding: params["softmax.W"] = params["embedding"].T."""
    window = rng.integers(0, V, (2, 5, 6))
    after = []
    for backend in (NUMPY, KINDS[kind]):
        params = model.init_params(CONFIG, V, np.random.default_rng(1), np.float64)
        before = {name: array.copy() for name, array in params.items()}
        params = {name: strange(array, how) for name, array in params.items()}
        train_step(params, tuple(window), model.zero_state(params, 6), CONFIG, 1.0, np.random.default_rng(2), backend)
        assert all(np.any(params[name] != before[name]) for name in params), "something is never trained"
        after.append(params)
    for name, array in after[0].items():
        np.testing.assert_allclose(after[1][name], array, rtol=1e-9, atol=1e-12, err_msg=name)


def test_overlapping_memory(rng):
    for backend in (NUMPY, *KINDS.values()):
        array = np.arange(40.0)
        backend.subtract(array[1:], 1.0, array[:-1].copy())
        np.testing.assert_array_equal(array, [0, *np.ones(39)])
        square = np.arange(16.0).reshape(4, 4)
        expected = square @ square
        np.testing.assert_allclose(backend.product(square, square, out=square), expected)


# --- where it is called from ------------------------------------------------------------------------

def losses(backend, seed, steps=3):
    """The losses of some steps of training."""
    rng = np.random.default_rng(seed)
    params, window = model.init_params(CONFIG, V, rng), rng.integers(0, V, (2, 5, 6))
    state = model.zero_state(params, 6)
    found = []
    for _ in range(steps):
        nll, state, _ = train_step(params, tuple(window), state, CONFIG, 1.0, rng, backend)
        found.append(float(nll.sum()))
    return found


def work(backend, results):
    results.put(losses(backend, 1))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_a_forked_child_uses_its_parents_backend(kind):
    backend = KINDS[kind]
    expected, context = losses(backend, 1), multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=work, args=(backend, results))
    child.start()
    try:
        assert results.get(timeout=60) == expected
    finally:
        child.kill()
        child.join()


@pytest.mark.parametrize("kind", KINDS)
def test_threads_may_share_a_backend(kind):
    backend = KINDS[kind]
    expected = [losses(backend, seed) for seed in range(4)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            for _ in range(5):
                assert list(threads.map(lambda seed: losses(backend, seed), range(4))) == expected
    finally:
        sys.setswitchinterval(before)
    assert threading.active_count() < 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_backend_can_be_copied_and_pickled(kind):
    backend = KINDS[kind]
    for other in (pickle.loads(pickle.dumps(backend)), copy.deepcopy(backend), copy.copy(backend)):
        assert (type(other), other.products, other.threads) == (type(backend), backend.products, backend.threads)
        assert losses(other, 1) == losses(backend, 1)


# --- numbers ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("backend", [NUMPY, *KINDS.values()])
def test_sums_are_nearly_exact(backend):
    """In float32, the square sum of 7.5 million numbers would be off by 5e-5 if float32 added it up."""
    array = np.random.default_rng(1).uniform(-1, 1, 3_000_000).astype(np.float32)
    exact = float(np.square(array.astype(np.longdouble)).sum())
    assert abs(backend.square_sum(array) / exact - 1) < 1e-6
    assert optim.global_norm({"a": array, "b": array[:7]}, backend) == pytest.approx(
        np.sqrt(exact + float(np.square(array[:7].astype(float)).sum())), rel=1e-6)


# --- numba's switches -------------------------------------------------------------------------------

def test_without_compilation_numpy_computes(text_file, in_tmp):
    """NUMBA_DISABLE_JIT is numba's own way to debug."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = call("numlstm", "train", "--size", "tiny", "--hidden", "4", "--epochs", "1", "--data", text_file,
                "--name", "x", env=environment)
    assert done.returncode == 0 and "NUMBA_DISABLE_JIT is set" in done.stderr and "numpy loops" in done.stdout
    done = call("numlstm", "generate", "runs/x", "--words", "3", env=environment)
    assert done.returncode == 0 and done.stderr.count("\n") == 1, done.stderr


def test_other_settings_of_numba_have_a_cache_of_their_own():
    program = "from numlstm.fast import jit, fastest; print(jit.FOLDER.name, jit.SETTINGS)"

    def folder(**settings):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")} | settings
        return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True,
                              check=True).stdout.split()
    usual, slow = folder(), folder(NUMBA_OPT="0")
    assert slow[0].startswith(f"{usual[0]}-") and slow[1] == "NUMBA_OPT=0" and len(usual) == 1
    assert folder(NUMBA_BOUNDSCHECK="1")[0] not in (usual[0], slow[0])
