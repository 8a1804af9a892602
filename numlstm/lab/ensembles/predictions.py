"""What a network predicts: the log-probability that it gives to each word that came, in a small file.

An average of networks needs no more than that. The file takes 0.3 MB for Penn Treebank, where a checkpoint takes 20 to
265, holds no words of the text, and can be passed on: anybody can then average the network with others, without
training it and without the text. A run's lies in its folder, as predictions.npz, and is computed once.

The nll of a word (its negative log-probability in nats) is stored as a whole number of 16 bits, in units of 1/65,535 of
the largest nll of its text. So it is off by half a unit at most, some 0.0002 nats, and a perplexity by far less than
0.001: errors of both signs cancel. Beside the numbers lies a JSON text: the settings with the seed, the text's
fingerprint, the checkpoint's checksum and the versions of numlstm. The file ends in a checksum, as a checkpoint does.

A file from a stranger is data: nothing in it is executed. Whether its numbers are right, only its sender knows.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...corpus.data import NAMES, SPLITS, Corpus
from ...errors import Diverged, UserError
from ...learning.evaluation import predictions as read_stream
from ...network.backend import Backend
from ...network.config import Config
from ...runs import archive
from ...runs.contents import CONFIG
from ...runs.schema import TEXT, Each, Field, Record, check, number_field, reading
from ...runs.state import Checkpoint
from ...runs.version import VERSION

PARTS = tuple(split for split in SPLITS if split != "train")  # the texts that are predicted
UNITS = np.iinfo(np.uint16).max
META_BYTES = 1 << 20  # the longest JSON text
META = Record({
    "format": Field(str, {"among": ("numlstm predictions 1",)}), "config": CONFIG, "fingerprint": TEXT,
    "text": Field(str, {"among": (*NAMES, "")}), "checkpoint": TEXT, "versions": Each(TEXT),
    "largest": Record({split: number_field(at_least=0) for split in PARTS}),
})


class Predictions(NamedTuple):
    """A network's predictions. `path` is where they, or the network, came from."""

    path: Path
    config: Config
    fingerprint: str                # of the corpus
    text: str                       # the corpus' name, "ptb" or "grammar"; "" for any other
    checkpoint: str                 # the SHA-256 of the network that predicted
    versions: list[str]             # of numlstm, which trained it and which predicted
    nll: dict[str, np.ndarray]      # {split: (N - 1,)} in nats, of every word but the first

    def probabilities(self, split: str) -> np.ndarray:
        """(N - 1,) float64: what the network gave to the words of a split."""
        return np.exp(-self.nll[split])


def of_run(folder: Path, job: Checkpoint, corpus: Corpus, backend: Backend, progress: bool = False) -> Predictions:
    """The predictions of `job`, the network in a run's folder. They are read from there, or else computed and kept.

    Raises Diverged where the network's predictions are no numbers.
    """
    path, digest = folder / "predictions.npz", archive.digest_of(folder / "checkpoint.npz")
    if kept := kept_in(path, digest, corpus):
        return kept._replace(path=folder)
    nll_of = {split: np.concatenate([nll.ravel().astype(np.float64) for nll, _ in
                                     read_stream(job.state.params, getattr(corpus, split), backend, progress=progress)])
              for split in PARTS}
    if not all(np.isfinite(nll).all() for nll in nll_of.values()):
        raise Diverged(f"{folder} gives probabilities that are no numbers: leave it out, or train it again")
    trained = [str(row["version"]) for row in job.state.log if row.get("version")]
    data = job.settings["data"]
    write(path, Predictions(folder, job.config, job.fingerprint, data if data in NAMES else "", digest,
                            list(dict.fromkeys([*trained, VERSION])), nll_of))
    return read(path)._replace(path=folder)


def kept_in(path: Path, digest: str, corpus: Corpus) -> Predictions | None:
    """The predictions in a file; None where there is none, or it is damaged or belongs to another network or text."""
    if not path.is_file():
        return None
    try:
        kept = read(path)
    except UserError:
        return None
    right = kept.checkpoint == digest and kept.fingerprint == corpus.fingerprint and all(
        len(kept.nll[split]) == len(getattr(corpus, split)) - 1 for split in PARTS)
    return kept if right else None


def write(path: Path, member: Predictions) -> None:
    """Writes the file, whole or not at all. Raises UserError where it can't be written."""
    largest = {split: max(float(nll.max()), 1e-9) for split, nll in member.nll.items()}  # above 0: it divides
    meta = {"format": "numlstm predictions 1", "config": asdict(member.config), "fingerprint": member.fingerprint,
            "text": member.text, "checkpoint": member.checkpoint, "versions": member.versions, "largest": largest}
    check(META, meta)
    arrays = {split: np.rint(nll * (UNITS / largest[split])).astype(np.uint16) for split, nll in member.nll.items()}
    archive.write_archive(path, {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)} | arrays)


def read(path: Path) -> Predictions:
    """The predictions in a file. Raises UserError where it can't be read, or is no such file, or a damaged one."""
    try:
        with open(path, "rb") as file, reading(path, "file of predictions", "use another copy of it"):
            archive.check_digest(file)
            meta, units = unpack(archive.Archive(file))
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from None
    nll = {split: array * (meta["largest"][split] / UNITS) for split, array in units.items()}
    return Predictions(Path(path), Config(**meta["config"]), meta["fingerprint"], meta["text"], meta["checkpoint"],
                       meta["versions"], nll)


def unpack(file: archive.Archive) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The JSON text and the arrays of an archive. Raises ValueError where they are not as `write` writes them."""
    if set(file.sizes) != {"meta", *PARTS}:
        raise ValueError(f"it holds {', '.join(sorted(file.sizes))[:100]}")
    if file.sizes["meta"] > META_BYTES:
        raise ValueError(f"its JSON text has {file.sizes['meta']:,} bytes")
    text = file.read("meta", (file.sizes["meta"] - archive.HEADER_BYTES,), np.uint8)
    meta = check(META, json.loads(text.tobytes()))
    units = {split: file.read(split, ((file.sizes[split] - archive.HEADER_BYTES) // 2,), np.uint16) for split in PARTS}
    if not all(array.size for array in units.values()):
        raise ValueError("it has no predictions")
    return meta, units
