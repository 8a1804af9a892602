"""Every compiled function equals its NumPy twin, in float32 and float64, at any shape, on any number of threads."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba", reason="needs numba; without it only NumPy's functions run")

from numlstm.checking import directions, problem
from numlstm.fast import compiled, skipping, tiles
from numlstm.fast.kernels import KERNELS
from numlstm.learning import backends
from numlstm.learning.backends import choose
from numlstm.learning.step import train_step
from numlstm.network import model, unroll
from numlstm.network.backend import NUMPY
from numlstm.network.cells import CELLS as network_cells
from numlstm.network.config import Config

KINDS = {f"{products} ({threads})": choose("numba", threads, products)
         for products in backends.possible() for threads in (1, 3)}
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-14}
ROOM = 10  # so many times the tolerance: for sums of many terms, in whatever order

many = settings(max_examples=40, deadline=None)
dtypes = st.sampled_from([np.float32, np.float64])
seeds = st.integers(0, 1000)
batches, units = st.sampled_from([1, 2, 3, 20, 21]), st.sampled_from([1, 2, 7, 15, 33, 200])


@pytest.fixture(autouse=True, scope="module")
def threads_for_everything():
    """The arrays of these tests are small. All threads share them nevertheless."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "SHARED_PRODUCT", 1)
        patch.setattr(compiled, "SHARED_NUMBERS", 1)
        yield


def flat(result):
    """All arrays of a result, in order."""
    if isinstance(result, (tuple, list)):
        return [array for part in result for array in flat(part)]
    return [] if result is None else [np.asarray(result)]


def assert_equal_functions(function, definition, *arguments):
    """Both leave the same behind, as results and in their arguments, each with copies of its own."""
    def call(f):
        own = [a.copy(order="K") if isinstance(a, np.ndarray) else a for a in arguments]
        return flat(f(*own)) + flat([a for a in own if isinstance(a, np.ndarray)])
    found, expected = call(function), call(definition)
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        first = next(a for a in arguments if isinstance(a, np.ndarray))
        tolerance = TOLERANCE[(b if b.dtype != np.int64 and b.ndim else first).dtype.type]
        scale = np.abs(b).max(initial=0, where=np.isfinite(b))
        np.testing.assert_allclose(a, b, rtol=ROOM * tolerance, atol=tolerance * max(2 * ROOM, 4 * scale))


def assert_twins(name, *arguments):
    for twins in KINDS.values():
        assert_equal_functions(getattr(twins, name), getattr(NUMPY, name), *arguments)


def draw(rng, dtype, *shape, scale=1.0):
    return (scale * rng.normal(size=shape)).astype(dtype)


# --- the cells ----------------------------------------------------------------------------------

cells = st.sampled_from(list(KERNELS))


def layer(new, cell, T, B, H, scale=1.0):
    """Pre-activations, Wh, a state, and gradients dout and dstate, random."""
    M, K, S = cell.h_blocks, len(cell.blocks), len(cell.state)
    return (new(T, B, K * H, scale=scale), new(H, M * H, scale=H ** -0.5), new(S, B, H), new(T, B, H), new(S, B, H))


@many
@given(cells, batches, units, dtypes, st.sampled_from([0.1, 3, 50]), seeds)
def test_steps(cell, B, H, dtype, scale, seed):
    new = partial(draw, np.random.default_rng(seed), dtype)
    a, _, state, _, dstate = layer(new, cell, 1, B, H, scale)
    following, saved = np.zeros_like(state), np.zeros((len(cell.saved), B, H), dtype)
    compiled_cell = compiled.with_kernels(cell)
    assert_equal_functions(compiled_cell.step_forward, cell.step_forward, a[0], state, following, saved)
    cell.step_forward(a[0], state, following, saved)
    assert_equal_functions(compiled_cell.step_backward, cell.step_backward, dstate, a[0], state, following, saved,
                           np.zeros_like(a[0]))


