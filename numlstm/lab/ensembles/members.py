"""Many networks side by side, each in a process and a folder of its own. `compare` and `ensemble` use this.

The networks never talk to each other, so files are the only protocol. A process that starts a member first looks into
its folder and goes on from the checkpoint there. If the member is already trained, it does nothing.
"""

import errno
import json
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing import connection, get_context
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ...corpus import data
from ...corpus.text import reading_of
from ...errors import UserError, printable, quiet_matplotlib, says_no_threads
from ...learning import loop
from ...learning.backends import check_products, possible, running, running_for
from ...machine import cores
from ...network.config import Config
from ...runs import checkpoint, folders, lock
from ...runs.progress import Reports
from ...runs.state import Checkpoint, new_checkpoint
from ...runs.stop import Stopped, StopRequest, interrupts_wait, mask_interrupts, say_stopping


def alone(folder: Path) -> AbstractContextManager[None]:
    """`lock.alone` for a member. It waits longer: after the last command was killed, the member may still be saving."""
    return lock.alone(folder, patience=600)


def open_job(folder: Path, config: Config, settings: dict[str, Any], corpus: data.Corpus) -> Checkpoint:
    """The Checkpoint in a member's folder or, where there is none, that of a new run.

    Raises UserError where the network in the folder has other settings.
    """
    if not (folder / "checkpoint.npz").exists():
        return new_checkpoint(config, settings, corpus)
    job = checkpoint.load(folder)
    if (job.config, job.fingerprint, job.settings.get("words")) != (config, corpus.fingerprint, settings.get("words")):
        raise UserError(f"the network in {folder} has other settings: choose another --name")
    folders.check_corpus(job, corpus, folder)
    return job


def train_to_the_end(folder: Path, job: Checkpoint, corpus: data.Corpus, threads: int | None, watch: loop.Watch,
                     tested: bool = True) -> bool:
    """Trains the epochs that are left, and tests the last epoch's weights. Returns whether it came to the end.

    Only if `tested` is the test text read. Once watch.stop.asked, it saves and returns False.
    """
    folders.clear(folder)
    with running_for(job, threads) as backend:
        folders.write_config(folder, job)
        keeper = loop.Keeper(job, corpus, folder, backend, watch)
        for _ in loop.train(job, corpus, backend) if not watch.stop.asked else ():
            if not keeper.goes_on():
                break
        if tested and not watch.stop.asked:
            loop.test(job, corpus, folder, backend)
    return not watch.stop.asked


def is_done(job: Checkpoint) -> bool:
    """Whether the run of a Checkpoint came to the end and was tested."""
    return job.state.epoch > job.config.epochs and job.state.log[-1]["test_perplexity"] is not None


def result(job: Checkpoint) -> tuple[float, float]:
    """The validation and the test perplexity of a finished run."""
    last = job.state.log[-1]
    return last["valid_perplexity"], last["test_perplexity"]


def work(function: Callable[..., Any], arguments: tuple, line: Any, back: Any) -> None:
    """Runs in a network's own process. Sends what function(*arguments) returns, or its error, to `back`.

    When the command closes its end of `line`, or is killed, this process sends itself SIGTERM. A StopRequest turns it
    into a request to stop. While there is no StopRequest, there is nothing to save either, and the process just ends.
    """
    def watch() -> None:
        connection.wait([line])
        signal.raise_signal(signal.SIGTERM)

    tqdm.set_lock(threading.RLock())  # its own is for several processes: of one that is killed, Python would tell
    quiet_matplotlib()
    try:
        threading.Thread(target=watch, daemon=True).start()
        mask_interrupts(getattr(signal, "SIG_UNBLOCK", None))
        result = function(*arguments)
    except KeyboardInterrupt:
        result = None
    except (UserError, OSError, MemoryError) as error:
        result = error
    except RuntimeError as error:
        if not says_no_threads(error):
            raise
        result = BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    with suppress(OSError):  # the command is gone
        back.send(result)


