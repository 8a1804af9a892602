"""The members of an ensemble on a Dask cluster: other machines, the same files and the same result.

A member is trained in legs of some minutes. A leg is a Dask task: a worker takes the member's last checkpoint,
trains on, and hands it back. So whoever dies, whether a worker or the command that started it all, costs no more
than a leg, and as a run goes on bit for bit, it ends as it would have ended undisturbed.

Where the checkpoint is: in the member's folder, if the worker sees the same folder (a disk that machines share);
else it travels with the task, there and back. A worker trains one member at a time, on as many
threads as the worker has, because what multiplies matrices in it has one set of threads per process.

Tutorial: tutorials/cluster.md
"""

import logging
import math
import tempfile
import threading
import time
from asyncio import CancelledError, TimeoutError
from collections import deque
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

from ..corpus import data
from ..errors import UserError
from ..learning.backends import running
from ..runs import checkpoint, folders
from ..runs.files import write_whole
from ..runs.progress import Reports
from . import members

PATIENCE = 30  # seconds to reach a scheduler, which may just be starting
FETCH = 600    # seconds to carry a checkpoint back
LIVES = 4  # workers that a member may lose in a row before it is taken for the cause


class Member(NamedTuple):
    """What a worker must know to train a member."""

    name: str               # member-03
    folder: str             # absolute, of the machine where the command runs: workers may have other kinds of paths
    config: object          # a Config
    settings: dict
    corpus: data.Corpus     # a worker need not have the text
    threads: int            # at most; None: all that the worker has


# --- on a worker ----------------------------------------------------------------------------------

class LegEnd:
    """Asks the training loop to stop when the leg's time is over: stands where a StopRequest would."""

    def __init__(self):
        self.until, self.told = math.inf, False

    def begin(self, seconds):
        self.until = time.monotonic() + seconds

    @property
    def asked(self):
        return self.told or time.monotonic() > self.until


at_work = LegEnd()          # of the leg at work in this process
one_leg = threading.Lock()  # held by it


def stop():
    """Tells the leg at work in this process to save and return."""
    at_work.told = True


def sees(mark):
    """Whether this process sees the file `mark`, and in it what the command wrote: a folder that both share."""
    with suppress(OSError):
        return Path(mark[0]).read_text(encoding="utf-8") == mark[1]
    return False


def leg(load, seconds, topic):
    """Trains a member for so many seconds. Returns its result, None before the end; and its checkpoint's bytes.

    Args:
        load: the Member, and the bytes of the checkpoint to go on from: b"" for a new member; None where it is
            in the member's folder, and is to stay there. Then no bytes are returned either.
    """
    global at_work
    from distributed import get_worker
    worker, (member, carried) = get_worker(), load
    threads = min(filter(None, (member.threads, worker.state.nthreads)))
    with one_leg, tempfile.TemporaryDirectory(dir=worker.local_directory) as temporary:
        at_work = LegEnd()
        folder = Path(temporary if carried is not None else member.folder)
        if carried:
            write_whole(folder / "checkpoint.npz", carried)
        with running(member.settings["backend"], threads) as backend:
            job = members.open_job(folder, member.config, member.settings, member.corpus)
            reports = Reports(lambda place: worker.log_event(topic, (member.name, place)))
            at_work.begin(seconds)
            finished = members.train_to_the_end(folder, job, member.corpus, backend, at_work, reports)
            if not (folder / "checkpoint.npz").exists():  # told to stop before the first step
                folders.save(folder, job)
        return (members.result(job) if finished else None,
                None if carried is None else (folder / "checkpoint.npz").read_bytes())


# --- the command ----------------------------------------------------------------------------------

@contextmanager
def connection(address):
    """A Client of the scheduler at `address`. Raises UserError where there is none, or no dask.distributed."""
    try:
        from distributed import Client
    except ImportError:
        raise UserError("--scheduler needs dask.distributed: pip install -e '.[cluster]'") from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(f"there is no Dask scheduler at {address} ({' '.join(str(error).split())}): "
                        "--scheduler takes an address such as tcp://host:8786") from None
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what goes wrong is told here, in one line
    with client:
        try:
            yield client
        except OSError:
            if client.status == "running":
                raise
            raise UserError(f"the scheduler at {address} doesn't answer any more. The last checkpoints are kept: run "
                            "the same command again to go on") from None


def train(address, calls, threads, seconds, report, show):
    """Trains the members on the cluster; yields (folder, (validation, test)) when one is done.

    Args:
        address: of the scheduler. calls: {folder: (config, settings, corpus)}, all beside each other.
        threads: of a member, at most; None for all that a worker has. seconds: how long a leg is.
        report: takes a folder and a dict of `progress.Reports`. show: called every second, with "" or a line to show.
    Raises: KeyboardInterrupt where stopped: all members have saved then. UserError where a member can't be trained.
    """
    waiting, beside = deque(), next(iter(calls)).parent
    for folder, call in calls.items():
        folders.clear(folder)
        if (folder / "checkpoint.npz").exists() and members.is_done(job := members.open_job(folder, *call)):
            yield folder, members.result(job)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            waiting.append(Member(folder.name, str(folder.absolute()), *call, threads))
    if waiting:
        with connection(address) as client, marked(beside) as mark:
            legs = Legs(client, mark, seconds)
            client.subscribe_topic(legs.topic, lambda event: report(beside / event[1][0], event[1][1]))
            for member, result in legs.run(waiting, show):
                yield beside / member.name, result


