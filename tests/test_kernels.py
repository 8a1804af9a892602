"""Every compiled kernel equals its NumPy twin, in float32 and float64, at any shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba", reason="needs numba; without it only the NumPy loops run")

from numlstm import gradcheck
from numlstm.backend import NUMPY, choose

NUMBA = choose("numba")
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-14}
shapes = st.tuples(st.sampled_from([1, 2, 3, 20]), st.sampled_from([1, 2, 7, 15, 33, 200]))
dtypes = st.sampled_from([np.float32, np.float64])


def both(name, *arguments):
    """The same call of both twins, each with copies of its own: [(result, arguments after), ...]."""
    results = []
    for backend in (NUMPY, NUMBA):
        own = [array.copy() for array in arguments]
        results.append((getattr(backend, name)(*own), own))
    return results


def assert_twins(name, dtype, *arguments):
    (result, after), (kernel_result, kernel_after) = both(name, *arguments)
    expected = [*(result if isinstance(result, tuple) else () if result is None else (result,)), *after]
    found = [*(kernel_result if isinstance(kernel_result, tuple) else () if kernel_result is None
               else (kernel_result,)), *kernel_after]
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=10 * TOLERANCE[dtype], atol=4 * TOLERANCE[dtype])


@settings(max_examples=40, deadline=None)
@given(shapes, dtypes, st.sampled_from([0.1, 3, 50]), st.integers(0, 1000))
def test_lstm_steps(shape, dtype, scale, seed):
    rng, (B, H) = np.random.default_rng(seed), shape

    def draw(size, scale=1.0):
        return (scale * rng.normal(size=size)).astype(dtype)

    gates, c_prev, (c, tanh_c, h) = draw((B, 4 * H), scale), draw((B, H)), np.zeros((3, B, H), dtype)
    assert_twins("lstm_step_forward", dtype, gates, c_prev, c, tanh_c, h)
    NUMPY.lstm_step_forward(gates, c_prev, c, tanh_c, h)
    assert_twins("lstm_step_backward", dtype, draw((B, H)), draw((B, H)), gates, c_prev, tanh_c, np.zeros_like(gates))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([1, 2, 5, 40]), st.sampled_from([1, 2, 7, 33, 1000]), dtypes,
       st.sampled_from([0.1, 3, 30]), st.integers(0, 1000))
def test_softmax_cross_entropy(N, V, dtype, scale, seed):
    rng = np.random.default_rng(seed)
    logits, y = (scale * rng.normal(size=(N, V))).astype(dtype), rng.integers(0, V, N)
    assert_twins("softmax_cross_entropy_forward", dtype, logits, y)
    _, probs = NUMPY.softmax_cross_entropy_forward(logits, y)
    assert_twins("softmax_cross_entropy_backward", dtype, rng.normal(size=N).astype(dtype), probs, y)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_stays_visible(bad):
    """fastmath must not turn a diverged network's NaN into a number."""
    logits = np.zeros((3, 40), np.float32)
    logits[1, 17] = bad
    nll, _ = NUMBA.softmax_cross_entropy_forward(logits, np.array([0, 1, 2]))
    assert np.isfinite(nll).tolist() == [True, False, True]
    gates, (c_prev, c, tanh_c, h) = np.full((1, 32), np.nan, np.float32), np.zeros((4, 1, 8), np.float32)
    NUMBA.lstm_step_forward(gates, c_prev, c, tanh_c, h)
    assert np.isnan(h).all() and np.isnan(c).all()


def test_the_whole_model_has_right_gradients_with_the_kernels():
    errors = gradcheck.check(gradcheck.Problem(backend=NUMBA))
    assert max(errors.values()) < 1e-6, errors


def test_extreme_preactivations_saturate():
    gates = np.array([[-1e30, 1e30, -100.0, 100.0]], np.float32)  # i, f, o, g of one unit
    c_prev, (c, tanh_c, h) = np.array([[2.0]], np.float32), np.zeros((3, 1, 1), np.float32)
    NUMBA.lstm_step_forward(gates, c_prev, c, tanh_c, h)
    np.testing.assert_allclose(gates, [[0, 1, 0, 1]], atol=1e-30)
    np.testing.assert_allclose(c, [[2]])
