"""Many networks side by side, each in a process and a folder of its own: what `compare` and `ensemble` share.

The networks never talk to each other, so files are all the protocol there is: whoever starts a member first
looks into its folder, goes on from the checkpoint there, and does nothing where all is done.
"""

import os
import signal
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process

from . import checkpoint, run, train
from .errors import UserError


def open_job(folder, config, settings, corpus):
    """The Checkpoint in a member's folder or, where there is none, that of a new run.

    Raises UserError where the folder's network is another one.
    """
    run.clear(folder)
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


def stop_with_the_command():
    """Lets this process, begun by a command, save and end once the command is gone, even if that was killed."""
    def watch():
        parent_process().join()
        signal.raise_signal(signal.SIGTERM)
        while callable(signal.getsignal(signal.SIGTERM)):  # a run.StopRequest has heard it, and is saving
            time.sleep(0.1)
        os._exit(1)  # the pool's own loop would wait for ever for more to do

    threading.Thread(target=watch, daemon=True).start()


def side_by_side(function, calls, jobs, meanwhile=None):
    """Runs function(*arguments) for {name: arguments}, `jobs` processes at a time; yields (name, result) when done.

    A function that was told to stop returns None. `meanwhile` is called every second.

    Raises: KeyboardInterrupt where one was stopped: all are then; UserError where a process was killed.
    """
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=stop_with_the_command) as pool:
        names = {pool.submit(function, *arguments): name for name, arguments in calls.items()}
        waiting = set(names)
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=1 if meanwhile else None, return_when=FIRST_COMPLETED)
                for future in done:
                    if (result := future.result()) is None:
                        raise KeyboardInterrupt
                    yield names[future], result
                if meanwhile:
                    meanwhile()
        except BrokenProcessPool:
            raise UserError("one of the training processes was killed (by lack of memory?); the others have saved. "
                            "Run the same command again to go on, perhaps with fewer --jobs") from None
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