@many
@given(cells, st.sampled_from([1, 3, 4, 9]), batches, units, dtypes, seeds)
def test_time_loops(cell, T, B, H, dtype, seed):
    new = partial(draw, np.random.default_rng(seed), dtype)
    a, Wh, state, dout, dstate = layer(new, cell, T, B, H)
    assert_twins("loop_forward", cell, a, Wh, state)
    states, saved = NUMPY.loop_forward(cell, a, Wh, state)
    cache = unroll.Cache(None, a, None, states, saved, unroll.Weights(None, Wh, None))
    assert_twins("loop_backward", cell, dout, dstate, cache)


def test_a_cell_without_kernels_runs_by_its_numpy_steps(rng):
    """Also where it is a changed copy of one that has some."""
    lstm = network_cells["lstm"]
    other = lstm._replace(step_forward=lambda *arrays: lstm.step_forward(*arrays))
    assert other not in KERNELS and compiled.with_kernels(other) is other
    a, Wh, state, _, _ = layer(partial(draw, rng, np.float32), other, 5, 3, 7)
    assert_twins("loop_forward", other, a, Wh, state)


@pytest.mark.parametrize("name", network_cells)
def test_the_whole_model_has_right_gradients(name):
    small = problem.Problem(replace(problem.CONFIG, cell=name, l2=0.03, l1=0.02, drop_connect=0.3,
                                    drop_connect_place="xh"))
    expected = small.numerical_gradients()
    for kind, backend in KINDS.items():
        errors = problem.check(small, backend, expected)
        assert max(errors.values()) < 1e-6, (kind, errors)


def test_extreme_preactivations_saturate():
    a = np.array([[-1e30, 1e30, -100.0, 100.0]], np.float32)  # i, f, o, g of one unit
    prev, (state, saved) = np.array([[[0.0]], [[2.0]]], np.float32), np.zeros((2, 2, 1, 1), np.float32)
    compiled.with_kernels(network_cells["lstm"]).step_forward(a, prev, state, saved)
    np.testing.assert_allclose(a, [[0, 1, 0, 1]], atol=1e-30)
    np.testing.assert_allclose(state[1], [[2]])


# --- products ------------------------------------------------------------------------------------

@many
@given(st.sampled_from([1, 3, 16, 33, 217]), st.sampled_from([1, 7, 33, 800]), st.sampled_from([1, 7, 32, 33, 150]),
       st.booleans(), st.booleans(), st.booleans(), dtypes, seeds)
def test_products_of_any_shape_transposed_or_not(M, K, N, left_turned, right_turned, with_bias, dtype, seed):
    new = partial(draw, np.random.default_rng(seed), dtype)
    left = new(K, M).T if left_turned else new(M, K)
    right = new(N, K).T if right_turned else new(K, N)
    assert_twins("product", left, right, new(N) if with_bias else None)


def test_a_product_of_parts_of_larger_arrays(rng):
    left, right = draw(rng, np.float32, 60, 90)[10:50, 7:80], draw(rng, np.float32, 90, 140)[5:78, 11:130]
    assert_twins("product", left, right)


@pytest.mark.skipif(tiles.SHAPE is None, reason="this processor has no tiles")
@pytest.mark.parametrize("threads", [2, 3, 5])
def test_tiles_give_the_same_bits_on_any_number_of_threads(threads, rng):
    left, right = draw(rng, np.float32, 130, 300), draw(rng, np.float32, 300, 517)
    a, Wh, state = (draw(rng, np.float32, *shape) for shape in ((6, 20, 132), (33, 132), (2, 20, 33)))
    one, more = (choose("numba", n, "tiles") for n in (1, threads))
    np.testing.assert_array_equal(more.product(left, right), one.product(left, right))
    lstm = network_cells["lstm"]
    results = [backend.loop_forward(lstm, a.copy(), Wh, state) for backend in (more, one)]
    for found, expected in zip(*results):
        np.testing.assert_array_equal(found, expected)
    assert more.square_sum(right) == one.square_sum(right)
    np.testing.assert_array_equal(more.column_sums(right), one.column_sums(right))


