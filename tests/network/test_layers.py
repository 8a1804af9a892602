"""Each pair of layers.py by itself: forward's values, and backward against central differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numlstm.checking.numerical import dense, numerical_gradient, relative_error
from numlstm.network import layers
from numlstm.network.backend import NUMPY

LIMIT = 1e-7


def test_embedding_gradient(rng):
    table, x = rng.normal(size=(7, 3)), np.array([[1, 4], [4, 4], [0, 1]])  # word 4 three times, 2 never
    dout = rng.normal(size=(3, 2, 3))
    rows = layers.embedding_backward(dout, x, NUMPY)
    assert rows.index.tolist() == [0, 1, 4]
    expected = numerical_gradient(lambda: np.sum(dout * layers.embedding_forward(x, table)), table)
    assert relative_error(dense(rows, table), expected) < LIMIT


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 9), st.integers(0, 1000))
def test_embedding_gradient_is_the_sum_over_occurrences(T, B, V, seed):
    rng = np.random.default_rng(seed)
    x, dout = rng.integers(0, V, (T, B)), rng.normal(size=(T, B, 2))
    expected = np.zeros((V, 2))
    np.add.at(expected, x, dout)
    np.testing.assert_allclose(dense(layers.embedding_backward(dout, x, NUMPY), expected), expected, atol=1e-12)


def test_dropout_gradient(rng):
    x, dout = rng.normal(size=(2, 3, 4, 5))
    mask = layers.dropout_mask(x.shape, 0.5, rng, np.float64)
    expected = numerical_gradient(lambda: np.sum(dout * layers.dropout_forward(x, mask)), x)
    assert relative_error(layers.dropout_backward(dout, mask), expected) < LIMIT


def test_dropout_without_mask_is_the_identity(rng):
    x = rng.normal(size=(2, 3))
    assert layers.dropout_forward(x, None) is x and layers.dropout_backward(x, None) is x


@pytest.mark.parametrize("p", [0.25, 0.5, 0.65])
def test_masks_drop_a_share_of_p_and_keep_the_expectation(p, rng):
    mask = layers.dropout_mask((50, 20, 200), p, rng)
    assert mask.dtype == np.float32
    np.testing.assert_allclose(np.unique(mask), [0, 1 / (1 - p)], rtol=1e-6)
    share = np.mean(mask == 0)
    deviation = np.sqrt(p * (1 - p) / mask.size)
    assert abs(share - p) < 5 * deviation
    assert len({step.tobytes() for step in mask}) == 50, "every time step has a mask of its own"


def test_affine_gradient(rng):
    h, W, b = rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 5)), rng.normal(size=5)
    dlogits = rng.normal(size=(6, 5))
    by_hand = layers.affine_backward(dlogits, h, W, NUMPY)
    for gradient, array in zip(by_hand, (h, W, b)):
        expected = numerical_gradient(lambda: np.sum(dlogits * layers.affine_forward(h, W, b, NUMPY)), array)
        assert relative_error(gradient, expected) < LIMIT


def test_softmax_cross_entropy_gradient(rng):
    logits, y, dnll = rng.normal(size=(6, 5)), rng.integers(0, 5, 6), rng.normal(size=6)
    _, probs = layers.softmax_cross_entropy_forward(logits.copy(), y)
    by_hand = layers.softmax_cross_entropy_backward(dnll, probs, y)
    expected = numerical_gradient(
        lambda: np.sum(dnll * layers.softmax_cross_entropy_forward(logits.copy(), y)[0]), logits)
    assert relative_error(by_hand, expected) < LIMIT


def test_softmax_cross_entropy_values():
    logits = np.log([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]) + [[1000], [-1000]]  # a shift changes nothing
    nll, probs = layers.softmax_cross_entropy_forward(logits, np.array([0, 2]))
    np.testing.assert_allclose(nll, -np.log([0.5, 0.7]))
    np.testing.assert_allclose(probs, [[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])
