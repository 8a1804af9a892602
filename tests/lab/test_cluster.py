"""Ensembles on a Dask cluster: a real scheduler, real workers, and what happens when one of them is killed."""

import os
import signal
import subprocess
import sys
import time
from unittest.mock import Mock

import numpy as np
import pytest
from helpers import wait_for

from numlstm.corpus import data
from numlstm.errors import UserError
from numlstm.lab import ensemble
from numlstm.lab.ensembles import cluster, members
from numlstm.lab.ensembles.leg import Member
from numlstm.lab.ensembles.scheduler import PATIENCE, connection
from numlstm.runs import checkpoint

distributed = pytest.importorskip("distributed", reason="needs dask.distributed: pip install -e '.[cluster]'")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")

EPOCHS = 12  # a member takes more than one leg of a second
SETTINGS = ["--size", "tiny", "--hidden", "8", "--epochs", str(EPOCHS), "--members", "3", "--dropout", "0.2",
            "--backend", "numpy"]
PRELOAD = """
import os, sys, threading, time, types
from numlstm.lab.ensembles import leg, members

leg.time = types.SimpleNamespace(monotonic=time.process_time)  # where a core is shared, a leg does no less work

def end_with_the_tests():
    sys.stdin.read()  # until the tests end, however they do
    os._exit(1)

threading.Thread(target=end_with_the_tests, daemon=True).start()

def running_for(job, threads):
    with open({log!r}, "a") as file:
        file.write(f"{{threads}}\\n")
    return members.real(job, threads)

members.real = getattr(members, "real", members.running_for)  # Dask loads this file more than once
members.running_for = running_for
if not {shared}:
    leg.sees = lambda mark: False  # as on a machine that doesn't share the folder
if {old}:
    vars(leg).pop("room", None)
"""


class Workers:
    """Workers on the loopback address, each a process, all of one scheduler."""

    def __init__(self, scheduler, folder):
        self.scheduler, self.address, self.folder, self.processes = scheduler, scheduler.address, folder, []

    def start(self, threads=1, shared=True, old=False):
        """Starts a worker that sees the folder of the ensemble, or doesn't, or has another version of numlstm.

        It notes the threads of each leg.
        """
        number = len(self.processes)
        preload = self.folder / f"preload-{number}.py"
        preload.write_text(PRELOAD.format(shared=shared, old=old, log=str(self.folder / "threads.txt")))
        options = ["--nthreads", str(threads), "--no-nanny", "--no-dashboard", "--preload", str(preload)]
        with (self.folder / f"{number}.txt").open("w") as errors:
            self.processes.append(subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_worker", self.address, *options], cwd=self.folder,
                start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors))
        return self.processes[-1]

    def legs(self):
        """How many legs have begun."""
        return len((self.folder / "threads.txt").read_text().splitlines())

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()
        wait_for(lambda: not self.scheduler.workers)


@pytest.fixture(scope="module")
def scheduler():
    """One for all tests, in this process."""
    with distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0",
                                  scheduler_kwargs={"dashboard": False}) as started:
        yield started.scheduler


@pytest.fixture
def workers(scheduler, tmp_path):
    started = Workers(scheduler, tmp_path)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """The folder of a text, and of what is trained on it undisturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    words = np.random.default_rng(3).choice("the a dog cat sees likes big red house runs".split(), (400, 6))
    (folder / "story.txt").write_text("\n".join(" ".join(line) for line in words))
    return folder


@pytest.fixture(scope="module")
def undisturbed(story):
    """The folder of the text and of an ensemble trained on it by this process, with one thread."""
    def one_by_one(function, calls, *_):
        yield from ((name, function(*arguments)) for name, arguments in calls.items())

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(story)
        patch.setattr(members, "side_by_side", one_by_one)
        assert ensemble.main([*arguments(story), "--jobs", "1", "--threads", "1"]) == 0
    return story


def arguments(story):
    """Those of `numlstm ensemble`."""
    return ["train", *SETTINGS, "--data", str(story / "story.txt"), "--name", "x"]


def command(story, *more):
    return [sys.executable, "-m", "numlstm", "ensemble", *arguments(story), *map(str, more)]


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
    victim = workers.start(shared=shared)
    driver = subprocess.Popen(call, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True)
    wait_for(lambda: workers.legs() >= 2, 200)  # the second leg lasts a second
    victim.send_signal(signal.SIGKILL)
    workers.start(shared=shared)
    wait_for(lambda: epochs_done(tmp_path, "member-01"), 200)
    driver.kill()
    said = driver.communicate()[0]
    assert "is gone; member-0" in said, said
    assert epochs_done(tmp_path, "member-02") < EPOCHS, "the command was killed too late to test anything"

    (tmp_path / "runs/x/member-00/checkpoint.npz.0a1b2c3d.tmp").write_bytes(b"half written")
    workers.start(shared=shared)
    again = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    assert_the_same(tmp_path, undisturbed)


def begin(call, folder):
    """Starts a command, to be interrupted by SIGINT: also where pytest itself ignores that."""
    return subprocess.Popen(call, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))


def test_members_have_names_threads_and_can_be_stopped(workers, story, tmp_path):
    """On the dashboard they go by name; a worker's threads are all used, up to --threads; Ctrl-C saves. With numba."""
    workers.start(threads=3)
    call = command(story, "--scheduler", workers.address, "--leg", "1000", "--epochs", "1000", "--threads", "2",
                   "--backend", "numba")
    driver = begin(call, tmp_path)
    wait_for(lambda: epochs_done(tmp_path, "member-00"), 200)
    with connection(workers.address) as client:
        names = client.run_on_scheduler(lambda dask_scheduler: [
            name for name, tasks in dask_scheduler.task_prefixes.items() if tasks.states["processing"]])
    driver.send_signal(signal.SIGINT)
    assert driver.wait(200) == 130 and "stopped and saved" in driver.stderr.read()
    assert "x.member_00" in names
    assert (tmp_path / "threads.txt").read_text() == "2\n"  # of the worker's three
    assert 0 < epochs_done(tmp_path, "member-00") < 1000, "a leg of 1000 seconds would have come to the end"