def side_by_side(function: Callable[..., Any], calls: dict[Any, tuple], jobs: int,
                 meanwhile: Callable[[], None] | None = None) -> Generator[tuple[Any, Any], None, None]:
    """Runs function(*arguments) for {name: arguments}, each in a process, `jobs` at a time; yields (name, result).

    A function that was told to stop returns None. `meanwhile` is called about every second. Whatever ends this early
    makes all processes save and stop.

    Raises: KeyboardInterrupt where one was stopped, the error of one that failed, UserError where one was killed.
    """
    context, waiting = get_context("spawn"), deque(calls.items())
    if os.name == "nt":
        jobs = min(jobs, 60)  # as many as Windows can wait for
    at_work: dict[Any, Any] = {}
    line, end = context.Pipe(duplex=False)
    try:
        while waiting or at_work:
            while waiting and len(at_work) < jobs:
                name, arguments = waiting.popleft()
                results, back = context.Pipe(duplex=False)
                process = context.Process(target=work, args=(function, arguments, line, back))
                with interrupts_wait(), blas_of_one_thread():
                    process.start()
                back.close()  # so that `results` ends when the process ends
                at_work[results] = name, process
            for ready in connection.wait(list(at_work), 1 if meanwhile else None):
                yield at_work[ready][0], received(ready)
                at_work.pop(ready)[1].join()
            if meanwhile:
                meanwhile()
    except KeyboardInterrupt as interrupt:
        if not isinstance(interrupt, Stopped):
            say_stopping()
        raise
    finally:
        end.close()
        for _, process in at_work.values():
            process.join()


@contextmanager
def blas_of_one_thread() -> Iterator[None]:
    """OpenBLAS in processes that are started in this block doesn't begin with a thread for each core.

    `running` gives it those that it shall have. Many processes on many cores could have too many threads otherwise.
    """
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OPENBLAS_NUM_THREADS"]
        else:
            os.environ["OPENBLAS_NUM_THREADS"] = before


def received(results: Any) -> Any:
    """What a process has sent. Raises what `side_by_side` raises."""
    try:
        result = results.recv()
    except EOFError:
        raise UserError("one of the training processes has died, perhaps for lack of memory; the others have saved. "
                        "Run the same command again to go on, with fewer --jobs if need be") from None
    if isinstance(result, Exception):
        raise result
    if result is None:
        raise KeyboardInterrupt
    return result


def check_data(where: str) -> None:
    """Raises UserError where a text can be read only once: every network's process reads it anew."""
    if data.absolute(where) == data.STDIN:
        raise UserError("several networks can't read one text from a pipe: name a file with --data")


def read_text(settings: dict[str, Any], fingerprint: str) -> data.Corpus:
    """The corpus that a command's networks share. Raises UserError where it isn't the one with this fingerprint.

    A long command's last networks begin days after the first ones.
    """
    corpus = data.load(settings["data"], settings["vocab_size"], settings.get("words"), reading_of(settings))
    if corpus.fingerprint != fingerprint:
        raise UserError(f"the text at {settings['data']} has changed since this command began, and its networks must "
                        "share one text: bring the old text back and run the same command again, or choose another "
                        "--name")
    return corpus


def note_products(settings: dict[str, Any], folder: Path, threads: int | None, products: str | None) -> None:
    """Notes in the settings of a command's networks what multiplies their matrices: the same for all of them.

    They are the `products` asked for, else those of the networks begun in `folder`, else the fastest, measured here
    once for all. (Where this machine has but one kind, a cluster's other machines choose theirs.) Raises UserError
    where the networks begun have other products than those asked for.
    """
    check_products(settings["backend"], products)
    if settings["backend"] == "numpy":
        return
    begun = min(folder.rglob("checkpoint.npz"), default=None)
    kept = checkpoint.load(begun).settings.get("products") if begun else None
    if None not in (products, kept) and products != kept:
        raise UserError(f"the networks in {folder} multiply by {printable(str(kept))}: choose another --name, or no "
                        "--products")
    if products is not None or len(possible()) > 1:
        found = products or (kept if kept in possible() else None)
        with running("numba", min(threads or cores(), cores()), found) as backend:
            settings["products"] = backend.products


def train_member(folder: Path, config: Config, settings: dict[str, Any], fingerprint: str,
                 threads: int | None) -> tuple[float, float] | None:
    """Trains one member, or goes on training it. Returns its validation and test perplexity, or None where stopped."""
    def report(place: dict[str, Any]) -> None:
        (folder / "progress.json").write_text(json.dumps(place), encoding="utf-8")

    corpus = read_text(settings, fingerprint)
    with alone(folder), StopRequest() as stop:
        job = open_job(folder, config, settings, corpus)
        finished = train_to_the_end(folder, job, corpus, threads, loop.Watch(stop, Reports(report)))
    return result(job) if finished else None