@contextmanager
def marked(folder):
    """A file in `folder`, and its content, by which a worker can tell that it sees this very folder."""
    path, content = (folder / f"shared-{token_hex(4)}").absolute(), token_hex(16)
    for left in folder.glob("shared-*"):  # by a command that was killed
        left.unlink(missing_ok=True)
    path.write_text(content, encoding="utf-8")
    try:
        yield str(path), content
    finally:
        path.unlink(missing_ok=True)


class Legs:
    """Hands legs to workers that are idle, and takes them back."""

    def __init__(self, client, mark, seconds):
        self.client, self.mark, self.seconds = client, mark, seconds
        self.topic = f"numlstm-{token_hex(4)}"
        self.at_work = {}   # future -> (member, worker's address)
        self.shares = {}    # worker's address -> whether it sees the members' folders
        self.lost = {}      # member's name -> how many workers it has lost since its last leg that was completed

    def run(self, waiting, show):
        """Trains all members in the deque `waiting`; yields (member, result) when one is done."""
        shown = 0.0
        try:
            while waiting or self.at_work:
                workers = self.client.nthreads()
                if done := self.take_back(workers, waiting):
                    yield done
                for worker in set(workers) - {worker for _, worker in self.at_work.values()}:
                    if waiting and self.hand_out(waiting[0], worker):
                        waiting.popleft()
                if time.monotonic() - shown > 1:
                    shown = time.monotonic()
                    show("" if workers else "waiting for a worker to join the cluster")
                time.sleep(0.1)
        except BaseException:
            with suppress(Exception):  # the error that brought us here is the one to tell
                self.come_home()
            raise

    def hand_out(self, member, worker):
        """Begins a leg of the member on the worker. Returns False where the worker has just gone, or takes no work."""
        path = Path(member.folder, "checkpoint.npz")
        name = f"{path.parents[1].name}.{member.name}".replace("-", "_")  # Dask shows a key up to its first "-"
        try:
            if worker not in self.shares:
                self.client.run(stop, workers=[worker])  # what a command has left at work there that was killed
                self.shares[worker] = self.client.run(sees, self.mark, workers=[worker])[worker]
            carried = None if self.shares[worker] else path.read_bytes() if path.exists() else b""
            [load] = self.client.scatter([(member, carried)], workers=[worker], hash=False, timeout=1)
        except (KeyError, OSError, TimeoutError):
            return False
        except Exception as error:  # of the worker's Python, on its way to `sees`
            raise UserError(f"the worker {worker} can't run numlstm ({error}): install the same version "
                            "there") from None
        future = self.client.submit(leg, load, self.seconds, self.topic, key=f"{name}-{token_hex(8)}",
                                    workers=[worker], allow_other_workers=False, pure=False)
        self.at_work[future] = member, worker
        return True

    def take_back(self, workers, waiting):
        """Takes back a leg that is over, or whose worker is gone. Returns (member, result) if the member is done.

        One leg at a time, so that its worker has the next one before the next checkpoint is fetched.
        """
        over = [future for future, (_, worker) in self.at_work.items() if future.done() or worker not in workers]
        if not over:
            return None
        future = over[0]
        member, worker = self.at_work[future]
        found = fetched(future) if worker in workers and future.status == "finished" else None
        if found:
            keep(member, found[1])
        del self.at_work[future]  # only now: Ctrl-C while a checkpoint is fetched must not lose it
        if future.status == "error":
            error = future.exception()
            raise UserError(f"{member.name} on {worker}: {str(error) or type(error).__name__}")
        if found and found[0]:
            return member, found[0]
        waiting.appendleft(member)
        if found:
            self.lost.pop(member.name, None)
        else:
            future.cancel()
            self.bury(member, worker)
        return None

    def bury(self, member, worker):
        """The worker is gone. Raises UserError where the member has lost too many, one after another."""
        self.lost[member.name] = self.lost.get(member.name, 0) + 1
        print(f"\nthe worker {worker} is gone; {member.name} goes on elsewhere from its last checkpoint", flush=True)
        if self.lost[member.name] == LIVES:
            raise UserError(f"{member.name} has lost {LIVES} workers one after another, perhaps for lack of memory. "
                            "Its last checkpoint is kept: run the same command again to go on")

    def come_home(self):
        """Tells all workers to save, and takes back what they have, as long as one answers within 2 * PATIENCE."""
        heard = told = time.monotonic() - 1
        while self.at_work and time.monotonic() - heard < 2 * PATIENCE:
            workers, left = self.client.nthreads(), len(self.at_work)
            if time.monotonic() - told > 1:
                told = time.monotonic()
                self.client.run(stop, on_error="ignore",
                                workers=[worker for _, worker in self.at_work.values() if worker in workers])
            with suppress(UserError):
                self.take_back(workers, deque())
            if len(self.at_work) < left:
                heard = time.monotonic()
            time.sleep(0.1)


def fetched(future):
    """What a leg has returned; None where its worker is gone before it could be fetched."""
    try:
        return future.result(timeout=FETCH)
    except (Exception, CancelledError):  # the leg itself had no error
        return None


def keep(member, carried):
    """Writes what a leg has carried back: the checkpoint, and what a person reads of it."""
    if carried is None:
        return
    folder = Path(member.folder)
    write_whole(folder / "checkpoint.npz", carried)
    job = checkpoint.load(folder)
    folders.write_config(folder, job)
    if job.state.log:
        folders.write_log(folder, job.state.log, member.corpus.built_in)
