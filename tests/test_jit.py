"""Compiled code on disk is never older than the source, and never trusted where it is damaged."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

pytest.importorskip("numba", reason="needs numba")


@pytest.fixture
def copy(tmp_path):
    """A copy of the package, to be edited, and a function that runs its gradcheck."""
    shutil.copytree(ROOT / "numlstm", tmp_path / "numlstm", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "NUMBA_CACHE_DIR")}

    def gradcheck(**more):
        return subprocess.run([sys.executable, "-m", "numlstm.gradcheck", "--cell", "lstm"], cwd=tmp_path, env=environment | more,
                              capture_output=True, text=True, timeout=240)
    return tmp_path / "numlstm", gradcheck


def caches(folder):
    """The folders of machine code in a folder."""
    return {folder / path.relative_to(folder).parts[0] for path in folder.rglob("*.nbi")}


def test_an_edited_kernel_is_compiled_anew_and_damaged_files_are_no_trouble(copy):
    package, gradcheck = copy
    assert gradcheck().returncode == 0
    [before] = caches(package / "fast/__pycache__")
    for n, path in enumerate(sorted(before.rglob("*.nb?"))):
        data = path.read_bytes()
        path.write_bytes((data[:-20], b"", data[:40] + b"x" + data[41:])[n % 3])
    again = gradcheck()
    assert again.returncode == 0 and again.stderr == ""

    kernels = package / "fast/kernels/lstm.py"
    text = kernels.read_text(encoding="utf-8")
    assert "(one - g * g)" in text
    kernels.write_text(text.replace("(one - g * g)", "(one + g * g)"), encoding="utf-8")
    wrong = gradcheck()
    assert wrong.returncode == 1 and "WRONG" in wrong.stdout
    [after] = caches(package / "fast/__pycache__")
    assert after != before and not before.exists(), "the old code is gone"


def test_a_cache_folder_of_the_users_is_respected(copy, tmp_path):
    package, gradcheck = copy
    (tmp_path / "mine/other").mkdir(parents=True)
    assert gradcheck(NUMBA_CACHE_DIR=str(tmp_path / "mine")).returncode == 0
    assert not caches(package) and caches(tmp_path / "mine") and (tmp_path / "mine/other").exists()