@pytest.mark.skipif(tiles.SHAPE is None, reason="this processor has no tiles")
def test_training_gives_the_same_but_for_rounding_on_any_number_of_threads_and_the_same_bits_on_the_same():
    config = Config(hidden=33, layers=2, dropout=0.3, batch=5, unroll=7, init=0.2)
    words = np.random.default_rng(0).integers(0, 90, (8, 5))
    found = []
    for threads in (1, 1, 2, 3, 7):  # 7: more than columns
        rng, twins = np.random.default_rng(1), choose("numba", threads, "tiles")
        params = model.init_params(config, 90, rng)
        carried = model.zero_state(params, 5)
        for _ in range(3):
            nll, carried, norm = train_step(params, (words[:-1], words[1:]), carried, config, 1.0, rng, twins)
        found.append([nll, norm, *params.values()])
    for n, other in enumerate(found[1:]):
        for a, b in zip(other, found[0]):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6) if n else np.testing.assert_array_equal(a, b)


# --- what dropout set to zero ----------------------------------------------------------------------

needs_tiles = pytest.mark.skipif(tiles.SHAPE is None, reason="this processor has no tiles, and skips nothing")


def with_zeros(rng, dtype, M, K, p, turned):
    """A matrix (M, K), of which a share p is zero, one row is zero, and one has no zeros."""
    left = draw(rng, dtype, M, K) * (rng.random((M, K)) >= p)
    left[0], left[-1] = 0, draw(rng, dtype, K)
    return np.asfortranarray(left) if turned else left


@needs_tiles
@many
@given(st.sampled_from([16, 33, 217]), st.sampled_from([1, 7, 39, 40, 61, 300]), st.sampled_from([1, 7, 192, 193, 500]),
       st.sampled_from([0, 0.5, 0.65, 0.95, 1]), st.booleans(), st.booleans(), dtypes, seeds)
def test_a_product_without_its_zeros(M, K, N, p, turned, with_bias, dtype, seed):
    rng = np.random.default_rng(seed)
    left, right = with_zeros(rng, dtype, M, K, p, turned), draw(rng, dtype, K, N + 3)[:, :N]
    bias = draw(rng, dtype, N) if with_bias else np.zeros(N, dtype)
    for twins in KINDS.values():
        if twins.products != "BLAS":
            out = np.full((M, N + 5), np.nan, dtype)
            assert_equal_functions(lambda *arrays: twins.product_of_kept(*arrays, out[:, 2:N + 2]), NUMPY.product,
                                   left, right, bias)
            assert np.isnan(out[:, :2]).all() and np.isnan(out[:, N + 2:]).all(), "it writes beyond its result"


@needs_tiles
@pytest.mark.parametrize("p, skips", [(0, False), (0.2, False), (0.65, True), (0.95, True)])
def test_zeros_are_skipped_where_they_are_many(p, skips, rng, monkeypatch):
    left, right, found = draw(rng, np.float32, 80, 90) * (rng.random((80, 90)) >= p), draw(rng, np.float32, 90, 40), []
    assert skipping.pays(left, right) == skipping.pays(left.T, right) == skips
    assert not skipping.pays(left, np.asfortranarray(right)), "its rows are not contiguous"
    monkeypatch.setattr(compiled.WithTiles, "product_of_kept", lambda self, *arrays: found.append(arrays))
    choose("numba", 2, "tiles").product(left, right)
    assert len(found) == skips


@needs_tiles
def test_what_is_not_finite_is_not_skipped():
    left, right = np.zeros((20, 30), np.float32), np.ones((30, 4), np.float32)
    left[3, 7], left[5, 2] = np.nan, np.inf
    product = choose("numba", 1, "tiles").product(left, right)
    assert np.isnan(product[3]).all() and np.isinf(product[5]).all()
    assert np.isfinite(np.delete(product, [3, 5], axis=0)).all()


