"""Compiled code on disk is never older than the source, and never trusted where it is damaged."""

import hashlib
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


def doubled():
    """What `double` does as a process that has just started runs it: compiled, or from the disk. And its `stats`."""
    numbers, kernel = np.arange(4.0), jit.kernel(double)
    kernel(numbers)
    return numbers.tolist(), bool(kernel.stats.cache_hits)


def test_damaged_files_are_compiled_anew_without_a_word(tmp_path, monkeypatch, capfd, recwarn):
    monkeypatch.setattr(jit, "FOLDER", tmp_path)
    right = [0, 2, 4, 6]
    assert doubled() == (right, False) and doubled() == (right, True)
    files = sorted(tmp_path.rglob("*.nb?"))
    assert len(files) == 2  # an index, and the code
    for damage in (lambda data: data[:-20], lambda data: b"", lambda data: data[:40] + b"x" + data[41:],
                   lambda data: checked(b"garbage"), lambda data: checked(pickle.dumps(7))):
        for path in files:
            path.write_bytes(damage(path.read_bytes()))
        assert doubled() == (right, False)
        assert all(jit.read_checked(path) for path in files), "written anew"
        assert doubled() == (right, True)
    assert capfd.readouterr() == ("", "") and not recwarn.list


def checked(data):
    """The bytes with the right checksum."""
    return hashlib.sha256(data).digest() + data


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_what_is_no_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "nothing"):
        with pytest.raises(OSError):
            jit.read_checked(path)


def test_a_cache_folder_of_the_users_is_respected(copy, tmp_path):
    package, python = copy
    (tmp_path / "mine/other").mkdir(parents=True)
    assert python("-c", LOOP, NUMBA_CACHE_DIR=str(tmp_path / "mine")).stdout == "0.75\n"
    assert not caches(package) and caches(tmp_path / "mine") and (tmp_path / "mine/other").exists()
