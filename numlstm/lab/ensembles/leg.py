"""What a worker of a Dask cluster does: a leg of a member's training. `cluster` says what that is, and hands it out.

Tutorial: tutorials/cluster.md
"""

import dataclasses
import os
import tempfile
import time
from pathlib import Path

from ...corpus import data
from ...errors import UserError
from ...learning.loop import Watch
from ...runs import folders
from ...runs.files import write_whole
from ...runs.progress import Reports
from . import members

ROOM = {"numlstm-leg": 1}  # the resource of a worker that a leg takes
stopped: set[str] = set()  # topics of the commands whose legs are to save and return


@dataclasses.dataclass(frozen=True, eq=False)
class Member:
    """What a worker must know to train a member. It prints short, as Dask logs the arguments of a task that fails."""

    name: str               # member-03
    folder: str             # absolute, of the machine where the command runs: workers may have other kinds of paths
    config: object          # a Config
    settings: dict
    corpus: data.Corpus = dataclasses.field(repr=False)           # a worker need not have the text
    threads: int | None                                           # at most; None: all that the worker has
    carried: bytes | None = dataclasses.field(default=None, repr=False)  # the checkpoint; b"": there is none yet


async def room(dask_worker):
    """Gives this worker room for one leg at a time, so that nobody has to start workers with --resources."""
    from distributed import Status
    if not set(ROOM) <= set(dask_worker.state.total_resources):  # it may, from an earlier command
        await dask_worker.set_resources(**ROOM)
        if dask_worker.status == Status.running:  # this makes Dask look again at legs that have found no worker
            dask_worker.status = Status.paused
            dask_worker.status = Status.running


class LegEnd:
    """Asks the training loop to stop when a leg is over: stands where a StopRequest would."""

    def __init__(self, worker, topic, seconds):
        self.worker, self.key = worker, worker.get_current_task()
        self.topic, self.until = topic, time.monotonic() + seconds

    @property
    def asked(self):
        task = self.worker.state.tasks.get(self.key)
        abandoned = task is None or task.state == "cancelled"  # as where the command has been killed
        return abandoned or self.topic in stopped or time.monotonic() > self.until


def stop(topic):
    """Tells the legs of a command in this process to save and return."""
    stopped.add(topic)


def sees(mark):
    """Whether this process sees the file `mark`, of a random name: then it shares the folder with the command."""
    return os.path.exists(mark)


def leg(member, mark, topic, seconds):
    """Trains a member for so many seconds. Returns its result, None before the end; and its checkpoint's bytes.

    Where the worker sees the member's folder, the checkpoint is there, and no bytes are returned. Where it doesn't
    and the member has no bytes with it, it returns None at once. Raises UserError where the member can't be trained.
    """
    from distributed import get_worker
    worker, shared = get_worker(), sees(mark)
    if member.carried is None and not shared:
        return None
    threads = min(filter(None, (member.threads, worker.state.nthreads)))
    reports = Reports(lambda place: worker.log_event(topic, (member.name, place)))
    try:
        with tempfile.TemporaryDirectory(dir=worker.local_directory) as temporary:
            folder = Path(member.folder if shared else temporary)
            if not shared and member.carried:
                write_whole(folder / "checkpoint.npz", member.carried)
            job = members.open_job(folder, member.config, member.settings, member.corpus)
            end = LegEnd(worker, topic, seconds)
            finished = members.train_to_the_end(folder, job, member.corpus, threads, Watch(end, reports))
            if not (folder / "checkpoint.npz").exists():  # told to stop before the first step
                folders.save(folder, job)
            carried = None if shared else (folder / "checkpoint.npz").read_bytes()
            return members.result(job) if finished else None, carried
    except (UserError, OSError, MemoryError) as error:
        raise UserError(f"{member.name} on {worker.address}: {str(error) or type(error).__name__}") from None
