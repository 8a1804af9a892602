"""What each member of an ensemble predicts: the probability of each word that came.

Perplexity needs no more than that. A member's probabilities are computed once, and kept in its folder: (N - 1,)
float64, in a .npy file named after split and checkpoint, with a SHA-256 of checkpoint, split and probabilities at its
end.

A file that is damaged, or doesn't fit the text, is computed anew. (The SHA-256 doesn't show who wrote it. If somebody
else gave you the ensemble, and you don't trust their numbers, remove the .npy files.)
"""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...corpus.data import Corpus
from ...errors import Diverged
from ...learning.evaluation import predictions
from ...network.backend import Backend
from ...runs import checkpoint
from ...runs.files import write_whole
from ...runs.folders import load_run

DIGEST_BYTES = 32


def of_members(folders: Sequence[Path], split: str, data_option: str | None, backend: Backend,
                         progress: bool = False) -> list[np.ndarray]:
    """A list with each member's probabilities of the words of a split, except the first word."""
    _, corpus = load_run(folders[0], data_option)
    return [kept(folder, split, corpus, backend, progress) for folder in folders]


def kept(folder: Path, split: str, corpus: Corpus, backend: Backend, progress: bool = False) -> np.ndarray:
    """A member's probabilities, read from its folder, where they are kept. Computes them if they are not there yet."""
    with open(folder / "checkpoint.npz", "rb") as file:
        file.seek(-checkpoint.DIGEST_BYTES, 2)
        name = file.read().decode()  # the checkpoint's checksum
    path, stream = folder / f"{split}-{name[:16]}.npy", getattr(corpus, split)
    if not is_right(path, f"{name} {split}", len(stream) - 1):
        params = checkpoint.load(folder).state.params
        found = np.concatenate([np.exp(-nll.ravel().astype(np.float64)) for nll, _ in
                                predictions(params, stream, backend, progress=progress)])
        if not np.isfinite(found).all():
            raise Diverged(f"{folder} gives probabilities that are no numbers: leave it out, or train it again")
        content = io.BytesIO()
        np.save(content, found, allow_pickle=False)
        write_whole(path, content.getbuffer(), digest(f"{name} {split}", found))
    return np.load(path, mmap_mode="r", allow_pickle=False)


def is_right(path: Path, what: str, count: int) -> bool:
    """Whether a file holds `count` probabilities, and the digest of them and of `what` they are."""
    if not path.is_file():
        return False
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
        right = found.shape == (count,) and found.dtype == np.float64 and bool(((found >= 0) & (found <= 1)).all())
        with open(path, "rb") as file:
            file.seek(-DIGEST_BYTES, 2)
            return right and file.read() == digest(what, found)
    except Exception:  # where the header is damaged, NumPy raises errors of many kinds
        return False


def digest(what: str, probabilities: np.ndarray) -> bytes:
    """The SHA-256 of what a member's probabilities are, and of them."""
    return hashlib.sha256(what.encode() + b"\0" + probabilities.tobytes()).digest()
