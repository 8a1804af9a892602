"""The members of an ensemble on a Dask cluster: other machines, the same files and the same result.

A member is trained in legs of some minutes. A leg is a Dask task: a worker takes the member's last checkpoint,
trains on, and hands it back. So whoever dies, whether a worker or the command that started it all, costs no more
than a leg, and as a run goes on bit for bit, it ends as it would have ended undisturbed.

Dask places the legs, and gives a leg to another worker where the first one dies. What it must be told or doesn't do:

- A worker trains one member at a time, on as many threads as the worker has, because what multiplies matrices in it
  has one set of threads per process. For Dask, that is a resource, which workers must have: `room`.
- There are no more legs than workers. Dask gives all tasks to workers at once, busy ones too, and counts the death
  of a worker against all the tasks it had, those that had only waited there too.
- Dask can't stop a running task. So a leg looks whether anybody still waits for it.

Where the checkpoint is: in the member's folder, if the worker sees the same folder (a disk that machines share);
else it travels with the task, there and back, and the scheduler keeps it in case the worker dies.
Tutorial: tutorials/cluster.md
"""

import asyncio
import dataclasses
import io
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from ...corpus import data
from ...errors import UserError, one_line
from ...runs import checkpoint, folders
from ...runs.files import write_whole
from . import members
from .leg import ROOM, Member, leg, room, stop
from .scheduler import connection

FETCH = 600    # seconds to fetch the last checkpoints
SAME = "scheduler and workers need the same versions of numlstm, Dask and Python as this machine"


def train_members(address: str, calls: dict[Path, tuple[Any, dict, data.Corpus]], threads: int | None, seconds: float,
                  report: Callable[[Path, dict], None],
                  show: Callable[[str], None]) -> Iterator[tuple[Path, tuple[float, float]]]:
    """Trains the members on the cluster; yields (folder, (validation, test)) when one is done.

    Args:
        calls: {folder: (config, settings, corpus)}. threads: of a member, at most; None: a worker's. seconds: of a leg.
        report: takes a folder and a dict of `progress.Reports`. show: called every second, with "" or a line to show.
    Raises: KeyboardInterrupt where stopped: all members have saved then. UserError where a member can't be trained.
    """
    waiting: deque[Member] = deque()
    beside = next(iter(calls)).parent
    for folder, call in calls.items():
        folders.clear(folder)
        if (folder / "checkpoint.npz").exists() and members.is_done(job := members.open_job(folder, *call)):
            folders.write_config(folder, job)  # a crash may have come before that
            yield folder, members.result(job)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            waiting.append(Member(folder.name, str(folder.absolute()), *call, threads))
    if waiting:
        for left in beside.glob("shared-*"):
            left.unlink(missing_ok=True)  # of a command that was killed
        with connection(address) as client, tempfile.NamedTemporaryFile(prefix="shared-", dir=beside) as mark:
            legs = Legs(client)
            client.subscribe_topic(legs.topic, lambda event: report(beside / event[1][0], event[1][1]))
            for member, result in legs.run(waiting, os.path.abspath(mark.name), seconds, show):
                yield beside / member.name, result


