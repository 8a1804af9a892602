"""Many networks side by side, each in a process and a folder of its own: what `compare` and `ensemble` share.

The networks never talk to each other, so files are all the protocol there is: whoever starts a member first
looks into its folder, goes on from the checkpoint there, and does nothing where all is done.
"""

import os
import signal
import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context

from . import checkpoint, lock, run, train
from .errors import UserError


def alone(folder):
    """`lock.alone`, for a member. Its last command may have been killed: then the member is still being saved."""
    return lock.alone(folder, patience=600)


def open_job(folder, config, settings, corpus):
    """The Checkpoint in a member's folder or, where there is none, that of a new run.

    Raises UserError where the folder's network is another one.
    """
    if not (folder / "checkpoint.npz").exists():
        job = checkpoint.new(config, settings, corpus)
        run.write_config(folder, job)
        return job
    job = checkpoint.load(folder)
    if (job.config, job.fingerprint, job.settings.get("words")) != (config, corpus.fingerprint, settings.get("words")):
        raise UserError(f"the network in {folder} has other settings: choose another --name")
    return job


def train_to_the_end(folder, job, corpus, backend, stop, progress, gradients_of=train.gradients):
    """Trains what is still to be trained, and tests the last epoch's weights. Returns whether it came to the end.

    Arguments as for `train.train`: once stop.asked, it is saved and doesn't come to the end.
    """
    run.clear(folder)
    train.train(job, corpus, folder, backend, stop, progress, save_every=120, gradients_of=gradients_of)
    if stop.asked:
        return False
    train.test(job, corpus, folder, backend)
    return True


def is_done(job):
    """Whether a Checkpoint is that of a run that came to the end, and was tested."""
    return job.state.epoch > job.config.epochs and job.state.log[-1]["test_perplexity"] is not None


def result(job):
    """The perplexities of a finished run: validation and test."""
    last = job.state.log[-1]
    return last["valid_perplexity"], last["test_perplexity"]


def stop_with_the_command(line):
    """Lets this process save and end once the command that began it closes its end of `line`, or is killed."""
    def watch():
        connection.wait([line])
        heard = signal.getsignal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        while callable(heard) and signal.getsignal(signal.SIGTERM) is heard:  # a run.StopRequest: it is saving
            time.sleep(0.1)
        os._exit(1)  # the pool's own loop would wait for ever for more to do

    threading.Thread(target=watch, daemon=True).start()


def side_by_side(function, calls, jobs, meanwhile=None):
    """Runs function(*arguments) for {name: arguments}, `jobs` processes at a time; yields (name, result) when done.

    A function that was told to stop returns None. `meanwhile` is called every second. Whatever ends this early
    stops all processes, in good order.

    Raises: KeyboardInterrupt where one was stopped; UserError where a process was killed.
    """
    context, waiting, at_work = get_context("spawn"), deque(calls.items()), {}
    line, end = context.Pipe(duplex=False)
    with line, end, ProcessPoolExecutor(jobs, context, stop_with_the_command, (line,)) as pool:
        try:
            while waiting or at_work:
                while waiting and len(at_work) < jobs:  # what a pool has in store it begins even after Ctrl-C
                    name, arguments = waiting.popleft()
                    at_work[pool.submit(function, *arguments)] = name
                for future in wait(at_work, 1 if meanwhile else None, FIRST_COMPLETED).done:
                    if (result := future.result()) is None:
                        raise KeyboardInterrupt
                    yield at_work.pop(future), result
                if meanwhile:
                    meanwhile()
        except BrokenProcessPool:
            raise UserError("one of the training processes was killed (by lack of memory?); the others have saved. "
                            "Run the same command again to go on, perhaps with fewer --jobs") from None
        except BaseException:
            end.close()
            raise
