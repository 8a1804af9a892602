"""What a run is: a network, how far its training has come, and what it belongs to.

Tutorial: tutorials/07_training.md
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..corpus.data import Corpus
from ..network.config import Config
from ..network.model import init_params, zero_state

MOST_VERSIONS = 10  # that an epoch's row names, so that a row has a longest length
MAX_NLL = 700      # nats per word: perplexity is computed from at most this mean


def safe_exp(mean_nll: float) -> float:
    """exp(mean_nll), but at most exp(MAX_NLL): exp(710) would overflow a float."""
    return math.exp(min(mean_nll, MAX_NLL))


@dataclass
class Totals:
    """Sums over the steps of one epoch."""

    nll: float = 0.0        # nats, of all tokens
    tokens: int = 0
    clipped: int = 0        # steps whose gradient was clipped
    norm: float = 0.0       # sum over the steps of the gradient's norm before clipping
    seconds: float = 0.0    # spent training, without validation
    versions: list = field(default_factory=list)  # of numlstm, that trained these steps; "unknown" if older than this

    def perplexity(self) -> float:
        """Perplexity of the training text, each word predicted while it was being learned, with dropout."""
        return safe_exp(self.nll / self.tokens)

    def sign(self, version: str) -> None:
        """Notes that this version of numlstm trains the next step."""
        if self.tokens and not self.versions:
            self.versions.append("unknown")
        if version not in self.versions and len(self.versions) < MOST_VERSIONS:
            self.versions.append(version)


@dataclass
class TrainingState:
    """Everything that changes while a network is trained."""

    params: dict
    carried: list                   # per layer (S, B, H): the state after the last window
    rng: np.random.Generator        # draws the random masks
    epoch: int = 1                  # the current epoch, from 1; config.epochs + 1 when all are done
    step: int = 0                   # windows of this epoch already trained on
    totals: Totals = field(default_factory=Totals)
    log: list = field(default_factory=list)  # one dict per finished epoch


@dataclass
class Checkpoint:
    """A training state, and what it belongs to."""

    config: Config
    settings: dict                  # where the text is and how to read it, size, backend
    vocabulary: list
    fingerprint: str                # of the corpus
    state: TrainingState


def new_state(config: Config, vocab_size: int) -> TrainingState:
    """The state before the first step: random parameters, drawn with the seed, and an empty memory."""
    rng = np.random.default_rng(config.seed)
    params = init_params(config, vocab_size, rng)
    return TrainingState(params, zero_state(params, config.batch), rng)


def new_checkpoint(config: Config, settings: dict[str, Any], corpus: Corpus) -> Checkpoint:
    """The Checkpoint of a new run on a `data.Corpus`."""
    state = new_state(config, len(corpus.vocabulary))
    return Checkpoint(config, settings, corpus.vocabulary, corpus.fingerprint, state)