@pytest.mark.parametrize("threads", [1, 2])
def test_what_a_killed_command_left_at_work_stops(threads, workers, story, tmp_path):
    """Its worker would be busy for 1000 seconds, but trains for the next command at once."""
    workers.start(threads)
    call = command(story, "--scheduler", workers.address, "--leg", "1000", "--epochs", "1000")
    for legs in (1, 2):
        driver = begin(call, tmp_path)
        wait_for(lambda: workers.legs() == legs)
        driver.kill()
        driver.communicate()


def test_a_member_that_cannot_be_trained_is_one_line(workers, story, tmp_path):
    workers.start(shared=False)
    done = subprocess.run(command(story, "--scheduler", workers.address, "--lr", "1e30", "--clip", "inf"),
                          cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "the loss is" in done.stderr, done.stderr


def test_a_worker_of_another_version_is_one_line(workers, story, tmp_path):
    workers.start(old=True)
    done = subprocess.run(command(story, "--scheduler", workers.address), cwd=tmp_path, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "can't run numlstm" in done.stderr, done.stderr


def test_no_scheduler_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("numlstm.lab.ensembles.scheduler.PATIENCE", 1)
    for address in ("tcp://127.0.0.1:9", "nowhere://x", "nonsense", "tls://127.0.0.1:9"):
        with pytest.raises(UserError, match="no Dask scheduler"):
            with connection(address):
                pass
    with pytest.raises(UserError, match="must know a certificate"), connection("tls://127.0.0.1:9"):
        pass
    with pytest.raises(UserError, match="--jobs is for this machine"):
        ensemble.main(["train", "--size", "tiny", "--scheduler", "tcp://127.0.0.1:9", "--jobs", "2"])


def test_a_wrong_address_ends_the_command_at_once(story, tmp_path):
    began = time.monotonic()
    done = subprocess.run(command(story, "--scheduler", "nonsense"), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "no Dask scheduler" in done.stderr, done.stderr
    assert time.monotonic() - began < PATIENCE  # a Client that found nothing lives on for twice as long


@pytest.mark.parametrize("sent", ["garbage", "another network"])
def test_what_a_worker_sends_is_checked_before_it_is_written(sent, undisturbed, tmp_path):
    job = checkpoint.load(undisturbed / "runs/x/member-00")
    corpus = data.load(str(undisturbed / "story.txt"))
    content = (undisturbed / "runs/x/member-01/checkpoint.npz").read_bytes() if sent == "another network" else b"x" * 99
    member = Member("member-00", str(tmp_path), job.config, job.settings, corpus, None)
    with pytest.raises(UserError, match="what a worker sent of member-00 is"):
        cluster.keep(member, content)
    assert not list(tmp_path.iterdir())
    cluster.keep(member, (undisturbed / "runs/x/member-00/checkpoint.npz").read_bytes())
    assert checkpoint.load(tmp_path).fingerprint == job.fingerprint


def test_a_member_that_loses_all_its_workers(tmp_path):
    """A member that kills every worker (for lack of memory, say) ends the command in one line."""
    legs, future = cluster.Legs(None), Mock(status="error")
    legs.at_work[future] = Member("member-00", str(tmp_path / "member-00"), None, {}, None, None)
    with pytest.raises(UserError, match="has lost 4 workers"):
        legs.take_back(future, (None, distributed.KilledWorker("x.member_00", None, 3), None))
    assert not legs.at_work
