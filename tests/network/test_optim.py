"""Clipping by the norm of all gradients together, and the SGD step."""

import numpy as np
import pytest

from numlstm.errors import Diverged
from numlstm.network import optim
from numlstm.network.backend import NUMPY
from numlstm.network.layers import Rows


def gradients(rng):
    """A dense and a sparse gradient, and both as one long vector."""
    dense, rows = rng.normal(size=(3, 4)), Rows(np.array([1, 5]), rng.normal(size=(2, 4)))
    return {"a": dense, "embedding": rows}, np.concatenate([dense.ravel(), rows.values.ravel()])


def test_norm_is_that_of_all_gradients_together_the_embeddings_included(rng):
    grads, vector = gradients(rng)
    assert optim.global_norm(grads, NUMPY) == pytest.approx(np.linalg.norm(vector))


def step(grads, lr=1.0, limit=1000):
    """A step from parameters that are all 1: what it returns, and the parameters after."""
    params = {"a": np.ones((3, 4)), "embedding": np.ones((7, 4))}
    return optim.sgd_step(params, grads, lr, limit, NUMPY), params


def test_clipping_scales_all_gradients_by_one_factor(rng):
    grads, vector = gradients(rng)
    norm, params = step(grads, limit=0.5)
    assert norm == pytest.approx(np.linalg.norm(vector)), "the norm before clipping is returned"
    np.testing.assert_allclose(params["a"].ravel(), 1 - vector[:12] * 0.5 / norm)
    np.testing.assert_allclose(params["embedding"][[1, 5]].ravel(), 1 - vector[12:] * 0.5 / norm)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_an_error_and_changes_nothing(bad, rng):
    grads, _ = gradients(rng)
    grads["embedding"].values[1, 2] = bad
    params = {"a": np.ones((3, 4)), "embedding": np.ones((7, 4))}
    with pytest.raises(Diverged, match="norm is"):
        optim.sgd_step(params, grads, 1.0, 5, NUMPY)
    assert all((array == 1).all() for array in params.values())


def test_sgd_step_moves_against_the_gradient(rng):
    grads, vector = gradients(rng)
    _, params = step(grads, lr=0.1)
    np.testing.assert_allclose(params["a"].ravel(), 1 - 0.1 * vector[:12])
    np.testing.assert_allclose(params["embedding"][[1, 5]].ravel(), 1 - 0.1 * vector[12:])
    np.testing.assert_array_equal(params["embedding"][[0, 2, 3, 4, 6]], 1)


def test_where_all_gradients_are_zero_nothing_moves():
    norm, params = step({"a": np.zeros((3, 4))}, limit=5)
    assert norm == 0 and (params["a"] == 1).all()
