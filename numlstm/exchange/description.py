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
from ..runs.contents import CONFIG, READING, WORD, check_reading, check_vocabulary, count_field
from ..runs.files import write_whole
from ..runs.schema import FLAG, TEXT, Each, Field, Record, check, reading
from ..runs.state import Checkpoint, TrainingState

FORMAT = "numlstm network 1"
DESCRIPTION = Record({
    "format": Field(str, {"among": (FORMAT,)}),
    "config": CONFIG, "vocabulary": Each(WORD), "fingerprint": TEXT,
    "corpus": Record({"data": TEXT, "reading": READING, "raw": FLAG._replace(needed=False),
                      "vocab_size": count_field(at_least=3, empty=True), "words": count_field(at_least=1, empty=True)}),
})


def write(path: Path, job: Checkpoint) -> None:
    """Writes the description of a checkpoint's network."""
    settings = job.settings
    corpus = {"data": Path(settings["data"]).name, "vocab_size": settings["vocab_size"],
              "words": settings.get("words"),
              **{name: settings[name] for name in ("reading", "raw") if name in settings}}
    description = {"format": FORMAT, "config": asdict(job.config), "corpus": corpus, "fingerprint": job.fingerprint,
                   "vocabulary": job.vocabulary}
    write_whole(path, json.dumps(description, indent=0, ensure_ascii=False).encode())


def read(path: Path) -> dict[str, Any]:
    """The description in a file, with a Config under "config".

    Raises UserError where the file is missing, or says anything that no run could have written.
    """
    if not path.is_file():
        raise UserError(f"there is no {path}, which holds the network's settings and words: put it there")
    with reading(path, "description of a network", "use another copy"):
        description = check(DESCRIPTION, json.loads(path.read_text(encoding="utf-8")))
        check_vocabulary(description["vocabulary"], check_reading(description["corpus"]))
        if Path(description["corpus"]["data"]).name != description["corpus"]["data"]:
            raise ValueError("corpus.data must be a name without folders")
        return description | {"config": Config(**description["config"])}


def new_checkpoint(described: dict[str, Any], params: Params) -> Checkpoint:
    """The Checkpoint of a run that begins with these parameters, where `state.new_checkpoint` would draw them."""
    config, corpus = described["config"], described["corpus"]
    settings = corpus | {"log_agreement": False, "backend": "numba"}
    state = TrainingState(params, zero_state(params, config.batch), np.random.default_rng(config.seed))
    return Checkpoint(config, settings, described["vocabulary"], described["fingerprint"], state)
