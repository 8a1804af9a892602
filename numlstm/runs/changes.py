"""Settings of a run that `train --resume` may change: how it is trained, but not the network's shape or its text."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import UserError
from ..network.config import FIELDS, option
from .state import Checkpoint

CHANGEABLE = ("epochs", "lr", "decay", "decay_after", "clip", "patience", "dropout", "recurrent_dropout",
              "dropout_mask", "l2", "l1", "drop_connect", "drop_connect_place")


def change(job: Checkpoint, given: Mapping[str, Any]) -> str:
    """Changes a run's settings from its current epoch on, and notes it among them. Returns what changed, in words.

    `given` has a value for each name of CHANGEABLE, None where nothing was given. Raises UserError where the run has
    done more epochs already, or a value is out of its limits.
    """
    before = {**vars(job.config), "patience": job.settings.get("patience")}
    changes = {name: given[name] for name in CHANGEABLE if given[name] is not None and given[name] != before[name]}
    if not changes:
        return ""
    done = job.state.epoch - 1
    if changes.get("epochs", done) < done:
        raise UserError(f"--epochs {changes['epochs']} is too few: the run has done {done} epochs already")
    job.config = replace(job.config, **{name: value for name, value in changes.items() if name in FIELDS})
    if "patience" in changes:
        job.settings["patience"] = changes["patience"]
    said = ", ".join(f"{option(name)} {value} (before: {before[name]})" for name, value in changes.items())
    said = f"from epoch {job.state.epoch} on: {said}"
    job.settings["changes"] = [*job.settings.get("changes", []), said]
    return said
