"""`fit`: training in one call. The command `train` does more: it saves, resumes, and can be stopped."""

import dataclasses
import sys
from pathlib import Path
from typing import Any

from ..corpus import data as corpora
from ..corpus.text import Reading
from ..errors import one_of
from ..learning import loop
from ..learning.backends import running_for
from ..network.config import FIELDS, SIZES, Config, sized
from ..runs import checkpoint, folders
from ..runs.memory import check_memory
from ..runs.progress import epoch_line
from ..runs.state import new_checkpoint
from .network import Network


def fit(data: str | Path = "grammar", size: str = "small", *, tokens: str | None = None, vocab_size: int | None = None,
        progress: bool = False, threads: int | None = None, **settings: Any) -> Network:
    """Trains a network on a text, and returns it.

    Nothing is written to the disk; `Network.save` keeps the result. numba compiles what it needs at first, which takes
    some ten seconds on a machine, once.

    Args:
        data: as for `python -m numlstm.train --data`: "grammar", "ptb", a file, or a folder with three.
        size: "tiny", "small", "medium", "large", or "own", the command's default for a text of your own.
        tokens: "words", "blanks" or "characters"; None: as the command chooses.
        vocab_size: keep only this many of the most frequent words.
        progress: whether to print a line after every epoch, to standard error.
        threads: how many compute; None: one on each core.
        settings: fields of `Config`, such as dropout=0.5, epochs=24, seed=2.
    Raises: UserError where the text or a setting can't be used, Diverged (one of them) where training diverges.
    """
    configured(size, settings)  # fails before the text is read, if a name or a setting is wrong
    corpus = corpora.load(data, vocab_size, reading=Reading(tokens))
    config = configured(size, settings, len(corpus.train))
    check_memory(config, corpus)
    job = new_checkpoint(config, folders.new_settings(corpus, data, vocab_size, "numba", size=size), corpus)
    checkpoint.check_savable(job)  # fails if it could not be saved
    with running_for(job, threads) as backend:
        for _ in loop.train(job, corpus, backend):
            if progress and job.state.step == 0:
                print(epoch_line(job.state.log, config.epochs), file=sys.stderr)
    return Network(job)


def configured(size: str, settings: dict[str, Any], words: int = 1) -> Config:
    """The Config of a size with some settings, for a text of so many words.

    Raises UserError where there is no such size or setting.
    """
    one_of("size", size, SIZES)
    for name in settings:
        one_of("setting", name, FIELDS)
    return dataclasses.replace(sized(size, words), **settings)
