"""Compiled code on disk is never older than the source, and never trusted where it is damaged."""

import hashlib
import os
import pickle
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

jit = pytest.importorskip("numlstm.fast.jit", reason="needs numba", exc_type=ImportError)

STEP = """
import numpy as np
from numlstm.fast.compiled import with_kernels
from numlstm.network.cells import CELLS

h = np.zeros((1, 1, 2), np.float32)
with_kernels(CELLS["rnn"]).step_forward(np.ones((1, 2), np.float32), h, h, np.empty((0, 1, 2), np.float32))
print(h.tolist())
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
    """gradcheck would say that all is right, if the time loops still had the old step in them."""
    package, python = copy
    gradcheck = "-m", "numlstm.gradcheck", "--cell", "rnn"
    assert python(*gradcheck).returncode == 0
    [before] = caches(package / "fast/__pycache__")
    kernel = package / "fast/kernels/rnn.py"
    text = kernel.read_text(encoding="utf-8")
    assert "(one - h[" in text
    kernel.write_text(text.replace("(one - h[", "(one + h["), encoding="utf-8")
    wrong = python(*gradcheck)
    assert wrong.returncode == 1 and "WRONG" in wrong.stdout
    [after] = caches(package / "fast/__pycache__")
    assert after != before and not before.exists(), "the old code is gone"


def test_damaged_files_are_compiled_anew_without_a_word(copy):
    package, python = copy
    first = python("-c", STEP)
    assert first.returncode == 0, first.stderr
    [folder] = caches(package / "fast/__pycache__")
    files = sorted(folder.rglob("*.nb?"))
    assert len(files) == 2  # an index, and the code
    for damage in (lambda data: data[:-20], lambda data: b"", lambda data: data[:40] + b"x" + data[41:],
                   lambda data: checked(b"garbage"), lambda data: checked(pickle.dumps(7))):
        for path in files:
            path.write_bytes(damage(path.read_bytes()))
        again = python("-c", STEP)
        assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, "")
        assert all(jit.read_checked(path) for path in files), "written anew"


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
    assert python("-c", STEP, NUMBA_CACHE_DIR=str(tmp_path / "mine")).returncode == 0
    assert not caches(package) and caches(tmp_path / "mine") and (tmp_path / "mine/other").exists()
