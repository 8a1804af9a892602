"""A trained network as a file for others, which says nothing of the computer that it was trained on."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..corpus.data import NAMES
from ..network.model import zero_state
from . import checkpoint
from .state import Checkpoint, TrainingState


def for_others(job: Checkpoint) -> Checkpoint:
    """The checkpoint without the path of its text, the log with its times, and the state of training."""
    params, data = job.state.params, job.settings["data"]
    state = TrainingState(params, zero_state(params, job.config.batch), np.random.default_rng(job.config.seed))
    return replace(job, settings=job.settings | {"data": data if data in NAMES else "text"}, state=state)


def write(path: Path, job: Checkpoint) -> str:
    """Writes the file, which is a checkpoint and is read like one. Returns its SHA-256."""
    checkpoint.save(path, for_others(job))
    return hashlib.sha256(path.read_bytes()).hexdigest()
