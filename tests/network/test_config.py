"""The published sizes, and the whole list of their learning rates."""

import dataclasses

import pytest

from numlstm.errors import UserError
from numlstm.network.config import SIZES, Config, learning_rate

PUBLISHED = {  # H, L, p, a, B, T, epochs, decay, epochs at the full rate, clip
    "small": (200, 2, 0, 0.1, 20, 20, 13, 2, 4, 5),
    "medium": (650, 2, 0.5, 0.05, 20, 35, 39, 1.2, 6, 5),
    "large": (1500, 2, 0.65, 0.04, 20, 35, 55, 1.15, 14, 10),
}


@pytest.mark.parametrize("size", PUBLISHED)
def test_sizes_are_the_papers(size):
    c = SIZES[size]
    assert (c.hidden, c.layers, c.dropout, c.init, c.batch, c.unroll, c.epochs, c.decay, c.decay_after,
            c.clip) == PUBLISHED[size]
    assert c.lr == 1


def test_rates_of_small():
    assert [learning_rate(SIZES["small"], epoch) for epoch in range(1, 14)] == [
        1, 1, 1, 1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256, 1 / 512]


@pytest.mark.parametrize("size, full, decay, total", [("medium", 6, 1.2, 39), ("large", 14, 1.15, 55)])
def test_rates_of_the_regularized_sizes(size, full, decay, total):
    expected = [1.0] * full
    while len(expected) < total:
        expected.append(expected[-1] / decay)
    rates = [learning_rate(SIZES[size], epoch) for epoch in range(1, total + 1)]
    assert rates == pytest.approx(expected, rel=1e-12)
    assert SIZES[size].epochs == total


def test_a_rate_divided_away_is_zero():
    assert learning_rate(Config(decay=1e200, decay_after=0), 3) == 0


@pytest.mark.parametrize("field, value", [
    ("hidden", 0), ("hidden", 10 ** 19), ("init", 1e300),
    ("layers", 0), ("batch", 0), ("unroll", -1), ("epochs", 0), ("dropout", 1.0), ("dropout", -0.1),
    ("init", 0), ("lr", float("nan")), ("lr", -1), ("decay", 0.5), ("decay_after", -1), ("clip", 0), ("seed", -1)])
def test_settings_without_sense_are_refused_by_name(field, value):
    with pytest.raises(UserError, match="--" + field.replace("_", "-")):
        dataclasses.replace(Config(), **{field: value})
