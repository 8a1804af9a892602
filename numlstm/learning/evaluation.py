"""Perplexity: exp of the mean negative log-probability of a text's words.

A text is read as one sequential stream, with the state carried from the first word to the last. Every word but the
first is predicted exactly once: Penn Treebank's 82,430 test words give 82,429 predictions.

Tutorial: tutorials/01_text_to_windows.md
"""

import math
from collections.abc import Iterator

from tqdm import tqdm

from ..corpus import agreement, data
from ..corpus.text import numbers
from ..errors import Diverged, UserError
from ..network import model
from ..network.backend import Backend
from ..network.layers import Array, Params
from ..runs.state import safe_exp

ROWS = 400  # predictions made at a time: enough for large matrix products, few enough for the memory


def predictions(params: Params, stream: Array, backend: Backend, batch: int = 1,
                progress: bool = False) -> Iterator[tuple[Array, Array]]:
    """Reads a stream of words (N,) and yields, window by window, nll (T, B) and probs (T, B, V) of the next words.

    `batch` columns are read side by side. Results use 1, so that every prediction is made from all the words
    before it. Validation during training uses more, for speed.
    Raises UserError if the stream has fewer than two words.
    """
    if len(stream) < 2:
        raise UserError(f"a text of {len(stream)} words has nothing to predict: it takes at least 2")
    batch = min(batch, len(stream) // 2)
    cols = data.columns(stream, batch)
    T = max(1, ROWS // batch)
    state = model.zero_state(params, batch)
    for n in tqdm(range(data.window_count(cols, T)), "evaluating", leave=False, disable=not progress):
        x, y = data.window(cols, T, n)
        nll, state, cache = model.forward(params, x, y, state, masks=None, backend=backend)
        yield nll, cache.probs.reshape(*x.shape, -1)


def perplexity(params: Params, stream: Array, backend: Backend, batch: int = 1,
               progress: bool = False) -> tuple[float, int]:
    """The perplexity of a stream (N,), and the number of predictions behind it: exactly (N // batch - 1) * batch.

    (If `batch` is above N // 2, it is reduced to N // 2: columns of one word would leave nothing to predict.)

    Raises UserError if there is nothing to predict, Diverged if the model's predictions are not finite.
    """
    total, count = 0.0, 0
    for nll, _ in predictions(params, stream, backend, batch, progress):
        total += float(nll.sum(dtype=float))
        count += nll.size
    if not math.isfinite(total):
        raise Diverged("the model's predictions are not finite numbers: it diverged while it was trained")
    return safe_exp(total / count), count


def right_choices(params: Params, vocabulary: list[str], stream: Array, cases: list[agreement.Agreement],
                  backend: Backend, progress: bool = False) -> list[bool]:
    """For each of the stream's `agreement.Agreement`s: whether the right form is more probable than the wrong one.

    `cases` must be in the order of the text. Returns a list of bools.
    """
    number = numbers(vocabulary)
    probs = (row[0] for _, window in predictions(params, stream, backend, progress=progress) for row in window)
    right: list[bool] = []
    position = 0
    for case in cases:
        while position < case.position:  # the first prediction is for position 1
            row, position = next(probs), position + 1
        right.append(bool(row[number[case.right]] > row[number[case.wrong]]))
    return right
