"""What other systems lack or do otherwise, with stand-ins for their modules and functions."""

import importlib.util
import os
import signal
import sys
import types

import pytest

from numlstm.errors import UserError
from numlstm.learning import backends
from numlstm.runs import lock, stop


@pytest.fixture
def windows_lock(monkeypatch):
    """A copy of the module `lock` as Windows runs it, with a stand-in for msvcrt that keeps the bytes it locks."""
    locked = []

    def locking(descriptor, mode, count):
        assert mode == "without waiting" and os.lseek(descriptor, 0, os.SEEK_CUR) == 0, "the lock is on the first byte"
        if locked:
            raise PermissionError(13, "Permission denied")  # as Windows says where another process holds it
        locked.append(count)

    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(locking=locking, LK_NBLCK="without waiting"))
    spec = importlib.util.spec_from_file_location("numlstm.runs.windows_lock", lock.__file__)
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        spec.loader.exec_module(module)
    return module, locked


def test_the_lock_on_windows(windows_lock, tmp_path):
    module, locked = windows_lock
    with module.alone(tmp_path / "x"):
        assert locked == [1]
        with pytest.raises(UserError, match="another command is at work"), module.alone(tmp_path / "x", patience=0):
            pass
    assert (tmp_path / "x/.lock").exists()


@pytest.mark.parametrize("count, expected", [(1, 1), (None, 1)])
def test_cores_without_affinity(count, expected, monkeypatch):
    """macOS and Windows have no os.sched_getaffinity."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert backends.cores() == expected


def test_cores_with_affinity(monkeypatch):
    """A process may be held to fewer cores than the machine has."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert backends.cores() == 1


def test_a_system_without_hangup(monkeypatch):
    monkeypatch.delattr(signal, "SIGHUP", raising=False)
    before = signal.getsignal(signal.SIGTERM)
    with stop.StopRequest() as request:
        signal.raise_signal(signal.SIGTERM)
    assert request.asked == signal.SIGTERM and signal.getsignal(signal.SIGTERM) == before
