"""The perplexity of averaged predictions, for any number of members.

Perplexity needs only the probability that was given to each word that came. A member's probabilities are computed
once, and kept in its folder: (N - 1,) float64, in a .npy file named after split and checkpoint, with a SHA-256 of
checkpoint, split and probabilities at its end. An average over members then reads these files side by side, a stretch
of text at a time. So it needs little memory, however many members there are.

A file that is damaged, or doesn't fit the text, is computed anew. (The SHA-256 doesn't show who wrote it. If somebody
else gave you the ensemble, and you don't trust their numbers, remove the .npy files.)

Tutorial: tutorials/11_ensembles.md
"""

import hashlib
import io
import math
import random
import statistics
import sys
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from ..corpus.data import Corpus
from ..errors import UserError
from ..learning.evaluation import predictions
from ..network.backend import Backend
from ..runs import checkpoint
from ..runs.files import write_whole
from ..runs.folders import load_run
from ..runs.state import safe_exp

DIGEST_BYTES = 32
STRETCH = 10_000   # words averaged at a time
SUBSETS = 20       # choices of members tried for each size, at most


def member_probabilities(folders: Sequence[Path], split: str, data_option: str | None, backend: Backend,
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
    except (OSError, ValueError, EOFError):  # EOFError: an empty file
        return False


def digest(what: str, probabilities: np.ndarray) -> bytes:
    """The SHA-256 of what a member's probabilities are, and of them."""
    return hashlib.sha256(what.encode() + b"\0" + probabilities.tobytes()).digest()


def perplexity(members: Sequence[np.ndarray]) -> float:
    """The perplexity of the average of the members' probabilities, each (N,), read a stretch at a time."""
    total, count = 0.0, len(members[0])
    for start in range(0, count, STRETCH):
        mean = sum(member[start:start + STRETCH] for member in members) / len(members)
        with np.errstate(divide="ignore"):
            total -= float(np.log(mean).sum())
    return safe_exp(total / count)


def subsets(count: int, size: int, rng: random.Random) -> list[tuple[int, ...]]:
    """Up to SUBSETS different choices of `size` out of `count` members."""
    if math.comb(count, size) <= SUBSETS:
        return list(combinations(range(count), size))
    found: set[tuple[int, ...]] = set()
    while len(found) < SUBSETS:
        found.add(tuple(sorted(rng.sample(range(count), size))))
    return sorted(found)


def sizes(count: int) -> list[int]:
    """1, 2, 5, 10, 20, 38 and so on, below `count`; then `count`."""
    return [size for size in (1, 2, 5, 10, 20, 38, 50, 100, 200, 500) if size < count] + [count]


def curve(by_split: dict[str, list[np.ndarray]]) -> list[dict[str, Any]]:
    """Perplexity by number of members: dicts with members, subsets and the mean, lowest and highest for each split.

    Args:
        by_split: {split: [a member's probabilities, ...]}.
    """
    count, rng, rows = len(next(iter(by_split.values()))), random.Random(0), []
    for size in sizes(count):
        chosen = subsets(count, size, rng)
        row: dict[str, float] = {"members": size, "subsets": len(chosen)}
        for split, members in by_split.items():
            values = [perplexity([members[n] for n in subset]) for subset in chosen]
            row |= {split: statistics.mean(values), f"{split}_lowest": min(values), f"{split}_highest": max(values)}
        rows.append(row)
    return rows


def finished_members(folder: Path) -> list[Path]:
    """The folders of the members that are trained to the end.

    Raises UserError where there is none, or where members were trained on different texts or vocabularies.
    """
    found = sorted(path.parent for path in folder.glob("member-*/checkpoint.npz"))
    jobs = {path: checkpoint.load(path) for path in found}
    finished = [path for path, job in jobs.items() if job.state.epoch > job.config.epochs]
    if not finished:
        raise UserError(f"{folder} has no member that is trained to the end ({len(found)} begun)")
    if len({job.fingerprint for job in jobs.values()}) > 1:
        raise UserError(f"the members in {folder} were trained on different texts or vocabularies: they can't be "
                        "averaged")
    if len(finished) < len(found):
        print(f"{len(found) - len(finished)} of {len(found)} members are not trained to the end: they are left out",
              file=sys.stderr)
    return finished
