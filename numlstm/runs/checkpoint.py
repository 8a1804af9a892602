"""Checkpoints: everything a run needs to go on bit for bit, in one .npz file without pickle.

The arrays are the parameters ("params/...") and the carried state ("state/1/h" ...). The rest is
one JSON text: config, settings, vocabulary, the corpus' fingerprint, the place in the epoch, the
state of the random generator, and the log. `archive` adds a checksum, and `contents` says what the JSON must hold.

A checkpoint from a stranger is data, and nothing in it is ever executed. What it can do: it names a file or folder of
this computer as its corpus, which is read as text and refused unless its fingerprint is right; and its network writes
what its author wants.

Tutorial: tutorials/07_training.md
"""

import json
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..errors import Diverged, UserError, one_line
from ..network.cells import CELLS
from ..network.model import param_shapes
from . import published
from .archive import HEADER_BYTES, Archive, check_digest, check_finite, write_archive
from .contents import FORMAT, check_meta, whole_number
from .state import Checkpoint, Totals, TrainingState

# The largest JSON text: so much, so much for each word, and so much for each epoch of the longest run.
TEXT_BYTES, WORD_BYTES, ROW_BYTES = 1 << 20, 1000, 1300
LONGEST_RUN = 10_000  # epochs


# --- writing ----------------------------------------------------------------------------------

def save(path: Path, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint so that a crash at any moment leaves either the old file or the new one, whole.

    Raises UserError where it can't be written (a full disk, say), or couldn't be read again; the old file is then
    untouched.
    """
    write_archive(path, arrays_of(checkpoint))


def check_savable(checkpoint: Checkpoint) -> None:
    """Raises UserError where a new run could not be saved, now or after its last epoch, and read again."""
    if checkpoint.config.epochs > LONGEST_RUN:
        raise UserError(f"a log has room for {LONGEST_RUN:,} epochs, not for {checkpoint.config.epochs:,}: use a lower "
                        "--epochs")
    arrays_of(checkpoint)


def arrays_of(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint's file. Raises UserError where `load` would refuse them: its checks are made here."""
    meta = meta_of(checkpoint)
    try:
        text = json.dumps(meta).encode()
        check_size(len(text), len(checkpoint.vocabulary))
        check_meta(meta)
    except ValueError as error:
        raise UserError(f"this run could not be read again if it were saved ({one_line(error)[:300]})") from None
    arrays = state_arrays(checkpoint)
    try:
        for name, array in arrays.items():
            check_finite(name, array)
    except ValueError as error:
        raise Diverged(one_line(error)) from None
    return {"meta": np.frombuffer(text, dtype=np.uint8), **arrays}


def meta_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """The JSON text of a checkpoint, as a dict."""
    state = checkpoint.state
    return {"format": FORMAT, "config": asdict(checkpoint.config), "settings": checkpoint.settings,
            "vocabulary": checkpoint.vocabulary, "fingerprint": checkpoint.fingerprint,
            "rng": state.rng.bit_generator.state, "epoch": state.epoch, "step": state.step,
            "totals": asdict(state.totals), "log": state.log}


def state_arrays(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    """{name in the file: array}: parameters and carried state."""
    state = checkpoint.state
    arrays = {f"params/{name}": array for name, array in state.params.items()}
    parts = CELLS[checkpoint.config.cell].state
    for layer, carried in enumerate(state.carried, 1):
        arrays |= {f"state/{layer}/{part}": array for part, array in zip(parts, carried)}
    return arrays


def check_size(size: int, words: int) -> None:
    """Raises ValueError where a JSON text of so many bytes is larger than that of any run with so many words.

    As Python's objects, it would take many times as much memory.
    """
    if size > TEXT_BYTES + WORD_BYTES * words + ROW_BYTES * LONGEST_RUN:
        raise ValueError(f"its words and settings take {size:,} bytes, too much for {words:,} words: are its words "
                         "whole paragraphs? --tokens characters suits texts without blanks")


# --- reading ----------------------------------------------------------------------------------

def find(path: str | Path, weights: str = "last") -> Path:
    """The path of a checkpoint, from its own or that of a run's folder. Raises UserError where there is none.

    A folder has best.npz, the best epoch's weights, where those of the last epoch aren't the best. It is the one that
    `weights` "best" asks for.
    """
    path = Path(path)
    if path.is_dir():
        best = path / "best.npz"
        path = best if weights == "best" and best.is_file() else path / "checkpoint.npz"
    if not path.is_file():
        raise UserError(f"there is no checkpoint {path}: name a run's folder, as in runs/NAME{meant(path)}")
    return path


def meant(path: Path) -> str:
    """A question for an error message, where there is a run whose name is nearly that of this path."""
    folder = path.parent if path.suffix == ".npz" else path
    near = get_close_matches(folder.name, [path.parent.name for path in folder.parent.glob("*/checkpoint.npz")], 1)
    return f". Did you mean {folder.parent / near[0]}?" if near else ""


def load(path: str | Path, weights: str = "last") -> Checkpoint:
    """The Checkpoint in a file, in a run's folder, or at a published network's address.

    Raises UserError where there is none, or where it is truncated, altered, contradicts itself or is not numlstm's.
    """
    path = published.download(str(path)) if published.is_address(path) else find(path, weights)
    try:
        with open(path, "rb") as file:
            return unpack(file, path)
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from None


def unpack(file: BinaryIO, name: str | Path) -> Checkpoint:
    """The Checkpoint in an open file. Raises UserError where it is no valid one, and calls it `name`."""
    try:
        check_digest(file)
        return read(Archive(file))
    except (OSError, MemoryError):
        raise
    except Exception as error:  # zipfile, NumPy and json each raise errors of their own
        raise UserError(f"{name} is damaged or no numlstm checkpoint ({one_line(error)[:300]}): use another copy, "
                        "or train again") from None


def read(archive: Archive) -> Checkpoint:
    """A Checkpoint from an Archive. Raises errors of many kinds where it is not valid."""
    size, words = archive.sizes["meta"], archive.sizes["params/softmax.b"] // 4
    check_size(size - HEADER_BYTES, words)
    text = archive.read("meta", (size - HEADER_BYTES,), np.uint8)
    meta = json.loads(text.tobytes().decode(), parse_int=whole_number)
    config = check_meta(meta)

    shapes = {f"params/{name}": shape for name, shape in param_shapes(config, len(meta["vocabulary"])).items()}
    parts = [[f"state/{layer}/{part}" for part in CELLS[config.cell].state] for layer in range(1, config.layers + 1)]
    state_shape = (config.batch, config.hidden)
    archive.expect(shapes | {name: state_shape for names in parts for name in names})
    params = {name.removeprefix("params/"): archive.read_finite(name, shape) for name, shape in shapes.items()}
    carried = [np.stack([archive.read_finite(name, state_shape) for name in names]) for names in parts]
    rng = np.random.default_rng()
    rng.bit_generator.state = meta["rng"]
    state = TrainingState(params, carried, rng, meta["epoch"], meta["step"], Totals(**meta["totals"]), meta["log"])
    return Checkpoint(config, meta["settings"], meta["vocabulary"], meta["fingerprint"], state)
