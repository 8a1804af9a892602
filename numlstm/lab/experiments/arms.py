"""The experiments as data: which networks are compared, and what is measured of them.

An arm is a title and the settings in which its network differs from the experiment's. Where a setting is a tuple of
values, each is tried, and validation decides. To add an arm of your own, give `python -m numlstm compare` the option
--arm NAME FIELD=VALUE, or add a line here:

    "weak": Arm("dropout, p = 0.1", {"dropout": 0.1}),
    "strong": Arm("dropout, the best p of three", {"dropout": (0.6, 0.7, 0.8)}),

Tutorial: tutorials/06_dropout.md (places), tutorials/05_other_cells.md, tutorials/08_other_regularizers.md
"""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from ...network.cells import CELLS
from ...network.config import Config
from . import measures


class Arm(NamedTuple):
    """One of the networks that an experiment compares."""

    title: str
    settings: dict[str, Any]  # {field of Config: its value, or a tuple of values to try}
    stop_early: bool = False  # train only as many epochs as were best in the try that was best


class Experiment(NamedTuple):
    """Arms, the settings that they share, and what is measured."""

    config: Config
    arms: dict[str, Arm]
    measures: tuple[Callable, ...]  # functions of `measures`: the columns of results.csv, in this order
    same_size: bool = False   # whether H is chosen so that all arms have as many parameters as `config`


CONFIG = Config(hidden=200, layers=2, dropout=0.5, init=0.1, batch=20, unroll=20,
                epochs=24, decay=1.5, decay_after=12, clip=5.0)

PLACES = {  # the paper's argument: where should dropout go?
    "none": Arm("no dropout", {"dropout": 0.0}),
    "paper": Arm("as in the paper: not on recurrent connections", {}),
    "recurrent-h": Arm("also on h of the step before", {"recurrent_dropout": "h"}),
    "recurrent-hc": Arm("also on h and c of the step before", {"recurrent_dropout": "state"}),
}

MASKS = {  # fresh masks at every step, or one for all steps of a window, as Gal and Ghahramani (2016) propose
    "paper": Arm("fresh masks (the paper)", {}),
    "recurrent-h": Arm("fresh masks and on h", {"recurrent_dropout": "h"}),
    "window": Arm("one mask a window", {"dropout_mask": "window"}),
    "window-h": Arm("one mask a window and on h", {"dropout_mask": "window", "recurrent_dropout": "h"}),
}

RATES = (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0)  # other cells may want another learning rate than the LSTM
COMPARED_CELLS = {
    "lstm": Arm("LSTM", {"cell": "lstm", "lr": RATES}),
    "gru": Arm("GRU", {"cell": "gru", "lr": RATES}),
    "rnn": Arm("plain RNN", {"cell": "rnn", "lr": RATES}),
}

# Six tries for everything that has a strength. It was four at first. After the tries of early stopping, L2, L1 and
# elastic net, every arm got two more; those of these four arms were chosen with their first results in view.
SHARES = (0.1, 0.2, 0.35, 0.5, 0.65, 0.8)
REGULARIZERS = {
    "none": Arm("none", {}),
    "early": Arm("none, stopped early", {"decay_after": (2, 3, 4, 6, 8, 12)}, stop_early=True),
    "l2": Arm("L2", {"l2": (3e-4, 1e-3, 3e-3, 6e-3, 1e-2, 2e-2)}),
    "l1": Arm("L1", {"l1": (1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 3e-3)}),
    "elastic": Arm("elastic net: L1 and L2", {"l1": (1.5e-4, 5e-4), "l2": (5e-4, 1.5e-3, 5e-3)}),
    "connect-x": Arm("drop-connect on Wx", {"drop_connect": SHARES, "drop_connect_place": "x"}),
    "connect-h": Arm("drop-connect on Wh", {"drop_connect": SHARES, "drop_connect_place": "h"}),
    "connect-xh": Arm("drop-connect on Wx and Wh", {"drop_connect": SHARES, "drop_connect_place": "xh"}),
    "dropout": Arm("dropout as in the paper", {"dropout": SHARES}),
    "dropout-l2": Arm("dropout and L2", {"dropout": (0.2, 0.35, 0.5), "l2": (1e-3, 3e-3)}),
}

EXPERIMENTS = {
    "places": Experiment(CONFIG, PLACES, (measures.perplexities, measures.agreement_by_distance)),
    "masks": Experiment(CONFIG, MASKS, (measures.perplexities, measures.agreement_by_distance)),
    "cells": Experiment(CONFIG, COMPARED_CELLS,
                        (measures.perplexities, measures.size_and_speed, measures.gradient_through_time,
                         measures.agreement_by_distance),
                        same_size=True),
    "regularizers": Experiment(dataclasses.replace(CONFIG, dropout=0.0), REGULARIZERS,
                               (measures.perplexities_and_gap, measures.weights, measures.agreement_by_distance)),
}


def arms_for(experiment: Experiment, cell: str) -> dict[str, Arm]:
    """The experiment's arms that make sense for a cell: where h is all of the state, no arm is about the rest of it."""
    return {name: arm for name, arm in experiment.arms.items()
            if len(CELLS[cell].state) > 1 or arm.settings.get("recurrent_dropout") != "state"}
