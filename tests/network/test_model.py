"""The whole network: gradients, where dropout acts, carried state, the loss' scale, counts of parameters."""

import numpy as np
import pytest

from numlstm.checking import problem
from numlstm.checking.numerical import dense, numerical_gradient, relative_error
from numlstm.network import model
from numlstm.network.cells import CELLS
from numlstm.network.cells.cell import blocks
from numlstm.network.config import SIZES, Config

SMALL = Config(hidden=6, layers=2, batch=3, unroll=4, init=0.5, dropout=0.5)
V = 9


def network(rng, config=SMALL, dtype=np.float64):
    """Random parameters, words (T + 1, B) and state."""
    params = model.init_params(config, V, rng, dtype)
    words = rng.integers(0, V, (config.unroll + 1, config.batch))
    state = list(rng.normal(size=(config.layers, 2, config.batch, config.hidden)).astype(dtype))
    return params, words[:-1], words[1:], state


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_every_gradient_against_central_differences(layers):
    config = Config(hidden=3, layers=layers, dropout=0.4, init=0.5, batch=2, unroll=3)
    errors = problem.check(problem.Problem(config, windows=2, seed=layers))
    assert len(errors) == 3 + 3 * layers + layers
    assert max(errors.values()) < 1e-6, errors


def test_a_wrong_derivative_is_named(monkeypatch):
    """The checker must be able to fail: leave the tanh's derivative out of one gate."""
    right = CELLS["lstm"].step_backward

    def wrong(dstate, a, prev, state, saved, da):
        right(dstate, a, prev, state, saved, da)
        g = blocks(a, 4)[3]
        blocks(da, 4)[3][:] /= 1 - g ** 2

    monkeypatch.setitem(CELLS, "lstm", CELLS["lstm"]._replace(step_backward=wrong))
    errors = problem.check(problem.Problem())
    assert errors["lstm1.Wx"] > 1e-3 and errors["lstm2.b"] > 1e-3
    assert errors["softmax.W"] < 1e-6, "what lies above the mistake is still right"


def test_windows_with_carried_state_equal_one_long_window(rng):
    """Forward and backward, the gradients of the carried state included."""
    params, _, _, state = network(rng)
    words, dnll = rng.integers(0, V, (11, 3)), rng.normal(size=(10, 3))
    nll, last, cache = model.forward(params, words[:-1], words[1:], state)
    grads, dfirst = model.backward(dnll, cache)

    parts, caches, carried = [], [], state
    for start, end in ((0, 4), (4, 5), (5, 10)):
        part, carried, chunk_cache = model.forward(params, words[start:end], words[start + 1:end + 1], carried)
        parts.append(part)
        caches.append((start, end, chunk_cache))
    np.testing.assert_allclose(np.concatenate(parts), nll, rtol=1e-12)
    np.testing.assert_allclose(carried, last, rtol=1e-12)
    totals, dstate = dict.fromkeys(grads, 0), None
    for start, end, chunk_cache in reversed(caches):
        chunk_grads, dstate = model.backward(dnll[start:end], chunk_cache, dstate)
        totals = {name: totals[name] + dense(grad, params[name]) for name, grad in chunk_grads.items()}
    for name, grad in grads.items():
        np.testing.assert_allclose(totals[name], dense(grad, params[name]), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dstate, dfirst, rtol=1e-9, atol=1e-12)


def test_masks_of_zeros_leave_the_recurrent_path_intact(rng):
    """Nothing from below passes, but what is remembered does: state goes on, and its gradient comes back."""
    params, x, y, state = network(rng)
    closed = [np.zeros((4, 3, 6))] * 3
    nll, carried, cache = model.forward(params, x, y, state, closed)
    other_words = (x + 1) % V
    _, same, _ = model.forward(params, other_words, y, state, closed)
    np.testing.assert_array_equal(carried, same)
    other_state = [array + [[[1]], [[0]]] for array in state]  # another h, the same c
    _, different, _ = model.forward(params, x, y, other_state, closed)
    assert not np.allclose(carried, different)

    dstate = list(rng.normal(size=(2, 2, 3, 6)))
    grads, dfirst = model.backward(np.ones((4, 3)), cache, dstate)
    assert not grads["embedding"].values.any() and not grads["lstm1.Wx"].any() and not grads["softmax.W"].any()
    assert all(np.all(array != 0) for array in dfirst)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_each_mask_acts_at_its_place_and_step(place, rng):
    """A mask of zeros at one step of one place changes predictions from that step on, never before."""
    params, x, y, state = network(rng)
    masks = [np.ones((4, 3, 6)) for _ in range(3)]
    before, _, _ = model.forward(params, x, y, state, masks)
    masks[place][2] = 0
    after, _, _ = model.forward(params, x, y, state, masks)
    changed = np.any(before != after, axis=1)
    assert changed.tolist() == [False, False, True, place < 2]  # below the softmax nothing is remembered


