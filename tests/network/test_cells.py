"""One layer of any cell: its equations, the gradient through time, chunks with carried state, no way for a mask."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numlstm.checking.numerical import numerical_gradient, relative_error
from numlstm.network import model, unroll
from numlstm.network.backend import NUMPY
from numlstm.network.cells import CELLS
from numlstm.network.config import Config
from numlstm.network.unroll import Weights

every_cell = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)


def problem(cell, rng, T=4, B=3, I=5, H=2):
    """Random inputs and upstream gradients of a layer: x, state, weights, dout, dstate."""
    weights = Weights(**{name: rng.normal(0, 0.7, shape) for name, shape in cell.shapes(I, H).items()})
    state, dstate = rng.normal(size=(2, len(cell.state), B, H))
    return rng.normal(0, 0.7, (T, B, I)), state, weights, rng.normal(size=(T, B, H)), dstate


def sigm(a):
    return 1 / (1 + np.exp(-a))


def lstm_step(x, state, Wx, Wh, b):
    h, c = state
    W = np.vstack([Wx, Wh])  # the paper's one matrix
    i, f, o, g = np.split(np.hstack([x, h]) @ W + b, 4, axis=1)
    c = sigm(f) * c + sigm(i) * np.tanh(g)
    return sigm(o) * np.tanh(c), c


def gru_step(x, state, Wx, Wh, b):
    (h,), (bn, br, bz, bm) = state, np.split(b, 4)
    (xn, xr, xz), (hr, hz, hm) = np.split(x @ Wx, 3, axis=1), np.split(h @ Wh, 3, axis=1)
    r, z = sigm(xr + hr + br), sigm(xz + hz + bz)
    return ((1 - z) * np.tanh(xn + bn + r * (hm + bm)) + z * h,)


def rnn_step(x, state, Wx, Wh, b):
    return (np.tanh(x @ Wx + state[0] @ Wh + b),)


@pytest.mark.parametrize("name, step", [("lstm", lstm_step), ("gru", gru_step), ("rnn", rnn_step)])
def test_forward_is_the_equations(name, step, rng):
    x, state, weights, _, _ = problem(CELLS[name], rng)
    out, last, _ = unroll.forward(CELLS[name], x, state, weights, NUMPY)
    for t in range(len(x)):
        state = step(x[t], state, *weights)
        np.testing.assert_allclose(out[t], state[0], rtol=1e-12)
    np.testing.assert_allclose(last, state, rtol=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(list(CELLS.values())), st.integers(1, 5), st.integers(1, 4), st.integers(1, 4),
       st.integers(1, 4), st.integers(0, 1000))
def test_gradient_of_everything_at_any_shape(cell, T, B, I, H, seed):
    x, state, weights, dout, dstate = problem(cell, np.random.default_rng(seed), T, B, I, H)

    def loss():
        out, last, _ = unroll.forward(cell, x, state, weights, NUMPY)
        return np.sum(dout * out) + np.sum(dstate * last)

    _, _, cache = unroll.forward(cell, x, state, weights, NUMPY)
    dx, dfirst, dweights = unroll.backward(cell, dout, dstate, cache, NUMPY)
    for name, by_hand, array in (("x", dx, x), ("state", dfirst, state), *zip(Weights._fields, dweights, weights)):
        assert relative_error(by_hand, numerical_gradient(loss, array)) < 1e-6, (cell.name, name)


@every_cell
@pytest.mark.parametrize("cuts", [(5,), (1, 2, 7), (3, 6, 8, 9)])
def test_a_long_sequence_equals_its_chunks(cell, cuts, rng):
    x, state, weights, dout, dstate = problem(cell, rng, T=10)
    out, last, cache = unroll.forward(cell, x, state, weights, NUMPY)
    dx, dfirst, dweights = unroll.backward(cell, dout, dstate, cache, NUMPY)

    chunks, outs, caches = np.split(np.arange(10), cuts), [], []
    for chunk in chunks:
        part, state, chunk_cache = unroll.forward(cell, x[chunk], state, weights, NUMPY)
        outs.append(part)
        caches.append(chunk_cache)
    np.testing.assert_allclose(np.concatenate(outs), out, rtol=1e-12)
    np.testing.assert_allclose(state, last, rtol=1e-12)

    dxs, totals = [], [0, 0, 0]
    for chunk, chunk_cache in zip(chunks[::-1], caches[::-1]):
        part, dstate, found = unroll.backward(cell, dout[chunk], dstate, chunk_cache, NUMPY)
        dxs.insert(0, part)
        totals = [total + grad for total, grad in zip(totals, found)]
    np.testing.assert_allclose(np.concatenate(dxs), dx, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dstate, dfirst, rtol=1e-10, atol=1e-12)
    for total, grad in zip(totals, dweights):
        np.testing.assert_allclose(total, grad, rtol=1e-10, atol=1e-12)


@every_cell
def test_backward_leaves_its_arguments_alone(cell, rng):
    x, state, weights, dout, dstate = problem(cell, rng)
    _, _, cache = unroll.forward(cell, x, state, weights, NUMPY)
    arrays = [dout, dstate, *cache[:-1], *cache.weights]
    before = [array.copy() for array in arrays]
    unroll.backward(cell, dout, dstate, cache, NUMPY)
    for array, copy in zip(arrays, before):
        np.testing.assert_array_equal(array, copy)


@every_cell
def test_columns_never_meet(cell, rng):
    x, state, weights, _, _ = problem(cell, rng)
    both, _, _ = unroll.forward(cell, x, state, weights, NUMPY)
    alone, _, _ = unroll.forward(cell, x[:, 1:2], state[:, 1:2], weights, NUMPY)
    np.testing.assert_allclose(both[:, 1:2], alone, rtol=1e-12)


def test_a_cells_name_may_end_in_a_digit(rng, monkeypatch):
    """The layer lstm21 is the first of cell lstm2, not the 21st of lstm."""
    monkeypatch.setitem(CELLS, "lstm2", CELLS["rnn"]._replace(name="lstm2"))
    params = model.init_params(Config(cell="lstm2", hidden=3, layers=11), 5, rng)
    found = model.recurrent_layers(params)
    assert [name for name, _, _ in found] == [f"lstm2{layer}" for layer in range(1, 12)]
    assert {own.name for _, own, _ in found} == {"lstm2"}


@every_cell
def test_a_layer_has_no_way_to_be_given_a_mask(cell):
    """The paper's idea is structural: recurrent connections can't be dropped."""
    for function in (unroll.forward, unroll.backward, unroll.loop_forward, unroll.loop_backward,
                     cell.step_forward, cell.step_backward):
        assert not any("mask" in name for name in inspect.signature(function).parameters)
    assert "mask" not in " ".join([*unroll.Cache._fields, *Weights._fields, *cell._fields])
