"""What a file of numbers doesn't say: a network's settings and words, in a JSON file beside it.

    {"format": ..., "config": {every field of a Config}, "corpus": {"data", "raw", "vocab_size", "words"},
     "fingerprint": "...", "vocabulary": ["the", "<unk>", ...]}

Word n of the vocabulary has the number n. "corpus" says how the text was read, and names it without its folder.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..corpus.text import EOS, UNK
from ..errors import UserError
from ..network.config import Config
from ..network.layers import Params
from ..network.model import zero_state
from ..runs.files import write_whole
from ..runs.state import Checkpoint, TrainingState

FORMAT = "numlstm network 1"
HALF = re.compile("[\ud800-\udfff]")  # half of a character in UTF-16: JSON may hold it, a text may not


def write(path: Path, saved: Checkpoint) -> None:
    """Writes the description of a checkpoint's network."""
    settings = saved.settings
    corpus = {"data": Path(settings["data"]).name, "raw": settings["raw"], "vocab_size": settings["vocab_size"],
              "words": settings.get("words")}
    found = {"format": FORMAT, "config": asdict(saved.config), "corpus": corpus, "fingerprint": saved.fingerprint,
             "vocabulary": saved.vocabulary}
    write_whole(path, json.dumps(found, indent=0, ensure_ascii=False).encode())


def read(path: Path) -> dict[str, Any]:
    """The description in a file, with a Config under "config".

    Raises UserError where the file is missing, or says anything that no run could have written.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"there is no {path}, which holds the network's settings and words: put it there") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON ({' '.join(str(error).split())}): use another copy") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UserError(f"{path} is not the description of a network: its format must be {FORMAT!r}")
    try:
        config = Config(**found["config"])
    except (KeyError, TypeError):
        raise UserError(f"{path}: its config must have the fields of a numlstm network, and no others") from None
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    for name, right in CHECKS.items():
        if not right(found.get(name)):
            raise UserError(f"{path}: its {name} is not what numlstm writes: use another copy")
    return found | {"config": config}


def is_corpus(corpus: Any) -> bool:
    """Whether this says how a text was read."""
    return (isinstance(corpus, dict) and corpus.keys() == {"data", "raw", "vocab_size", "words"}
            and isinstance(corpus["raw"], bool) and is_file_name(corpus["data"])
            and all(corpus[name] is None or (type(corpus[name]) is int and corpus[name] >= least)
                    for name, least in (("vocab_size", 3), ("words", 1))))


def is_file_name(name: Any) -> bool:
    return isinstance(name, str) and name.isprintable() and Path(name).name == name != ""


def is_vocabulary(words: Any) -> bool:
    """Whether this is a list of different words, <unk> and <eos> among them."""
    return (isinstance(words, list) and all(isinstance(word, str) and word.split() == [word] for word in words)
            and len(set(words)) == len(words) and {EOS, UNK} <= set(words) and not HALF.search("".join(words)))


CHECKS = {
    "corpus": is_corpus,
    "fingerprint": lambda value: isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None,
    "vocabulary": is_vocabulary,
}


def new_checkpoint(described: dict[str, Any], params: Params) -> Checkpoint:
    """The Checkpoint of a run that begins with these parameters, where `state.new_checkpoint` would draw them."""
    config, corpus = described["config"], described["corpus"]
    settings = corpus | {"log_agreement": False, "backend": "numba"}
    state = TrainingState(params, zero_state(params, config.batch), np.random.default_rng(config.seed))
    return Checkpoint(config, settings, described["vocabulary"], described["fingerprint"], state)
