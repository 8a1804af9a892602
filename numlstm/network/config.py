"""What a network and its training are made of: the paper's three published sizes, and a tiny one.

Source: Zaremba, Sutskever, Vinyals (2014), "Recurrent Neural Network Regularization",
section 4.1. Perplexities on Penn Treebank in the paper's table 1 (validation, test):
small 120.7, 114.5; medium 86.2, 82.7; large 82.2, 78.4.

Tutorial: tutorials/05_training.md
"""

from dataclasses import dataclass, fields

from ..errors import UserError

LARGEST = 1_000_000  # of a whole-number setting: beyond any use, and below what NumPy could trip over


@dataclass(frozen=True)
class Config:
    """One network and its training. Every field is also an option of `python -m numlstm.train`."""

    hidden: int = 200       # H: units of every layer, and the width of the embedding
    layers: int = 2         # L: stacked LSTM layers
    dropout: float = 0.0    # p: the share of units dropped on the non-recurrent connections
    init: float = 0.1       # a: every parameter is drawn from U(-a, a)
    batch: int = 20         # B: columns of text read side by side
    unroll: int = 20        # T: time steps between two updates
    epochs: int = 13        # passes over the training text
    lr: float = 1.0         # learning rate of the first epochs
    decay: float = 2.0      # what the rate is divided by, once for each later epoch
    decay_after: int = 4    # epochs at the full rate
    clip: float = 5.0       # largest allowed L2 norm of all gradients together
    seed: int = 1           # of the one generator behind the initialisation and the dropout masks

    def __post_init__(self):
        def require(name, condition, what):
            if not condition:
                raise UserError(f"--{name.replace('_', '-')} must be {what}, not {getattr(self, name)}")

        for name in ("hidden", "layers", "batch", "unroll", "epochs"):
            require(name, 1 <= getattr(self, name) <= LARGEST, f"at least 1 and at most {LARGEST:,}")
        require("dropout", 0 <= self.dropout < 1, "at least 0 and below 1")
        require("decay_after", self.decay_after >= 0, "at least 0")
        require("decay", 1 <= self.decay < float("inf"), "a number of at least 1")
        require("lr", 0 < self.lr < float("inf"), "a number above 0")
        require("init", 0 < self.init < 1e30, "above 0 and below 1e30")
        require("clip", self.clip > 0, "above 0 (inf: never clip)")
        require("seed", self.seed >= 0, "at least 0")


SIZES = {
    # Ours, not the paper's: seconds to train, for tests and first looks.
    "tiny": Config(hidden=32, layers=2, dropout=0.0, init=0.1, batch=10, unroll=10,
                   epochs=6, decay=2.0, decay_after=3, clip=5.0),
    "small": Config(hidden=200, layers=2, dropout=0.0, init=0.1, batch=20, unroll=20,
                    epochs=13, decay=2.0, decay_after=4, clip=5.0),  # clip: as in the authors' program
    "medium": Config(hidden=650, layers=2, dropout=0.5, init=0.05, batch=20, unroll=35,
                     epochs=39, decay=1.2, decay_after=6, clip=5.0),
    "large": Config(hidden=1500, layers=2, dropout=0.65, init=0.04, batch=20, unroll=35,
                    epochs=55, decay=1.15, decay_after=14, clip=10.0),
}

FIELDS = {field.name: field.type for field in fields(Config)}


def learning_rate(config: Config, epoch: int) -> float:
    """The learning rate of an epoch (epochs count from 1).

    Section 4.1: after `decay_after` epochs at the full rate it is divided by `decay` once more in
    every epoch. (The authors' published Lua program divides for the first time one epoch later
    than the text says; we follow the text.)
    """
    try:
        return config.lr / config.decay ** max(0, epoch - config.decay_after)
    except OverflowError:  # divided so often that nothing is left
        return 0.0
