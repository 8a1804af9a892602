"""Ensembles on a Dask cluster: a real scheduler, real workers, and what happens when one of them is killed."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from conftest import wait_for

from numlstm import ensemble
from numlstm.errors import UserError
from numlstm.many import cluster
from numlstm.runs import checkpoint

pytest.importorskip("distributed", reason="needs dask.distributed: pip install -e '.[cluster]'")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")

SETTINGS = ["--size", "tiny", "--hidden", "8", "--epochs", "20", "--members", "3", "--dropout", "0.2"]
PRELOAD = """
import numlstm.many.cluster as cluster

def running(name, threads):
    with open({log!r}, "a") as file:
        file.write(f"{{threads}}\\n")
    return cluster.real(name, threads)

cluster.real = getattr(cluster, "real", cluster.running)  # Dask loads this file more than once
cluster.running = running
if not {shared}:
    cluster.sees = lambda mark: False  # as on a machine that doesn't share the folder
"""


class Cluster:
    """A scheduler and workers on the loopback address, each a process."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        self.start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                   "--scheduler-file", folder / "scheduler.json")
        self.address = wait_for(lambda: json.loads((folder / "scheduler.json").read_text())["address"], 200)

    def start(self, module, *arguments):
        """Starts a process, in a folder of its own."""
        self.processes.append(subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)], cwd=self.folder, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=(self.folder / f"{len(self.processes)}.txt").open("w")))
        return self.processes[-1]

    def worker(self, threads=1, shared=True):
        """Starts a worker that sees the folder of the ensemble, or doesn't; it notes the threads of each leg."""
        preload = self.folder / f"preload-{len(self.processes)}.py"
        preload.write_text(PRELOAD.format(shared=shared, log=str(self.folder / "threads.txt")))
        return self.start("distributed.cli.dask_worker", self.address, "--nthreads", threads, "--no-nanny",
                          "--no-dashboard", "--preload", preload)

    def legs(self):
        """How many legs have begun."""
        return len((self.folder / "threads.txt").read_text().splitlines())

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def workers(tmp_path):
    started = Cluster(tmp_path)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A text, and an ensemble trained on it by one process, with one thread: the folder of both."""
    folder = tmp_path_factory.mktemp("undisturbed")
    words = np.random.default_rng(3).choice("the a dog cat sees likes big red house runs".split(), (400, 6))
    (folder / "story.txt").write_text("\n".join(" ".join(line) for line in words))
    done = subprocess.run(command(folder, "--jobs", "1", "--threads", "1"), cwd=folder, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


def command(undisturbed, *more):
    return [sys.executable, "-m", "numlstm.ensemble", "train", *SETTINGS, "--data", str(undisturbed / "story.txt"),
            "--name", "x", *map(str, more)]


def epochs_done(folder, member):
    path = folder / "runs/x" / member / "checkpoint.npz"
    return checkpoint.load(path).state.epoch - 1 if path.exists() else 0


def assert_the_same(folder, undisturbed):
    """Every member has the same parameters, bit for bit, and nothing else is left."""
    for n in range(3):
        one, other = (checkpoint.load(path / f"runs/x/member-0{n}") for path in (folder, undisturbed))
        assert one.state.log[-1]["test_perplexity"] == other.state.log[-1]["test_perplexity"]
        for name, array in other.state.params.items():
            np.testing.assert_array_equal(one.state.params[name], array)
        left = {path.name for path in (folder / f"runs/x/member-0{n}").iterdir()}
        assert left == {"checkpoint.npz", "config.json", "log.csv", "curves.png"}
    assert {path.name for path in (folder / "runs/x").iterdir()} == {".lock", "member-00", "member-01", "member-02"}


@pytest.mark.parametrize("shared", [True, False], ids=["shared folder", "checkpoints carried back"])
def test_workers_and_the_command_are_killed(shared, workers, undisturbed, tmp_path):
    """A worker is killed in the middle, one joins late, and the command is killed and given again."""
    call = command(undisturbed, "--scheduler", workers.address, "--leg", "1")
    victim = workers.worker(shared=shared)
    driver = subprocess.Popen(call, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True)
    wait_for(lambda: workers.legs() >= 2, 200)  # the second leg lasts a second
    victim.send_signal(signal.SIGKILL)
    workers.worker(shared=shared)
    wait_for(lambda: epochs_done(tmp_path, "member-01"), 200)
    driver.kill()
    said = driver.communicate()[0]
    assert "is gone; member-0" in said, said
    assert epochs_done(tmp_path, "member-02") < 20, "the command was killed too late to test anything"

    (tmp_path / "runs/x/member-00/checkpoint.npz.1.tmp").write_bytes(b"half written")
    workers.worker(shared=shared)
    again = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    assert_the_same(tmp_path, undisturbed)


def test_members_have_names_threads_and_can_be_stopped(workers, undisturbed, tmp_path):
    """On the dashboard they go by name; a worker's threads are all used, up to --threads; Ctrl-C saves."""
    workers.worker(threads=3)
    call = command(undisturbed, "--scheduler", workers.address, "--leg", "1000", "--epochs", "1000", "--threads", "2")
    driver = subprocess.Popen(call, cwd=tmp_path, stderr=subprocess.PIPE, text=True,  # also where pytest ignores it:
                              preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    wait_for(lambda: epochs_done(tmp_path, "member-00"), 200)
    with cluster.connection(workers.address) as client:
        names = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.task_prefixes))
    driver.send_signal(signal.SIGINT)
    assert driver.wait(200) == 130 and "stopped and saved" in driver.stderr.read()
    assert "x.member_00" in names
    assert (tmp_path / "threads.txt").read_text() == "2\n"  # of the worker's three
    assert 0 < epochs_done(tmp_path, "member-00") < 1000, "a leg of 1000 seconds would have come to the end"


def test_a_member_that_cannot_be_trained_is_one_line(workers, undisturbed, tmp_path):
    workers.worker(shared=False)
    done = subprocess.run(command(undisturbed, "--scheduler", workers.address, "--lr", "1e30", "--clip", "inf"),
                          cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "the loss is" in done.stderr, done.stderr


def test_no_scheduler_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    for address in ("tcp://127.0.0.1:9", "nowhere://x", "nonsense"):
        with pytest.raises(UserError, match="no Dask scheduler"):
            with cluster.connection(address):
                pass
    with pytest.raises(UserError, match="--jobs is for this machine"):
        ensemble.main(["train", "--size", "tiny", "--scheduler", "tcp://127.0.0.1:9", "--jobs", "2"])


def test_a_member_that_loses_all_its_workers(tmp_path):
    """A member that kills every worker (for lack of memory, say) ends the command in one line."""
    legs = cluster.Legs(None, None, 1)
    member = cluster.Member("member-00", str(tmp_path / "member-00"), None, {}, None, None)
    for _ in range(cluster.LIVES - 1):
        legs.bury(member, "tcp://somewhere")
    with pytest.raises(UserError, match="has lost 4 workers"):
        legs.bury(member, "tcp://somewhere")
