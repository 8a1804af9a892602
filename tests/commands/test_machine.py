"""Cores and memory: what a container allows counts, and what can't fit is refused before anybody waits for it."""

import os

import pytest

from numlstm import machine, train
from numlstm.errors import UserError
from numlstm.lab import compare, ensemble
from numlstm.learning import backends
from numlstm.runs import memory


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """A function that writes files of control groups, where the machine's own would be."""
    monkeypatch.setattr(machine, "OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(machine, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(8), raising=False)

    def write(own, **files):
        (tmp_path / "own").write_text(own)
        for name, text in files.items():
            path = tmp_path / "groups" / name.replace("__", "/").replace("_max", ".max").replace("cfs", "cpu.cfs")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return write


@pytest.mark.parametrize("own, files, expected", [
    ("0::/\n", {"cpu_max": "max 100000\n"}, 8),
    ("0::/\n", {"cpu_max": "200000 100000\n"}, 2),
    ("0::/\n", {"cpu_max": "150000 100000\n"}, 2),
    ("0::/\n", {"cpu_max": "1000 100000\n"}, 1),
    ("0::/\n", {"cpu_max": "6400000 100000\n"}, 8),
    ("0::/a/b\n", {"a__cpu_max": "300000 100000\n", "a__b__cpu_max": "500000 100000\n"}, 3),
    ("4:cpu,cpuacct:/x\n0::/\n", {"cpu__x__cfs_quota_us": "400000\n", "cpu__x__cfs_period_us": "100000\n"}, 4),
    ("4:cpu:/x\n", {"cpu__x__cfs_quota_us": "-1\n", "cpu__x__cfs_period_us": "100000\n"}, 8),
    ("0::/\n", {"cpu_max": "what\n"}, 8),
    ("0::/nowhere\n", {}, 8),
])
def test_a_containers_quota_counts(own, files, expected, groups):
    groups(own, **files)
    assert machine.cores() == expected


def test_a_containers_memory_counts(groups):
    groups("0::/\n", memory_max="5000000\n")
    assert machine.memory() == 5_000_000
    groups("0::/\n", memory_max="max\n")
    assert machine.memory() is None or machine.memory() > 5_000_000


def test_without_control_groups(groups, monkeypatch):
    assert machine.cores() == 8
    monkeypatch.delattr(os, "sched_getaffinity")
    assert machine.cores() == (os.cpu_count() or 1)


def test_more_threads_than_cores_are_not_begun(monkeypatch, capsys):
    monkeypatch.setattr(backends, "cores", lambda: 2)
    with backends.running("numba", 5000, "BLAS") as backend:
        assert backend.threads in (2, None)
    assert capsys.readouterr().err.startswith("5,000 threads would be in each other's way on 2 cores: 2 compute\n")
    assert backends.fitting(2) == 2 and backends.fitting(None) is None
    assert not capsys.readouterr().err


@pytest.mark.parametrize("options, words", [
    (["--layers", "1000000"], "--layers must be at least 1 and at most 1,000"),
    (["--layers", "1000", "--hidden", "20000"], "GB of memory, and there are"),
    (["--hidden", "1000000"], "GB of memory, and there are"),
])
def test_a_network_without_end(options, words, in_tmp):
    for main, more in ((train.main, []), (ensemble.main, ["train"])):
        with pytest.raises(UserError, match=words):
            main([*more, "--size", "tiny", *options])
    with pytest.raises(UserError, match=words):
        compare.main(options)
    assert not (in_tmp / "runs").exists()


def test_networks_without_number(in_tmp, monkeypatch):
    with pytest.raises(UserError, match="at most 10,000"):
        ensemble.main(["train", "--members", "1000000000"])
    with pytest.raises(UserError, match="at most 1,000"):
        compare.main(["--seeds", "1000000000"])
    monkeypatch.setattr(machine, "memory", lambda: 3 * memory.PROCESS)
    with pytest.raises(UserError, match="9 networks at a time would take .* or fewer --jobs"):
        ensemble.main(["train", "--size", "tiny", "--members", "9", "--jobs", "1000000"])
    assert not (in_tmp / "runs").exists()
