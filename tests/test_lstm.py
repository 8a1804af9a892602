"""One layer: the paper's equations, the gradient through time, and chunks with carried state."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numlstm.checking.numerical import numerical_gradient, relative_error
from numlstm.network import lstm


def problem(rng, T=4, B=3, I=5, H=2):
    """Random inputs and upstream gradients of a layer."""
    x, Wx, Wh, b = (rng.normal(0, 0.7, shape) for shape in ((T, B, I), (I, 4 * H), (H, 4 * H), (4 * H,)))
    state, dstate = (tuple(rng.normal(size=(2, B, H))) for _ in range(2))
    return x, state, Wx, Wh, b, rng.normal(size=(T, B, H)), dstate


def test_forward_is_the_papers_equations(rng):
    x, (h, c), Wx, Wh, b, _, _ = problem(rng)
    out, (h_last, c_last), _ = lstm.forward(x, (h, c), Wx, Wh, b)

    def sigm(a):
        return 1 / (1 + np.exp(-a))

    W = np.vstack([Wx, Wh])  # the paper's one matrix
    for t in range(len(x)):
        i, f, o, g = np.split(np.hstack([x[t], h]) @ W + b, 4, axis=1)
        c = sigm(f) * c + sigm(i) * np.tanh(g)
        h = sigm(o) * np.tanh(c)
        np.testing.assert_allclose(out[t], h, rtol=1e-12)
    np.testing.assert_allclose(h_last, h, rtol=1e-12)
    np.testing.assert_allclose(c_last, c, rtol=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(0, 1000))
def test_gradient_of_everything_at_any_shape(T, B, I, H, seed):
    x, state, Wx, Wh, b, dout, dstate = problem(np.random.default_rng(seed), T, B, I, H)

    def loss():
        out, (h, c), _ = lstm.forward(x, state, Wx, Wh, b)
        return np.sum(dout * out) + np.sum(dstate[0] * h) + np.sum(dstate[1] * c)

    _, _, cache = lstm.forward(x, state, Wx, Wh, b)
    dx, (dh, dc), grads = lstm.backward(dout, dstate, cache)
    by_hand = {"x": dx, "h": dh, "c": dc, **grads}
    arrays = {"x": x, "h": state[0], "c": state[1], "Wx": Wx, "Wh": Wh, "b": b}
    for name, array in arrays.items():
        assert relative_error(by_hand[name], numerical_gradient(loss, array)) < 1e-6, name


@pytest.mark.parametrize("cuts", [(5,), (1, 2, 7), (3, 6, 8, 9)])
def test_a_long_sequence_equals_its_chunks(cuts, rng):
    x, state, Wx, Wh, b, dout, dstate = problem(rng, T=10)
    out, last, cache = lstm.forward(x, state, Wx, Wh, b)
    dx, dfirst, grads = lstm.backward(dout, dstate, cache)

    chunks, outs, caches = np.split(np.arange(10), cuts), [], []
    for chunk in chunks:
        part, state, chunk_cache = lstm.forward(x[chunk], state, Wx, Wh, b)
        outs.append(part)
        caches.append(chunk_cache)
    np.testing.assert_allclose(np.concatenate(outs), out, rtol=1e-12)
    np.testing.assert_allclose(state, last, rtol=1e-12)

    dxs, totals = [], dict.fromkeys(grads, 0)
    for chunk, chunk_cache in zip(chunks[::-1], caches[::-1]):
        part, dstate, chunk_grads = lstm.backward(dout[chunk], dstate, chunk_cache)
        dxs.insert(0, part)
        totals = {name: totals[name] + chunk_grads[name] for name in totals}
    np.testing.assert_allclose(np.concatenate(dxs), dx, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dstate, dfirst, rtol=1e-10, atol=1e-12)
    for name in grads:
        np.testing.assert_allclose(totals[name], grads[name], rtol=1e-10, atol=1e-12)


def test_backward_leaves_its_arguments_alone(rng):
    x, state, Wx, Wh, b, dout, dstate = problem(rng)
    _, _, cache = lstm.forward(x, state, Wx, Wh, b)
    before = [array.copy() for array in (dout, *dstate, *cache)]
    lstm.backward(dout, dstate, cache)
    for array, copy in zip((dout, *dstate, *cache), before):
        np.testing.assert_array_equal(array, copy)


def test_columns_never_meet(rng):
    x, (h, c), Wx, Wh, b, _, _ = problem(rng)
    both, _, _ = lstm.forward(x, (h, c), Wx, Wh, b)
    alone, _, _ = lstm.forward(x[:, 1:2], (h[1:2], c[1:2]), Wx, Wh, b)
    np.testing.assert_allclose(both[:, 1:2], alone, rtol=1e-12)


def test_a_layer_has_no_way_to_be_given_a_mask():
    """The paper's idea is structural: recurrent connections can't be dropped."""
    for function in (lstm.forward, lstm.backward, lstm.step_forward, lstm.step_backward):
        assert not any("mask" in name for name in inspect.signature(function).parameters)
    assert "mask" not in " ".join(lstm.Cache._fields)
