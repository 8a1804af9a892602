"""A trained network as an object: what it expects, what it makes of a text, what it remembers, what it writes.

A text is read as its training text was: split into the same kinds of words, with <eos> at the end of each line. Reading
begins after an <eos>, with an empty memory, so the first word is predicted, too.

Shapes: L layers, H hidden units, V words of the vocabulary.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from ..corpus.sources import read_lines
from ..corpus.text import EOS, UNK, as_known, numbers, reading_of
from ..errors import Diverged, UserError
from ..learning.evaluation import predictions
from ..learning.sample import prompt_words, sample_lines
from ..network import model
from ..network.backend import NUMPY, Backend
from ..network.cells import CELLS
from ..network.config import Config
from ..network.layers import Array, Params
from ..runs import checkpoint, sharing
from ..runs.state import Checkpoint, safe_exp
from .rows import Row, Rows

Text = str | Path | Iterable[str]
BUILT_IN = files(__package__) / "network.npz"  # small, trained on the built-in language


def load(run: str | Path | None = None, weights: str = "best") -> "Network":
    """The network of a run: its folder, as in "runs/mine", a checkpoint file, or a published network's address.

    Of a run's folder, the weights are those of its best epoch on the validation text; "last": those of its last epoch.
    Without an argument it is the network that comes with numlstm, which was trained on the built-in language.
    Raises UserError where there is none, or where it is damaged.
    """
    return Network(checkpoint.load(Path(str(BUILT_IN)) if run is None else run, weights))


class Network:
    """A trained network. Its methods change nothing: each begins with an empty memory.

    Args:
        job: the Checkpoint that holds it.
        backend: what computes. NumPy's is quick for sentences, and works in any thread or process.
    """

    def __init__(self, job: Checkpoint, backend: Backend = NUMPY) -> None:
        self.checkpoint, self.backend = job, backend
        self._reading = reading_of(job.settings)
        self._number = numbers(job.vocabulary)

    @property
    def params(self) -> Params:
        """{name: array} of all parameters."""
        return self.checkpoint.state.params

    @property
    def vocabulary(self) -> list[str]:
        """The words that it knows; the index of a word is its number."""
        return self.checkpoint.vocabulary

    @property
    def config(self) -> Config:
        """Its sizes, and how it was trained."""
        return self.checkpoint.config

    def __repr__(self) -> str:
        config = self.config
        return (f"<numlstm.Network: {config.layers} layers of {config.hidden} ({config.cell}), "
                f"{len(self.vocabulary):,} words>")

    # --- reading ----------------------------------------------------------------------------------

    def next(self, text: str = "", count: int = 5) -> list[tuple[str, float]]:
        """The `count` words that are most probable after the text, each with its probability."""
        numbers_read, _ = self._numbers(self._tokens(text))
        *_, (_, probs) = self._read([self._number[EOS], *numbers_read, 0])  # 0: what comes next doesn't matter
        best = np.argsort(-probs[-1], kind="stable")[:count]
        return [(self.vocabulary[n], float(probs[-1, n])) for n in best]

    def read(self, text: Text) -> Rows:
        """A Row for each word of a text, and for the <eos> at the end of each of its lines but the last.

        `text` is a text; a Path to a file of text; or lines.
        """
        return Rows(self.rows(self._tokens(text)))

    def rows(self, tokens: list[str]) -> Iterator[Row]:
        """A Row for each token, as `read` gives them."""
        if not tokens:
            return
        words, known = self._numbers(tokens)
        at = 0
        for nll, probs in self._read([self._number[EOS], *words]):
            log2 = np.log2(probs, where=probs > 0, out=np.zeros_like(probs))
            entropy = -(probs * log2).sum(axis=1)
            targets = words[at:at + len(nll)]
            rank = 1 + (probs > probs[np.arange(len(nll)), targets][:, None]).sum(axis=1)
            for n in range(len(nll)):
                surprisal = float(nll[n]) / math.log(2)
                yield Row(tokens[at + n], known[at + n], 2.0 ** -surprisal, surprisal, int(rank[n]), float(entropy[n]))
            at += len(nll)

    def rows_of_lines(self, lines: Iterable[str], apart: bool = False) -> Iterator[tuple[int, int, Row]]:
        """(number of the line, place in it, Row) for each word of lines and the <eos> at its end, counted from 1.

        With `apart` each line is read with an empty memory.
        """
        tokens = [(n, place, token) for n, line in enumerate(lines, 1) for of_line in self._reading.lines([line])
                  for place, token in enumerate(of_line, 1)]
        groups = [list(group) for _, group in groupby(tokens, key=lambda token: token[0])] if apart else [tokens]
        for group in groups:
            for (line, place, _), row in zip(group, self.rows([token for *_, token in group])):
                yield line, place, row

    def perplexity(self, text: Text) -> float:
        """The perplexity of a text, with the <eos> at the end of every line.

        `text` is as for `read`. Raises UserError where it holds no word.
        """
        tokens = [*self._tokens(text), EOS]
        if len(tokens) < 2:
            raise UserError("there is no word in this text, so it has no perplexity")
        words, _ = self._numbers(tokens)
        total = sum(float(nll.sum(dtype=float)) for nll, _ in self._read([self._number[EOS], *words]))
        return safe_exp(total / len(words))

    def states(self, text: Text) -> Mapping[str, Array]:
        """{"h": (words, L, H), "c": (words, L, H)}: what each layer holds after each word. (GRU and RNN: h alone.)"""
        words, _ = self._numbers(self._tokens(text))
        parts = CELLS[self.config.cell].state
        read = np.empty((len(words), len(parts), self.config.layers, self.config.hidden), np.float32)
        state = model.zero_state(self.params, 1)
        for t, word in enumerate([self._number[EOS], *words]):
            with np.errstate(all="ignore"):
                _, state, _ = model.logits_forward(self.params, np.array([[word]]), state, backend=self.backend)
            if t:
                read[t - 1] = np.stack(state, axis=1)[:, :, 0]
        return {part: read[:, n] for n, part in enumerate(parts)}

    # --- writing ----------------------------------------------------------------------------------

    def write(self, prompt: str = "", words: int = 100, *, temperature: float = 1.0, top_k: int | None = None,
              top_p: float | None = None, unk: bool = True, seed: int = 1) -> str:
        """The prompt and `words` more, drawn one after the other, as text. The same seed gives the same text.

        Args:
            temperature: below 1 favours likely words, above 1 rare ones; 0 always takes the likeliest.
            top_k: draw only among the k likeliest.
            top_p: draw only among the likeliest that together have this probability.
            unk: whether <unk> may be drawn.
        """
        return "\n".join(self.lines(prompt, words, seed=seed, unk=unk, temperature=temperature, top_k=top_k,
                                    top_p=top_p))

    def lines(self, prompt: str = "", words: int = 100, *, seed: int = 1, unk: bool = True,
              **drawing: Any) -> Iterator[str]:
        """The lines of `write`, each as soon as it is drawn. `drawing` are options of `sample.next_word`."""
        banned = [] if unk else [self._number[UNK]]
        yield from sample_lines(self.params, self.vocabulary, prompt_words(prompt, self.vocabulary, self._reading),
                                words, np.random.default_rng(seed), self._reading, banned=banned,
                                backend=self.backend, **drawing)

    # --- keeping ----------------------------------------------------------------------------------

    def save(self, path: str | Path) -> str:
        """Writes a file for others, which `load` reads. Returns its SHA-256, to be published beside its address.

        It holds the network, its vocabulary and settings; no path of the text, no log, no state of training.
        """
        return sharing.write(Path(path), self.checkpoint)

    # --- inside -----------------------------------------------------------------------------------

    def _tokens(self, text: Text) -> list[str]:
        """The tokens of a text, with <eos> between its lines, as its training text was split."""
        lines = read_lines(text) if isinstance(text, Path) else text.split("\n") if isinstance(text, str) else text
        tokens = [token for line in self._reading.lines(lines) for token in line]
        return tokens[:-1] if tokens else tokens

    def _numbers(self, tokens: list[str]) -> tuple[list[int], list[bool]]:
        """The number of each token, and whether it is known. Capitals are tried as small letters."""
        words = [as_known(token, self._number) for token in tokens]
        known = [word != UNK or token == UNK for word, token in zip(words, tokens)]
        return [self._number[word] for word in words], known

    def _read(self, words: list[int]) -> Iterator[tuple[Array, Array]]:
        """Reads words and yields, in pieces, nll (N,) and probs (N, V) of the word after each. The last is not read.

        Raises Diverged where the predictions are not finite.
        """
        windows = predictions(self.params, np.array(words), self.backend)
        while True:
            with np.errstate(all="ignore"):  # here, because a caller's settings must not change in between
                window = next(windows, None)
            if window is None:
                return
            nll, probs = window[0][:, 0], window[1][:, 0]
            if not np.isfinite(nll).all():
                raise Diverged("the network's predictions are not finite numbers: it diverged while it was trained")
            yield nll, probs
