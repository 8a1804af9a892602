"""Who computes: threads, memory that is used again, and the choice that is measured once."""

import json

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from numlstm.errors import UserError
from numlstm.fast import fastest
from numlstm.fast.buffers import ALIGNMENT, Buffers
from numlstm.fast.threads import Pool, ranges, rectangles
from numlstm.learning import backends


@pytest.mark.parametrize("count, parts, multiple", [
    (1, 1, 1), (1, 8, 1), (20, 3, 1), (650, 2, 32), (31, 4, 32), (65, 2, 32)])
def test_ranges_cover_everything_once_with_cuts_at_multiples(count, parts, multiple):
    found = ranges(count, parts, multiple)
    assert [n for first, last in found for n in range(first, last)] == list(range(count))
    assert len(found) <= parts and all(first < last for first, last in found)
    assert all(first % multiple == 0 for first, _ in found)


@pytest.mark.parametrize("M, N, parts", [
    (1, 1, 3), (700, 650, 2), (400, 200, 2), (33, 70, 4), (10, 32, 2), (650, 90, 5)])
def test_rectangles_cover_a_matrix_once_in_equal_parts(M, N, parts):
    covered, sizes = np.zeros((M, N), int), []
    for piece in rectangles(M, N, parts, 10, 32):
        assert 1 <= len(piece) <= 3
        for m, last_m, n, last_n in piece:
            assert m < last_m and n < last_n and m % 10 == 0 and n % 32 == 0
            covered[m:last_m, n:last_n] += 1
        sizes.append(sum(-(-(last_m - m) // 10) * -(-(last_n - n) // 32) for m, last_m, n, last_n in piece))
    assert (covered == 1).all() and max(sizes) - min(sizes) <= 1 and len(sizes) <= parts


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_pool_does_all_parts(threads):
    squares = np.zeros(17)

    def square(numbers, first, last):
        squares[first:last] = numbers[first:last] ** 2

    Pool(threads).split(square, 17, np.arange(17))
    np.testing.assert_array_equal(squares, np.arange(17) ** 2)


@pytest.mark.parametrize("bad", [0, 2])
def test_an_error_in_any_thread_is_not_lost(bad):
    def fail(n):
        if n == bad:
            raise ValueError("part")

    with pytest.raises(ValueError, match="part"):
        Pool(3).share(fail, [(0,), (1,), (2,)])


# --- memory -------------------------------------------------------------------------------------

def test_memory_is_used_again_only_when_nobody_holds_it():
    buffers = Buffers()
    first = buffers.empty((100, 7), np.float32)
    assert first.shape == (100, 7) and first.dtype == np.float32 and first.ctypes.data % ALIGNMENT == 0
    first[:] = 1
    place, view = first.ctypes.data, first[3:, 2:].T
    del first
    second = buffers.empty((100, 7), np.float32)
    second[:] = 2
    assert (view == 1).all(), "a view keeps the memory"
    del view
    assert buffers.empty((100, 7), np.float32).ctypes.data == place
    assert buffers.empty((200, 7), np.float64).ctypes.data != place, "too small"


def test_memory_does_not_grow_while_the_same_arrays_come_and_go():
    buffers = Buffers()
    for _ in range(5):
        arrays = [buffers.empty((size, 11), np.float32) for size in (1000, 500, 30, 500)]
        for n, array in enumerate(arrays):
            array[:] = n
        assert [array[0, 0] for array in arrays] == [0, 1, 2, 3]
        assert len(buffers._buffers) <= 5
        del arrays, array


# --- the choice -----------------------------------------------------------------------------------

@pytest.fixture
def measurements(monkeypatch, tmp_path):
    """The number of measurements made, with the file of results in an empty folder."""
    pytest.importorskip("numba", reason="needs numba")
    made = []
    monkeypatch.setattr(fastest, "file", lambda: tmp_path / "numlstm/products.json")
    monkeypatch.setattr(fastest, "chosen", {})
    monkeypatch.setattr(fastest, "fastest", lambda threads: made.append(threads) or "BLAS")
    return made


def test_the_fastest_products_are_measured_once_for_a_number_of_threads(measurements):
    assert [fastest.remembered(threads) for threads in (1, 1, 2, 1)] == ["BLAS"] * 4
    fastest.chosen.clear()  # as in another process
    assert [fastest.remembered(threads) for threads in (1, 2)] == ["BLAS"] * 2
    assert measurements == [1, 2]
    key = next(iter(json.loads(fastest.file().read_text())))
    assert "numpy" in key and "1 threads" in key


@pytest.mark.parametrize("content", ["", "[1]", "{\"a\": ", "null", "[" * 100_000], ids=range(5))
def test_a_broken_file_of_measurements_is_made_anew(content, measurements):
    fastest.file().parent.mkdir()
    fastest.file().write_text(content)
    assert fastest.remembered(1) == "BLAS"
    assert list(json.loads(fastest.file().read_text()).values()) == ["BLAS"]


def test_without_a_place_for_measurements_it_works_all_the_same(measurements):
    fastest.file().parent.write_text("a file where the folder should be")
    assert [fastest.remembered(1), fastest.remembered(1)] == ["BLAS"] * 2 and measurements == [1]


def test_what_another_process_chose_meanwhile_counts(measurements, monkeypatch):
    def slower(threads):
        fastest.keep({backend_key: "tiles"})
        return "BLAS"

    monkeypatch.setattr(fastest, "KINDS", ("tiles", "BLAS"))
    fastest.remembered(1)
    backend_key = next(iter(fastest.measurements()))
    fastest.chosen.clear()
    fastest.file().unlink()
    monkeypatch.setattr(fastest, "fastest", slower)
    assert fastest.remembered(1) == "tiles" == fastest.measurements()[backend_key]


def test_fastest_is_one_of_the_possible():
    pytest.importorskip("numba", reason="needs numba")
    assert fastest.fastest(1) in backends.possible()


def test_running_holds_blas_to_one_thread_beside_tiles(monkeypatch):
    pytest.importorskip("numba", reason="needs numba")

    def blas():
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    monkeypatch.setattr(fastest, "remembered", lambda threads: "BLAS")
    with backends.running("numba", 2) as twins:
        assert twins.products == "BLAS" and blas() <= {2}
    if "tiles" in backends.possible():
        monkeypatch.setattr(fastest, "remembered", lambda threads: "tiles")
        with backends.running("numba", 2) as twins:
            assert twins.products == "tiles" and twins.threads == 2 and blas() <= {1}


def test_an_unknown_backend_is_refused():
    with pytest.raises(UserError, match="--backend must be"):
        backends.choose("cuda")
