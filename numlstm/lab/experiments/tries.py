"""An arm's settings: the combinations of values to try, and the Config of each."""

import dataclasses
import itertools
import re
from typing import Any

from ...errors import UserError
from ...network.config import FIELDS, Config
from ...network.model import param_total
from .arms import Arm, Experiment


def tries(arm: Arm) -> list[dict[str, Any]]:
    """The settings of an arm with one value for each field: a list of dicts, every combination of the values."""
    choices = [value if isinstance(value, tuple) else (value,) for value in arm.settings.values()]
    return [dict(zip(arm.settings, values)) for values in itertools.product(*choices)]


def is_searched(arm: Arm) -> bool:
    """Whether validation has something to decide."""
    return arm.stop_early or len(tries(arm)) > 1


def tried(arm: Arm, settings: dict[str, Any]) -> dict[str, Any]:
    """Those of the settings that validation decided: {field: value}."""
    return {name: value for name, value in settings.items()
            if isinstance(arm.settings.get(name), tuple) or name not in arm.settings}


def label(settings: dict[str, Any]) -> str:
    """'l2=0.001 l1=0.0003'."""
    return " ".join(f"{name}={value}" for name, value in settings.items())


def configure(experiment: Experiment, config: Config, settings: dict[str, Any], vocab_size: int) -> Config:
    """The Config of a network: `config` with these settings, and of the same size where the experiment wants that."""
    changed = dataclasses.replace(config, **settings)
    if not experiment.same_size or "hidden" in settings:
        return changed

    def distance(H: int) -> int:
        return abs(param_total(dataclasses.replace(changed, hidden=H), vocab_size) - param_total(config, vocab_size))
    return dataclasses.replace(changed, hidden=min(range(1, 4 * config.hidden), key=distance))


def own_arm(name: str, *settings: str) -> Arm:
    """The Arm of --arm NAME FIELD=VALUE[,VALUE...] ... Its title is its name."""
    if not re.fullmatch(r"[\w+-]+", name):
        raise UserError(f"--arm {name}: the first word is the arm's name, of letters, digits and - alone")
    tried: dict[str, Any] = {}
    for text in settings:
        field, _, values = text.partition("=")
        field = field.replace("-", "_")
        if field not in FIELDS or not values or field == "seed":
            raise UserError(f"--arm {name}: '{text}' should be FIELD=VALUE, with a field of the network such as "
                            "dropout (--help lists them)")
        try:
            kind: Any = FIELDS[field].type
            several = tuple(map(kind, values.split(",")))
        except ValueError:
            raise UserError(f"--arm {name}: {field} can't be {values}") from None
        tried[field] = several if len(several) > 1 else several[0]
    return Arm(name, tried)
