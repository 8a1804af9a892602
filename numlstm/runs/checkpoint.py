"""Checkpoints: everything a run needs to go on bit for bit, in one .npz file without pickle.

The arrays are the parameters ("params/...") and the carried state ("state/1/h" ...). The rest is
one JSON text: config, settings, vocabulary, the corpus' fingerprint, the place in the epoch, the
state of the random generator, and the log. An .npz file is a zip archive, and a zip archive may end in a
comment. Here the comment is the SHA-256 of all bytes before it, so that a file with a single wrong bit is refused.

Tutorial: tutorials/05_training.md
"""

import hashlib
import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..errors import UserError
from ..network.cells import CELLS
from ..network.config import Config
from ..network.model import param_shapes
from .files import write_whole
from .state import Checkpoint, Totals, TrainingState

FORMAT = "numlstm checkpoint 1"
DIGEST_BYTES = 64  # a SHA-256 in hexadecimal


# --- writing ----------------------------------------------------------------------------------

def save(path, checkpoint):
    """Writes a checkpoint so that a crash at any moment leaves either the old file or the new one, whole.

    Raises UserError where it can't be written (a full disk, say); the old file is then untouched.
    """
    state = checkpoint.state
    meta = {"format": FORMAT, "config": asdict(checkpoint.config), "settings": checkpoint.settings,
            "vocabulary": checkpoint.vocabulary, "fingerprint": checkpoint.fingerprint,
            "rng": state.rng.bit_generator.state, "epoch": state.epoch, "step": state.step,
            "totals": asdict(state.totals), "log": state.log}
    arrays = {f"params/{name}": array for name, array in state.params.items()}
    parts = CELLS[checkpoint.config.cell].state
    for layer, carried in enumerate(state.carried, 1):
        arrays |= {f"state/{layer}/{part}": array for part, array in zip(parts, carried)}
    text = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)

    archive = io.BytesIO()
    np.savez(archive, meta=text, **arrays)
    with zipfile.ZipFile(archive, "a") as file:
        file.comment = b"0" * DIGEST_BYTES
    data = archive.getbuffer()[:-DIGEST_BYTES]
    write_whole(path, data, hashlib.sha256(data).hexdigest().encode())


# --- reading ----------------------------------------------------------------------------------

def find(path):
    """The path of a checkpoint, from its own or that of a run's folder. Raises UserError where there is none."""
    path = Path(path)
    if path.is_dir():
        path = path / "checkpoint.npz"
    if not path.is_file():
        raise UserError(f"there is no checkpoint {path}: name a run's folder, as in runs/NAME")
    return path


def load(path):
    """The Checkpoint in a file, or in a run's folder.

    Raises UserError where there is none, or where it is truncated, altered or not numlstm's.
    Nothing in the file is ever executed: no pickle is loaded.
    """
    path = find(path)
    try:
        return unpack(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from None
    except Exception as error:  # zipfile, NumPy and json each raise errors of their own
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{path} is damaged or no numlstm checkpoint ({reason}): use another copy, "
                        "or train again") from None


def unpack(data):
    """A Checkpoint from a file's bytes. Raises errors of many kinds where they are not a valid checkpoint."""
    body, digest = data[:-DIGEST_BYTES], data[-DIGEST_BYTES:]
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("its checksum is wrong")
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = dict(file)
    meta = json.loads(arrays.pop("meta").tobytes())
    if meta["format"] != FORMAT:
        raise ValueError(f"its format is {meta['format']!r}, this program reads {FORMAT!r}")

    config = Config(**meta["config"])
    rng = np.random.default_rng()
    rng.bit_generator.state = meta["rng"]
    params = {name: matching(arrays, f"params/{name}", shape)
              for name, shape in param_shapes(config, len(meta["vocabulary"])).items()}
    carried = [np.stack([matching(arrays, f"state/{layer}/{part}", (config.batch, config.hidden))
                         for part in CELLS[config.cell].state]) for layer in range(1, config.layers + 1)]
    state = TrainingState(params, carried, rng, meta["epoch"], meta["step"], Totals(**meta["totals"]), meta["log"])
    return Checkpoint(config, meta["settings"], meta["vocabulary"], meta["fingerprint"], state)


def matching(arrays, name, shape):
    """The array of that name, which must have that shape and be float32."""
    array = arrays[name]
    if array.shape != shape or array.dtype != np.float32:
        raise ValueError(f"{name} is {array.dtype}{array.shape}, but the config wants float32{shape}")
    return array
