"""Compiled code on disk is never older than the source, and never trusted where it is damaged."""

import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
from helpers import ROOT

jit = pytest.importorskip("numlstm.fast.jit", reason="needs numba", exc_type=ImportError)

LOOP = """
import numba as nb
import numpy as np
from numlstm.fast import tiles
tiles.edge_buffer = tiles.panel_products = nb.njit(lambda *arrays: None)  # the products, which take long to compile
from numlstm.fast import loops
from numlstm.fast.kernels import rnn

h, nothing, dh, da = np.full((1, 1, 1), 0.5), np.zeros((1, 1, 1)), np.ones((1, 1, 1)), np.empty((1, 1, 1))
window = loops.Window(h, h, np.array([h, h]), np.empty((1, 0, 1, 1)))
rnn.KERNELS.loop_backward(window, loops.Gradients(nothing, dh, da, da), np.empty((0, 1, 1)), 0, 1)
print(da.item())
"""


@pytest.fixture
def copy(tmp_path):
    """A copy of the package, to be edited, and a function that runs Python in its folder."""
    shutil.copytree(ROOT / "numlstm", tmp_path / "numlstm", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "NUMBA_CACHE_DIR")}

    def python(*arguments, **more):
        return subprocess.run([sys.executable, *arguments], cwd=tmp_path, env=environment | more,
                              capture_output=True, text=True, timeout=240)
    return tmp_path / "numlstm", python


def caches(folder):
    """The folders of machine code in a folder."""
    return {folder / path.relative_to(folder).parts[0] for path in folder.rglob("*.nbi")}


def test_an_edited_kernel_is_compiled_anew(copy):
    """The kernel is a step, and what runs is a time loop, which has it compiled into itself."""
    package, python = copy
    assert python("-c", LOOP).stdout == "0.75\n"  # 1 - 0.5 ** 2
    kept = python("-c", LOOP + "print(sum(rnn.KERNELS.loop_backward.stats.cache_hits.values()))")
    assert kept.stdout == "0.75\n1\n", "another process finds it"
    [before] = caches(package / "fast/__pycache__")
    kernel = package / "fast/kernels/rnn.py"
    text = kernel.read_text(encoding="utf-8")
    assert "(one - h[" in text
    kernel.write_text(text.replace("(one - h[", "(one + h["), encoding="utf-8")
    assert python("-c", LOOP).stdout == "1.25\n"
    [after] = caches(package / "fast/__pycache__")
    assert after != before and not before.exists(), "the old code is gone"


def double(numbers):
    for n in range(numbers.size):
        numbers[n] *= 2


def triple(numbers):
    for n in range(numbers.size):
        numbers[n] *= 3


def done_by(function):
    """What the function does as a process that has just started runs it: compiled, or from the disk. And which."""
    numbers, kernel = np.arange(4.0), jit.kernel(function)
    kernel(numbers)
    return numbers.tolist(), bool(kernel.stats.cache_hits)


@pytest.fixture
def files_of(tmp_path, monkeypatch):
    """What finds the files of a function: machine code, its index, and their checksums. They lie in tmp_path."""
    monkeypatch.setattr(jit, "FOLDER", tmp_path)
    return lambda function: sorted(jit.kernel(function)._cache.checksums.folder.iterdir())


DAMAGES = {"cut": lambda data: data[:-20], "empty": lambda data: b"", "other": lambda data: pickle.dumps(7),
           "changed": lambda data: data[:99] + b"x" + data[100:]}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_files_are_compiled_anew_without_a_word(files_of, capfd, recwarn, damage):
    right = [0, 2, 4, 6]
    assert done_by(double) == (right, False) and done_by(double) == (right, True)
    files = files_of(double)
    assert [path.suffix for path in files] == [".json", ".nbc", ".nbi"]
    for path in files:
        path.write_bytes(damage(path.read_bytes()))
        assert done_by(double) == (right, False) and done_by(double) == (right, True), path
    assert capfd.readouterr() == ("", "") and not recwarn.list


def test_code_under_another_functions_name_is_not_run(files_of):
    """Not even together with its checksums."""
    assert done_by(double) == ([0, 2, 4, 6], False) and done_by(triple) == ([0, 3, 6, 9], False)
    for path, other in zip(files_of(double), files_of(triple)):
        other.write_bytes(path.read_bytes())
    assert done_by(triple) == ([0, 3, 6, 9], False) and done_by(triple) == ([0, 3, 6, 9], True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_what_is_no_file_is_not_read(files_of):
    assert done_by(double) == ([0, 2, 4, 6], False)
    for path in files_of(double):
        path.unlink()
        os.mkfifo(path)
        assert done_by(double) == ([0, 2, 4, 6], False) and path.is_file()


def test_a_full_disk_keeps_nothing_and_stops_nothing(files_of, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(jit.FunctionCache, "save_overload", full)
    assert done_by(double) == done_by(double) == ([0, 2, 4, 6], False)


def test_a_numba_with_another_cache_compiles_at_every_start(files_of, monkeypatch):
    monkeypatch.setattr(jit.Cache, "__init__", object.__init__)
    assert done_by(double) == done_by(double) == ([0, 2, 4, 6], False)


def loop(numbers):
    for _ in range(2):
        step(numbers)


step = None


def test_one_loop_with_different_steps_is_kept_for_each(files_of):
    """As a time loop is, for each cell."""
    double.__module__, triple.__module__ = "cells.double", "cells.triple"
    steps = jit.kernel(double), jit.kernel(triple)
    for kept in (False, True):
        assert done_by(jit.with_own(loop, step=steps[0])) == ([0, 4, 8, 12], kept)
        assert done_by(jit.with_own(loop, step=steps[1])) == ([0, 9, 18, 27], kept)


def test_a_cache_folder_of_the_users_is_respected(copy, tmp_path):
    package, python = copy
    (tmp_path / "mine/other").mkdir(parents=True)
    assert python("-c", LOOP, NUMBA_CACHE_DIR=str(tmp_path / "mine")).stdout == "0.75\n"
    assert not caches(package) and caches(tmp_path / "mine") and (tmp_path / "mine/other").exists()
