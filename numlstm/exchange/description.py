"""What a file of numbers doesn't say: a network's settings and words, in a JSON file beside it.

    {"format": ..., "config": {every field of a Config}, "corpus": {"data", "reading", "vocab_size", "words"},
     "fingerprint": "...", "vocabulary": ["the", "<unk>", ...]}

Word n of the vocabulary has the number n. "corpus" says how the text was read, and names it without its folder.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..network.config import Config
from ..network.layers import Params
from ..network.model import zero_state
from ..runs.contents import CONFIG, READING, WORD, check_reading, check_vocabulary, count
from ..runs.files import write_whole
from ..runs.schema import FLAG, TEXT, Each, Field, Record, check, reading
from ..runs.state import Checkpoint, TrainingState

FORMAT = "numlstm network 1"
DESCRIPTION = Record({
    "format": Field(str, {"among": (FORMAT,)}),
    "config": CONFIG, "vocabulary": Each(WORD), "fingerprint": TEXT,
    "corpus": Record({"data": TEXT, "reading": READING, "raw": FLAG._replace(needed=False),
                      "vocab_size": count(at_least=3, empty=True), "words": count(at_least=1, empty=True)}),
})


def write(path: Path, saved: Checkpoint) -> None:
    """Writes the description of a checkpoint's network."""
    settings = saved.settings
    corpus = {"data": Path(settings["data"]).name, "vocab_size": settings["vocab_size"],
              "words": settings.get("words"),
              **{name: settings[name] for name in ("reading", "raw") if name in settings}}
    found = {"format": FORMAT, "config": asdict(saved.config), "corpus": corpus, "fingerprint": saved.fingerprint,
             "vocabulary": saved.vocabulary}
    write_whole(path, json.dumps(found, indent=0, ensure_ascii=False).encode())


def read(path: Path) -> dict[str, Any]:
    """The description in a file, with a Config under "config".

    Raises UserError where the file is missing, or says anything that no run could have written.
    """
    if not path.is_file():
        raise UserError(f"there is no {path}, which holds the network's settings and words: put it there")
    with reading(path, "description of a network", "use another copy"):
        found = check(DESCRIPTION, json.loads(path.read_text(encoding="utf-8")))
        check_vocabulary(found["vocabulary"], check_reading(found["corpus"]))
        if Path(found["corpus"]["data"]).name != found["corpus"]["data"]:
            raise ValueError("corpus.data must be a name without folders")
        return found | {"config": Config(**found["config"])}


def new_checkpoint(described: dict[str, Any], params: Params) -> Checkpoint:
    """The Checkpoint of a run that begins with these parameters, where `state.new_checkpoint` would draw them."""
    config, corpus = described["config"], described["corpus"]
    settings = corpus | {"log_agreement": False, "backend": "numba"}
    state = TrainingState(params, zero_state(params, config.batch), np.random.default_rng(config.seed))
    return Checkpoint(config, settings, described["vocabulary"], described["fingerprint"], state)