@needs_tiles
def test_skipping_gives_the_same_bits_on_any_number_of_threads(rng):
    left, right, bias = with_zeros(rng, np.float32, 130, 300, 0.65, False), draw(rng, np.float32, 300, 1517), np.ones(
        1517, np.float32)
    one, *more = (choose("numba", threads, "tiles").product(left, right, bias) for threads in (1, 2, 3, 5))
    for other in more:
        np.testing.assert_array_equal(other, one)


@needs_tiles
@pytest.mark.parametrize("name", network_cells)
@pytest.mark.parametrize("p", [0.65, 0.95])
def test_gradients_are_right_where_zeros_are_skipped(name, p, monkeypatch):
    """The layers have 17 units, so that the products for the weights' gradients skip as well."""
    skipped, of_kept = [], compiled.WithTiles.product_of_kept

    def counting(self, left, *others):
        skipped.append(left.flags.c_contiguous)
        return of_kept(self, left, *others)
    monkeypatch.setattr(compiled.WithTiles, "product_of_kept", counting)
    wide = problem.Problem(replace(problem.CONFIG, cell=name, hidden=17, dropout=p, layers=1), windows=1)
    errors = directions.check(wide, choose("numba", 2, "tiles"))
    assert max(errors.values()) < 1e-6, errors
    assert skipped.count(True) >= 2 and skipped.count(False) >= 2, "layer and softmax, forward and backward"


# --- softmax and the update ------------------------------------------------------------------------

@many
@given(st.sampled_from([1, 2, 5, 40]), st.sampled_from([1, 2, 7, 33, 1000]), dtypes,
       st.sampled_from([0.1, 3, 30]), seeds)
def test_softmax_cross_entropy(N, V, dtype, scale, seed):
    rng = np.random.default_rng(seed)
    logits, y = draw(rng, dtype, N, V, scale=scale), rng.integers(0, V, N)
    assert_twins("softmax_cross_entropy_forward", logits, y)
    _, probs = NUMPY.softmax_cross_entropy_forward(logits, y)
    assert_twins("softmax_cross_entropy_backward", draw(rng, dtype, N), probs, y)


@many
@given(st.sampled_from([1, 2, 40, 700]), st.sampled_from([1, 7, 33, 1000]), dtypes, seeds)
def test_sums_and_the_update(M, N, dtype, seed):
    new = partial(draw, np.random.default_rng(seed), dtype)
    array, grad = new(M, N), new(M, N)
    assert_twins("column_sums", array)
    assert_twins("square_sum", array)
    rng = np.random.default_rng(seed)
    start = np.flatnonzero(np.append(True, rng.random(M - 1) < 0.5))
    assert_twins("row_sums", array, rng.permutation(M), start)
    for twins in KINDS.values():
        updated = array.copy()
        twins.subtract(updated, 0.3, grad.copy())
        np.testing.assert_allclose(updated, array - dtype(0.3) * grad, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
        array[0, 0] = 0  # where |w| has no derivative
        penalised, expected = grad.copy(), grad.copy()
        twins.add_penalty(penalised, array, 0.3, 0.2)
        NUMPY.add_penalty(expected, array, dtype(0.3), dtype(0.2))
        np.testing.assert_allclose(penalised, expected, rtol=TOLERANCE[dtype], atol=4 * TOLERANCE[dtype])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_finite_stays_visible(kind, bad):
    """fastmath must not turn a diverged network's NaN into a number."""
    twins, logits = KINDS[kind], np.zeros((3, 40), np.float32)
    logits[1, 17] = bad
    assert not np.isfinite(twins.square_sum(logits))
    nll, _ = twins.softmax_cross_entropy_forward(logits, np.array([0, 1, 2]))
    assert np.isfinite(nll).tolist() == [True, False, True]
    a, state = np.full((5, 1, 32), np.nan, np.float32), np.zeros((2, 1, 8), np.float32)
    states, _ = twins.loop_forward(network_cells["lstm"], a, np.ones((8, 32), np.float32), state)
    assert np.isnan(states[1:]).all()
