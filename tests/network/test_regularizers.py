"""Recurrent dropout, L2, L1, elastic net, drop-connect: right gradients on every cell, nothing where they are off."""

from dataclasses import replace

import numpy as np
import pytest

from numlstm.checking.numerical import dense, numerical_gradient, relative_error
from numlstm.checking.problem import Problem, check
from numlstm.errors import UserError
from numlstm.learning import step
from numlstm.network import model, recurrent_dropout, regularize
from numlstm.network.backend import NUMPY
from numlstm.network.cells import CELLS
from numlstm.network.choice import network_for
from numlstm.network.config import Config

CONFIG = Config(hidden=3, layers=2, batch=2, unroll=4, dropout=0.4, init=0.5)
V = 7
REGULARIZERS = [{"recurrent_dropout": "h"}, {"recurrent_dropout": "state"}, {"l2": 0.1}, {"l1": 0.1},
                {"l2": 0.1, "l1": 0.05}, {"drop_connect": 0.4}, {"drop_connect": 0.4, "drop_connect_place": "x"},
                {"drop_connect": 0.4, "drop_connect_place": "xh", "l2": 0.1, "recurrent_dropout": "state"},
                {"dropout_mask": "window"}, {"dropout_mask": "window", "recurrent_dropout": "h"}]


def network(rng, config=CONFIG):
    params = model.init_params(config, V, rng, np.float64)
    words = rng.integers(0, V, (5, 2))
    state = [rng.normal(size=(len(CELLS[config.cell].state), 2, config.hidden)) for _ in range(2)]
    return params, (words[:-1], words[1:]), state


def gradients(params, window, state, config, seed=5):
    return step.gradients(params, window, state, config, np.random.default_rng(seed), NUMPY)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("settings", REGULARIZERS, ids=str)
def test_gradients_of_training_together_with_dropout(settings, cell, rng):
    """Those that `step.gradients` computes, of the loss that the module's docstring gives."""
    config = replace(CONFIG, cell=cell, hidden=2, **settings)
    params, window, state = network(rng, config)
    for name in params:
        params[name] += 0.01 * np.sign(params[name])  # |w| has no derivative at 0
    _, _, grads = gradients(params, window, state, config)

    def loss():
        nll, _, _ = gradients(params, window, state, config)
        weights = [params[name] for name in params if name[-3:] in (".Wx", ".Wh") or name == "softmax.W"]
        return (nll.sum() / 2 + config.l1 * sum(np.abs(w).sum() for w in weights)
                + config.l2 / 2 * sum((w ** 2).sum() for w in weights))

    for name, array in params.items():
        assert relative_error(dense(grads[name], array), numerical_gradient(loss, array)) < 1e-6, name


def test_all_at_once_over_several_windows():
    errors = check(Problem(Config(hidden=3, layers=2, dropout=0.4, recurrent_dropout="state", l2=0.1, l1=0.1,
                                  drop_connect=0.3, drop_connect_place="xh", init=0.5, batch=2, unroll=3)))
    assert max(errors.values()) < 1e-6, errors


def test_off_means_off(rng):
    """Nothing is drawn, and the gradients are the model's, bit for bit."""
    params, (x, y), state = network(rng)
    generator, again = np.random.default_rng(5), np.random.default_rng(5)
    nll, carried, grads = step.gradients(params, (x, y), state, CONFIG, generator, NUMPY)
    masks = model.draw_masks(CONFIG, 4, 2, again)
    expected_nll, expected_carried, cache = model.forward(params, x, y, state, masks)
    expected, _ = model.backward(model.loss_backward(expected_nll), cache)
    np.testing.assert_array_equal(nll, expected_nll)
    np.testing.assert_array_equal(carried, expected_carried)
    for name, array in params.items():
        np.testing.assert_array_equal(dense(grads[name], array), dense(expected[name], array))
    assert generator.random() == again.random()


def test_a_setting_without_sense_is_refused():
    with pytest.raises(UserError, match="--recurrent-dropout must be nothing, h or state, not c"):
        Config(dropout=0.5, recurrent_dropout="c")
    with pytest.raises(UserError, match="--recurrent-dropout needs a --dropout above 0"):
        Config(recurrent_dropout="h")
    with pytest.raises(UserError, match="--drop-connect-place must be h, x or xh"):
        Config(drop_connect_place="hx")
    for name in ("l2", "l1", "drop_connect"):
        with pytest.raises(UserError, match="must be at least 0"):
            Config(**{name: -0.1})


