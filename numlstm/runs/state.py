"""What a run is: a network, how far its training is, and what it belongs to.

Tutorial: tutorials/05_training.md
"""

import math
from dataclasses import dataclass, field

import numpy as np

from ..network.config import Config
from ..network.model import init_params, zero_state

MAX_NLL = 700      # nats per word: the largest mean whose perplexity is taken for a number


def safe_exp(mean_nll):
    """exp, but for a mean so large that its perplexity is no float any more (exp(710)) that of MAX_NLL."""
    return math.exp(min(mean_nll, MAX_NLL))


@dataclass
class Totals:
    """What is added up over the steps of one epoch."""

    nll: float = 0.0        # nats, of all tokens
    tokens: int = 0
    clipped: int = 0        # steps whose gradient was clipped
    norm: float = 0.0       # sum over the steps of the gradient's norm before clipping
    seconds: float = 0.0    # spent training, without validation

    def perplexity(self):
        """Of the training text while it was learned: each word as the network then was, dropout on."""
        return safe_exp(self.nll / self.tokens)


@dataclass
class TrainingState:
    """All that changes while a network is trained."""

    params: dict
    carried: list                   # per layer (S, B, H): the state after the last window
    rng: np.random.Generator        # draws the dropout masks
    epoch: int = 1                  # the epoch at work, from 1; config.epochs + 1 when all are done
    step: int = 0                   # windows of it already trained on
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


def new_state(config, vocab_size):
    """The state before the first step: parameters drawn from the seed, memory empty."""
    rng = np.random.default_rng(config.seed)
    params = init_params(config, vocab_size, rng)
    return TrainingState(params, zero_state(params, config.batch), rng)


def new_checkpoint(config, settings, corpus):
    """The Checkpoint of a run on a `data.Corpus` that is about to begin."""
    state = new_state(config, len(corpus.vocabulary))
    return Checkpoint(config, settings, corpus.vocabulary, corpus.fingerprint, state)
