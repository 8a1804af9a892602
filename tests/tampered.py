"""For the tests of hostile input: checkpoints of any content, with the right checksum; limits of memory and time."""

import hashlib
import io
import json
import os
import signal
import tracemalloc
import warnings
import zipfile
from contextlib import contextmanager

import numpy as np

from numlstm.errors import UserError
from numlstm.runs import checkpoint
from numlstm.runs.archive import DIGEST_BYTES
from numlstm.runs.progress import Progress

SECONDS = 300    # after which a test that still runs has hung, even on a machine that sleeps for a while
SPARE = 2 << 20  # bytes that reading may take besides the file's size and the network's


def with_digest(body):
    """The bytes and their checksum."""
    return body + hashlib.sha256(body).hexdigest().encode()


def parts_of(path):
    """The JSON of a checkpoint, and its arrays."""
    with np.load(path) as file:
        arrays = dict(file)
    return json.loads(arrays.pop("meta").tobytes()), arrays


def npy(array):
    """An array as the bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def packed(meta, arrays, compress=False, twice=()):
    """A checkpoint's bytes, with the right checksum, from any JSON and any arrays."""
    text = meta if isinstance(meta, bytes) else json.dumps(meta).encode()
    archive = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED if compress else 0) as file:
        warnings.simplefilter("ignore")  # zipfile's, about names that occur twice
        for name, array in [("meta", np.frombuffer(text, np.uint8)), *arrays.items(), *twice]:
            file.writestr(f"{name}.npy", array if isinstance(array, bytes) else npy(array))
        file.comment = b"0" * DIGEST_BYTES
    return with_digest(archive.getvalue()[:-DIGEST_BYTES])


def stop_after(steps):
    """A Progress that shows nothing. After so many steps it is as if somebody pressed Ctrl-C. `done` counts them."""
    class Stopping(Progress):
        done = 0

        def __init__(self, terminal):
            super().__init__(terminal=False, quiet=True)

        def step(self, state, steps_of_epoch):
            super().step(state, steps_of_epoch)
            Stopping.done += 1
            if Stopping.done == steps:
                signal.raise_signal(signal.SIGINT)
    return Stopping


def load(path):
    """The checkpoint, or None where it is refused, with the memory that this took checked."""
    tracemalloc.start()
    try:
        return checkpoint.load(path)
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 1000
        return None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2 * path.stat().st_size + SPARE, f"{peak:,} bytes for a file of {path.stat().st_size:,}"


@contextmanager
def no_hang():
    """Raises an error in the main thread once SECONDS have passed."""
    def hung(number, frame):
        raise AssertionError("it hangs")

    if os.name == "nt":
        yield
        return
    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
