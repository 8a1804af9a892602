"""What the page knows of a network: its shapes, its words, and what to try with it. Its numbers come beside it.

The numbers are all parameters in the order of "shapes", as float32, the lowest byte first, in base64.
"""

import base64
from pathlib import Path
from typing import Any

from ..corpus import agreement
from ..corpus.text import EOS, UNK, reading_of
from ..errors import UserError
from ..network.cells import CELLS
from ..network.layers import Params
from ..network.model import parameter_count
from ..runs.state import Checkpoint

PORTED = ("lstm", "gru", "rnn")  # the cells of cells.js
LARGEST = 50_000_000             # bytes: a browser takes seconds to open such a page, and is slow with a larger one

EXAMPLES = (  # of the built-in language
    "the key that every monk near the castles hides is rusty",
    "the keys that every monk near the castles hides are rusty",
    "the baker who every sister forgives mends his own coats",
    "either the riddles of my king are funny or the dogs near your village chase the geese",
    "if a queen thanks her own nurse then the letters belong to the girl",
)
FORMS = (("is", "are"), ("was", "were"), ("has", "have"), ("does", "do"), ("he", "she"), ("his", "her"),
         ("this", "these"), ("a", "the"))  # of other texts, where they have both words


def describe(job: Checkpoint) -> dict[str, Any]:
    """The network of a checkpoint as the page's JSON. Raises UserError if the page has no such cell."""
    config, words = job.config, job.vocabulary
    if config.cell not in PORTED:
        raise UserError(f"the page has no cell called {config.cell}, only {', '.join(PORTED)}: write its forward step "
                        "in numlstm/page/cells.js, and its name in numlstm/page/description.py")
    reading = reading_of(job.settings)
    built_in = job.settings["data"] == "grammar"
    cell = CELLS[config.cell]
    return {
        "cell": cell.name, "state": cell.state, "blocks": cell.blocks, "xBlocks": cell.x_blocks,
        "hBlocks": cell.h_blocks, "hidden": config.hidden, "depth": config.layers, "dropout": config.dropout,
        "parameters": parameter_count(job.state.params), "text": Path(job.settings["data"]).name,
        "shapes": [[name, array.shape] for name, array in job.state.params.items()],
        "vocabulary": words, "eos": words.index(EOS), "unk": words.index(UNK),
        "tokens": reading.tokens, "keepCase": reading.keep_case,
        "examples": [text for text in EXAMPLES if built_in and set(text.split()) <= set(words)],
        "forms": pairs(words, built_in),
    }


def pairs(words: list[str], built_in: bool) -> list[tuple[str, str, str]]:
    """[(kind, a form, the other form), ...] among the words: what the page can weigh against each other."""
    known = set(words)
    pairs = agreement.forms() if built_in else [("form", *pair) for pair in FORMS]
    pairs = [pair for pair in pairs if known.issuperset(pair[1:])]
    return pairs or [("word", words[0], words[1])]


def numbers(params: Params) -> str:
    """All parameters, in base64. Raises UserError if they are too many for a page."""
    size = 4 * parameter_count(params) * 4 // 3  # base64 writes three bytes as four characters
    if size > LARGEST:
        raise UserError(f"the page would have {size / 1e6:,.0f} MB, and a browser is slow above {LARGEST / 1e6:.0f}: "
                        "train a smaller network, with a lower --hidden or --vocab-size")
    return base64.b64encode(b"".join(array.astype("<f4").tobytes() for array in params.values())).decode()