def test_every_place_step_and_column_of_every_window_has_a_mask_of_its_own(rng):
    config = Config(hidden=100, layers=2, dropout=0.5)
    masks = np.array([model.draw_masks(config, 4, 3, rng) for _ in range(2)])
    assert masks.shape == (2, 3, 4, 3, 100), "windows, places, steps, columns, units"
    rows = masks.reshape(-1, 100)
    assert len(np.unique(rows, axis=0)) == len(rows) == 2 * 3 * 4 * 3
    assert model.draw_masks(Config(dropout=0), 4, 3, rng) is None


def test_loss_is_the_sum_over_time_and_the_mean_over_the_batch(rng):
    """With T != B, so that no other scale gives the same number. The gradient is that of this loss."""
    params, x, y, state = network(rng)
    nll, _, cache = model.forward(params, x, y, state)
    assert nll.shape == (4, 3)
    assert model.loss_forward(nll) == pytest.approx(sum(nll[t, b] for t in range(4) for b in range(3)) / 3)
    grads, _ = model.backward(model.loss_backward(nll), cache)
    expected = numerical_gradient(
        lambda: model.loss_forward(model.forward(params, x, y, state)[0]), params["softmax.b"])
    assert relative_error(grads["softmax.b"], expected) < 1e-7


def test_twice_the_columns_with_the_same_text_give_the_same_gradient(rng):
    params, x, y, state = network(rng)

    def gradient(repeat):
        tiled = [np.tile(array, (repeat, 1)) for array in state]
        nll, _, cache = model.forward(params, np.tile(x, repeat), np.tile(y, repeat), tiled)
        return model.backward(model.loss_backward(nll), cache)[0]["lstm1.Wh"]
    np.testing.assert_allclose(gradient(2), gradient(1), rtol=1e-10)


@pytest.mark.parametrize("size, count", [("small", 4_651_600), ("medium", 19_775_200), ("large", 66_022_000)])
def test_parameter_counts(size, count):
    config = SIZES[size]
    H, V = config.hidden, 10_000
    assert count == V * H + 2 * (2 * H * 4 * H + 4 * H) + H * V + V
    if size == "small":  # drawing the others takes a second or two
        assert model.parameter_count(model.init_params(config, V, np.random.default_rng(0))) == count


def test_every_parameter_is_drawn_from_the_same_interval(rng):
    params = model.init_params(Config(hidden=80, init=0.04), 300, rng)
    for name, array in params.items():
        assert array.dtype == np.float32
        assert np.abs(array).max() <= 0.04 and np.abs(array).max() > 0.038, name
        assert abs(array.mean()) < 5 * 0.04 / np.sqrt(3 * array.size), f"{name} is centred: no bias of 1 anywhere"


def test_float32_agrees_with_float64(rng):
    params, x, y, state = network(rng)
    single = {name: array.astype(np.float32) for name, array in params.items()}
    single_state = [array.astype(np.float32) for array in state]
    nll, _, cache = model.forward(params, x, y, state)
    nll32, _, cache32 = model.forward(single, x, y, single_state)
    assert nll32.dtype == np.float32
    np.testing.assert_allclose(nll32, nll, rtol=1e-5)
    grads, _ = model.backward(model.loss_backward(nll), cache)
    grads32, _ = model.backward(model.loss_backward(nll32), cache32)
    for name in grads:
        a, b = (dense(g[name], params[name]) for g in (grads32, grads))
        assert a.dtype == np.float32 or name == "embedding"
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
