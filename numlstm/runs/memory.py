"""Whether there is memory for a network, before anybody waits for it."""

from .. import machine
from ..corpus.data import Corpus
from ..errors import UserError
from ..network.cells import CELLS
from ..network.config import Config
from ..network.model import param_total

PROCESS = 50_000_000  # bytes that Python and NumPy take, at least


def needed(config: Config, vocab_size: int, words: int) -> int:
    """The least number of bytes that training takes: parameters, gradients, and what a window's backward pass needs.

    `words` is the length of the training text.
    """
    numbers = 2 * param_total(config, vocab_size)
    cell, steps = CELLS[config.cell], min(config.batch * config.unroll, words)
    of_layers = config.layers * config.hidden * (len(cell.blocks) + len(cell.state))
    return PROCESS + 4 * (numbers + steps * (vocab_size + of_layers))


def check_memory(config: Config, corpus: Corpus, networks: int = 1) -> None:
    """Raises UserError where so many networks, trained at the same time, need more memory than there is."""
    need, limit = networks * needed(config, len(corpus.vocabulary), len(corpus.train)), machine.memory()
    if limit is not None and need > limit:
        raise UserError(f"{f'{networks:,} networks at a time' if networks > 1 else 'training'} would take at least "
                        f"{need / 1e9:,.1f} GB of memory, and there are {limit / 1e9:,.1f} GB: use a smaller --hidden, "
                        "--layers, --batch or --unroll" + ", or fewer --jobs" * (networks > 1))
