"""The settings of a network and its training: the paper's three sizes, and a tiny one.

Source: Zaremba, Sutskever, Vinyals (2014), "Recurrent Neural Network Regularization",
section 4.1. Perplexities on Penn Treebank in the paper's table 1 (validation, test):
small 120.7, 114.5; medium 86.2, 82.7; large 82.2, 78.4.

Tutorial: tutorials/07_training.md
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

from ..errors import UserError
from .cells import CELLS

LARGEST = 1_000_000  # the limit of most whole numbers: more than anyone needs, and small enough for NumPy's integers


def in_range(default: Any, help: str, at_least: float | None = None, above: float | None = None,
             at_most: float | None = None, below: float | None = None) -> Any:
    """A field of Config that holds a number: its default, what it means, and its limits."""
    return field(default=default, metadata={"help": help, "at least": at_least, "above": above, "at most": at_most,
                                            "below": below})


def choice(default: Any, help: str, among: Iterable[str]) -> Any:
    """A field of Config that holds one of several words."""
    return field(default=default, metadata={"help": help, "among": among})


def at_least_one(default: Any, help: str, at_most: int = LARGEST) -> Any:
    """A field of Config that holds a whole number of at least 1."""
    return in_range(default, help, at_least=1, at_most=at_most)


@dataclass(frozen=True)
class Config:
    """One network and its training. Every field is an option of the commands, and is saved in checkpoints.

    Raises UserError if a field has a value outside its limits.
    """

    cell: str = choice("lstm", "the cell of every recurrent layer", CELLS)
    hidden: int = at_least_one(200, "H: units of every layer, and the width of the embedding")
    layers: int = at_least_one(2, "L: stacked layers", at_most=1000)
    dropout: float = in_range(0.0, "p: share of units dropped on the non-recurrent connections", at_least=0, below=1)
    recurrent_dropout: str = choice("", "drop recurrent connections, too, which the paper argues against: h of the "
                                    "previous step, or its whole state", ("", "h", "state"))
    dropout_mask: str = choice("step", "draw dropout's masks anew for every time step, as the paper does, or once "
                               "for a whole window", ("step", "window"))
    l2: float = in_range(0.0, "adds l2 / 2 times the sum of squared weights to a window's loss", at_least=0, below=1e30)
    l1: float = in_range(0.0, "adds l1 times the sum of absolute weights; with l2: elastic net", at_least=0, below=1e30)
    drop_connect: float = in_range(0.0, "share of weights dropped, anew for every window", at_least=0, below=1)
    drop_connect_place: str = choice("h", "what --drop-connect drops: Wh (h), Wx (x), both (xh)", ("h", "x", "xh"))
    init: float = in_range(0.1, "a: every parameter is drawn from U(-a, a)", above=0, below=1e30)
    batch: int = at_least_one(20, "B: the batch size, as columns of text read side by side")
    unroll: int = at_least_one(20, "T: time steps of a window, between two updates")
    epochs: int = at_least_one(13, "passes over the training text")
    lr: float = in_range(1.0, "learning rate of the first epochs", above=0, below=float("inf"))
    decay: float = in_range(2.0, "what the learning rate is divided by in each later epoch", at_least=1,
                          below=float("inf"))
    decay_after: int = in_range(4, "epochs at the full learning rate", at_least=0, at_most=LARGEST)
    clip: float = in_range(5.0, "largest allowed L2 norm of all gradients together (inf: never clip)", above=0)
    seed: int = in_range(1, "seed of the random generator for initialisation and masks", at_least=0, at_most=2**63 - 1)

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            if wanted := wrong_choice(setting, value) if setting.type is str else wrong_number(setting, value):
                raise UserError(f"{option(setting.name)} must be {wanted}, not {value}")
        if self.recurrent_dropout and self.dropout == 0:
            raise UserError("--recurrent-dropout needs a --dropout above 0: that is the share it drops")
        if self.recurrent_dropout == "state" and self.dropout_mask == "window":
            raise UserError("--dropout-mask window can't go with --recurrent-dropout state: a mask that stays would "
                            "multiply the same memory again at every step, and it would explode. Use h")


class Declared(Protocol):
    """A value's type and limits: a field of Config, or of a file's schema (`runs.schema.Field`)."""

    @property
    def type(self) -> Any: ...

    @property
    def metadata(self) -> Mapping[str, Any]: ...


def option(name: str) -> str:
    """The command line's option for a field: --decay-after for decay_after."""
    return f"--{name.replace('_', '-')}"