class Legs:
    """Hands legs to Dask, as many as there are workers, and takes them back."""

    def __init__(self, client):
        self.client = client
        self.topic = f"numlstm-{token_hex(4)}"  # of what the legs of this command tell it
        self.at_work = {}   # future -> member
        self.met = set()    # addresses of workers that have room for a leg
        self.carry = False  # whether a worker has been met that doesn't see the members' folders

    def run(self, waiting, mark, seconds, show):
        """Trains the members in the deque `waiting`; yields (member, result) when one is done. mark: for `sees`."""
        self.client.subscribe_topic("all", self.hear)
        over, shown = self.completed(), 0.0
        try:
            while waiting or self.at_work:
                while over.has_ready():
                    member, result = self.take_back(*next(over))
                    if result:
                        yield member, result
                    else:
                        waiting.appendleft(member)
                workers = self.meet()
                while waiting and len(self.at_work) < workers:
                    over.add(self.hand_out(waiting.popleft(), mark, seconds))
                if time.monotonic() - shown > 1:
                    shown = time.monotonic()
                    show("" if workers else "waiting for a worker to join the cluster")
                time.sleep(0.1)
        except BaseException:
            with suppress(Exception):  # the error that brought us here is the one to tell
                self.come_home()
            raise

    def completed(self):
        """Dask's iterator of the legs at work: it fetches their results while we do something else."""
        from distributed import as_completed
        return as_completed(list(self.at_work), loop=self.client.loop, with_results=True, raise_errors=False,
                            timeout=FETCH if self.at_work else None)

    def meet(self):
        """Makes room for a leg on each new worker. Returns how many workers there are; UserError where one can't."""
        workers = set(self.client.nthreads())
        for worker in workers - self.met:
            try:
                self.client.run(room, workers=[worker])
                self.met.add(worker)
            except (KeyError, OSError, asyncio.TimeoutError):
                pass  # it has just gone
            except Exception as error:  # of the worker's Python, on its way to `room`
                raise UserError(f"the worker {worker} can't run numlstm ({error}): {SAME}") from None
        return len(workers & self.met)

    def hand_out(self, member, mark, seconds):
        """Begins a leg of the member on a worker that Dask chooses. Returns its future."""
        path = Path(member.folder, "checkpoint.npz")
        name = f"{path.parents[1].name}.{member.name}".replace("-", "_")  # Dask shows a key up to its first "-"
        carried = None if not self.carry else path.read_bytes() if path.exists() else b""
        future = self.client.submit(leg, dataclasses.replace(member, carried=carried), mark, self.topic, seconds,
                                    key=f"{name}-{token_hex(8)}", resources=ROOM, pure=False)
        self.at_work[future] = member
        return future

    def hear(self, event):
        """Tells of members whose worker Dask has lost: it gives their legs to another."""
        said = event[1]
        lost = said["processing-tasks"] if said.get("action") == "remove-worker" else ()
        for name in [member.name for future, member in list(self.at_work.items()) if future.key in lost]:
            print(f"\nthe worker {said['worker']} is gone; {name} goes on elsewhere from its last checkpoint",
                  flush=True)

    def take_back(self, future, outcome):
        """Returns the member of a leg that is over, and the result, None before the end. UserError where it failed."""
        member, finished = self.at_work[future], future.status == "finished"
        self.carry |= finished and outcome is None
        result, carried = outcome if finished and outcome else (None, None)
        if carried:
            keep(member, carried)
        del self.at_work[future]  # only now: Ctrl-C while a checkpoint is written must not lose it
        if future.status == "error":
            raise UserError(why(member, outcome[1]))  # outcome: (type, error, traceback)
        return member, result

    def come_home(self):
        """Tells all legs to save, and takes back what they have."""
        if self.client.nthreads():
            self.client.run(stop, self.topic, on_error="ignore")
            for future, outcome in self.completed():  # anew: Ctrl-C may have lost what the other one had just given
                with suppress(UserError):
                    self.take_back(future, outcome)


def why(member, error):
    """The line that tells why a leg has failed."""
    from distributed import KilledWorker
    if isinstance(error, KilledWorker):  # more than Dask's allowed-failures
        return (f"{member.name} has lost {error.allowed_failures + 1} workers one after another, perhaps for lack of "
                "memory. Its last checkpoint is kept: run the same command again to go on")
    if isinstance(error, UserError):  # told by `leg`
        return str(error)
    return f"{member.name} can't be trained there ({one_line(error)}): {SAME}"


def keep(member, carried):
    """Writes what a leg has carried back: the checkpoint, and what a person reads of it."""
    folder, job = Path(member.folder), checkpoint.unpack(io.BytesIO(carried), f"what a worker sent of {member.name}")
    if (job.config, job.fingerprint) != (member.config, member.corpus.fingerprint):
        raise UserError(f"what a worker sent of {member.name} is another network: {SAME}")
    folders.check_corpus(job, member.corpus, folder)
    folders.write_config(folder, job)
    if job.state.log:
        folders.write_log(folder, job.state.log, member.corpus.built_in)
    write_whole(folder / "checkpoint.npz", carried)  # last: the next command leaves a member alone that is done