# --- dropout on what is remembered --------------------------------------------------------------

def test_with_masks_of_ones_it_is_the_model(rng):
    params, (x, y), state = network(rng)
    upward = model.draw_masks(CONFIG, 4, 2, rng, np.float64)
    ones = [np.ones((4, 2, 2, 3))] * 2
    nll, carried, cache = model.forward(params, x, y, state, upward)
    same_nll, same_carried, same_cache = recurrent_dropout.forward(
        params, x, y, state, recurrent_dropout.Masks(upward, ones))
    np.testing.assert_allclose(same_nll, nll, rtol=1e-12)
    np.testing.assert_allclose(same_carried, carried, rtol=1e-12)
    dstate = [rng.normal(size=array.shape) for array in state]
    grads, dfirst = model.backward(np.ones((4, 2)), cache, dstate)
    same, same_dfirst = recurrent_dropout.backward(np.ones((4, 2)), same_cache, dstate)
    np.testing.assert_allclose(same_dfirst, dfirst, rtol=1e-9, atol=1e-12)
    for name in params:
        np.testing.assert_allclose(dense(same[name], params[name]), dense(grads[name], params[name]), rtol=1e-9,
                                   atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("places", ["h", "state"])
def test_masks_of_the_state(places, cell, rng):
    config = Config(cell=cell, hidden=500, dropout=0.5, recurrent_dropout=places)
    masks = recurrent_dropout.draw_masks(config, 3, 4, rng)
    assert (len(masks.upward), len(masks.state), len(masks.state[0])) == (3, 2, 3)
    for of_layer in masks.state:
        for mask in of_layer:
            for part, array in zip(CELLS[cell].state, mask):
                if part == "h" or places == "state":
                    assert 0.4 < np.mean(array == 0) < 0.6 and set(np.unique(array)) == {0, 2}
                else:
                    assert (array == 1).all()
    assert not np.array_equal(masks.state[0][0], masks.state[0][1]), "fresh at every step"
    assert not np.array_equal(masks.state[0][0], masks.state[1][0]), "and in every layer"
    first = masks.state[0][0]
    assert not np.array_equal(first[0, 0], first[0, 1]), "and in every column"
    if places == "state" and len(first) > 1:
        assert not np.array_equal(first[0], first[1]), "and for c another than for h"


@pytest.mark.parametrize("places", ["", "h"])
def test_one_mask_for_a_window(places, rng):
    """Variational dropout: at all steps the same units, upward and through time; others in each column and window."""
    config = Config(hidden=50, dropout=0.5, dropout_mask="window", recurrent_dropout=places)
    network = network_for(config)
    first, second = (network.draw_masks(config, 4, 3, rng) for _ in range(2))
    arrays = [[*masks.upward, *masks.state] if places else masks for masks in (first, second)]
    for mask, other in zip(*arrays):
        assert mask.shape[0] == 4 and (mask == mask[0]).all() and not np.array_equal(mask, other)
        assert set(np.unique(mask)) <= {0, 1, 2} and not np.array_equal(mask[0].T[..., 0], mask[0].T[..., 1])
    assert len(arrays[0]) == (5 if places else 3)
    with pytest.raises(UserError, match="can't go with"):
        Config(dropout=0.5, dropout_mask="window", recurrent_dropout="state")


def test_a_step_of_training_uses_the_network_that_its_config_asks_for(rng):
    """Masks through time are drawn and used; they don't just stand in the config."""
    params, (x, y), state = network(rng)
    for config in (CONFIG, replace(CONFIG, recurrent_dropout="h"), replace(CONFIG, recurrent_dropout="state")):
        nll, _, _ = gradients(params, (x, y), state, config)
        used = recurrent_dropout if config.recurrent_dropout else model
        masks = used.draw_masks(config, 4, 2, np.random.default_rng(5))
        np.testing.assert_array_equal(nll, used.forward(params, x, y, state, masks)[0])
    dropped = [gradients(params, (x, y), state, replace(CONFIG, recurrent_dropout=places))[0]
               for places in ("", "state")]
    assert not np.allclose(*dropped)


def test_every_window_has_new_drop_connect_masks(rng):
    config, generator = replace(CONFIG, dropout=0.0, drop_connect=0.5), np.random.default_rng(5)
    params, window, state = network(rng)
    first, second = (step.gradients(params, window, state, config, generator, NUMPY)[2] for _ in range(2))
    dropped = [{name: grad == 0 for name, grad in grads.items() if name.endswith(".Wh")} for grads in (first, second)]
    assert any(not np.array_equal(dropped[0][name], dropped[1][name]) for name in dropped[0])


@pytest.mark.parametrize("cell", CELLS)
def test_dropping_everything_remembered_makes_a_network_without_memory(cell, rng):
    """With all of the state dropped, a prediction depends on the last word alone."""
    params, (x, y), state = network(rng, replace(CONFIG, cell=cell))
    masks = recurrent_dropout.Masks([np.ones((4, 2, 3))] * 3, [np.zeros((4, *state[0].shape))] * 2)
    before, _, _ = recurrent_dropout.forward(params, x, y, state, masks)
    other = x.copy()
    other[0] = (other[0] + 1) % V
    after, _, _ = recurrent_dropout.forward(params, other, y, state, masks)
    np.testing.assert_array_equal(after[1:], before[1:])
    assert np.any(after[0] != before[0])


# --- weights --------------------------------------------------------------------------------------

@pytest.mark.parametrize("place, names", [
    ("h", ["lstm1.Wh", "lstm2.Wh"]), ("x", ["lstm1.Wx", "lstm2.Wx"]),
    ("xh", ["lstm1.Wx", "lstm1.Wh", "lstm2.Wx", "lstm2.Wh"])])
def test_connections_are_dropped_where_it_is_asked_for(place, names, rng):
    config = Config(hidden=50, drop_connect=0.25, drop_connect_place=place)
    params = model.init_params(config, V, rng)
    connections = regularize.draw_connections(params, config, rng)
    assert list(connections) == names
    for mask in connections.values():
        assert mask.dtype == np.float32 and abs(np.mean(mask == 0) - 0.25) < 0.03
        assert set(np.unique(mask)) == {0, np.float32(4 / 3)}
    seen = regularize.connect_forward(params, connections)
    for name in params:
        np.testing.assert_array_equal(seen[name], params[name] * connections.get(name, np.float32(1)))
    assert list(seen) == list(params)


def test_a_penalty_spares_biases_and_embeddings(rng):
    params = model.init_params(CONFIG, V, rng, np.float64)
    weights = {name for name in params if regularize.is_weight(name)}
    assert weights == {"lstm1.Wx", "lstm1.Wh", "lstm2.Wx", "lstm2.Wh", "softmax.W"}
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    regularize.penalty_backward(grads, params, Config(l2=0.5, l1=0.25), NUMPY)
    for name, array in params.items():
        expected = 0.5 * array + 0.25 * np.sign(array) if name in weights else np.zeros_like(array)
        np.testing.assert_allclose(grads[name], expected)


def test_a_penalty_alone_shrinks_weights(rng):
    """It is clipped with everything else: the step is the rate times the clipped sum."""
    config = Config(hidden=4, batch=3, unroll=5, l2=0.3, clip=0.01)
    params = model.init_params(config, V, rng, np.float64)
    words = rng.integers(0, V, (6, 3))
    before = {name: array.copy() for name, array in params.items()}
    window, state = (words[:-1], words[1:]), model.zero_state(params, 3)
    _, _, grads = step.gradients(params, window, state, config, rng, NUMPY)
    _, _, plain = step.gradients(params, window, state, replace(config, l2=0.0), rng, NUMPY)
    np.testing.assert_allclose(grads["lstm2.Wh"], plain["lstm2.Wh"] + 0.3 * params["lstm2.Wh"])
    _, _, norm = step.train_step(params, window, state, config, 0.5, rng, NUMPY)
    for name, array in params.items():
        np.testing.assert_allclose(array, before[name] - 0.5 * 0.01 / norm * dense(grads[name], array), rtol=1e-9)