def wrong_choice(setting: Declared, value: Any) -> str | None:
    """The words that a field may hold, for an error message; None if the value is one of them."""
    among = [word or "nothing" for word in setting.metadata["among"]]
    if isinstance(value, str) and value in setting.metadata["among"]:
        return None
    return f"{', '.join(among[:-1])} or {among[-1]}" if len(among) > 1 else among[0]


def wrong_number(setting: Declared, value: Any) -> str | None:
    """What a field's number must be, for an error message; None if the value is right."""
    limits, kinds = setting.metadata, int if setting.type is int else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool):
        return "a whole number" if setting.type is int else "a number"
    tests = {"at least": lambda limit: value >= limit, "above": lambda limit: value > limit,
             "at most": lambda limit: value <= limit, "below": lambda limit: value < limit}
    wanted = {name: limit for name, limit in limits.items() if name in tests and limit is not None}
    right = all(tests[name](limit) for name, limit in wanted.items())
    return None if right else " and ".join(f"{name} {limit:,}" for name, limit in wanted.items())


SIZES = {
    # Ours, not the paper's. It trains in seconds, for tests and a first look.
    "tiny": Config(hidden=32, layers=2, dropout=0.0, init=0.1, batch=10, unroll=10,
                   epochs=6, decay=2.0, decay_after=3, clip=5.0),
    "small": Config(hidden=200, layers=2, dropout=0.0, init=0.1, batch=20, unroll=20,
                    epochs=13, decay=2.0, decay_after=4, clip=5.0),  # clip: from the authors' program
    "medium": Config(hidden=650, layers=2, dropout=0.5, init=0.05, batch=20, unroll=35,
                     epochs=39, decay=1.2, decay_after=6, clip=5.0),
    "large": Config(hidden=1500, layers=2, dropout=0.65, init=0.04, batch=20, unroll=35,
                    epochs=55, decay=1.15, decay_after=14, clip=10.0),
    # Ours, for a text of your own: the paper's small network with dropout and a longer schedule. See `sized`.
    "own": Config(hidden=200, layers=2, dropout=0.65, init=0.1, batch=20, unroll=20,
                  epochs=24, decay=1.5, decay_after=12, clip=5.0),
}

# The dropout of `own`, by the words of the training text. 0.65 was the best of three on three texts of 30,000 to 40,000
# words, and 0.3 of three on Penn Treebank's 930,000 (data/results). 0.5, in between, wasn't searched for.
OWN_DROPOUT = ((100_000, 0.65), (400_000, 0.5), (math.inf, 0.3))


def sized(size: str, words: int) -> Config:
    """The Config of a size. That of `own` depends on how many words the training text has."""
    config = SIZES[size]
    return replace(config, dropout=next(p for most, p in OWN_DROPOUT if words <= most)) if size == "own" else config


FIELDS = {setting.name: setting for setting in fields(Config)}


def learning_rate(config: Config, epoch: int) -> float:
    """The learning rate of an epoch (epochs count from 1).

    Section 4.1: after `decay_after` epochs at the full rate, it is divided by `decay` again in
    every epoch. (The authors' published Lua program first divides one epoch later
    than the text says. We follow the text.)
    """
    try:
        return config.lr / config.decay ** max(0, epoch - config.decay_after)
    except OverflowError:  # decay ** n is too large for a float
        return 0.0
