"""Perplexity: exp of the mean negative log-probability of a text's words.

    python -m numlstm.evaluate runs/NAME [--split test]

reads the text as one sequential stream, with the state carried from its first word to its last, and
predicts every word but the first exactly once: 82,429 predictions for Penn Treebank's 82,430 test words.

Tutorial: tutorials/01_text_to_windows.md
"""

import math
from pathlib import Path

from tqdm import tqdm

from . import agreement, checkpoint, cli, data, grammar, model
from .backend import running
from .errors import Diverged, UserError
from .text import numbers

ROWS = 400  # predictions made at a time: enough for large matrix products, little enough for the memory


def predictions(params, stream, backend, batch=1, progress=False):
    """Reads a stream of words (N,) and yields, window by window, nll (T, B) and probs (T, B, V) of the next words.

    `batch` columns are read side by side: 1 for results, as every prediction then has all its past;
    more, while training, for speed.
    Raises UserError where the stream has fewer than two words.
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


def perplexity(params, stream, backend, batch=1, progress=False):
    """The perplexity of a stream (N,), and the number of predictions behind it: exactly (N // batch - 1) * batch.

    (A batch of more than N / 2 columns, which would hold no prediction, is made smaller.)

    Raises UserError where there is nothing to predict, Diverged where the model is broken.
    """
    total, count = 0.0, 0
    for nll, _ in predictions(params, stream, backend, batch, progress):
        total += float(nll.sum(dtype=float))
        count += nll.size
    if not math.isfinite(total):
        raise Diverged("the model's predictions are not finite numbers: it diverged while it was trained")
    return checkpoint.safe_exp(total / count), count


def right_choices(params, vocabulary, stream, cases, backend, progress=False):
    """For each of the stream's `agreement.Agreement`s: whether the right form has more probability than the wrong.

    `cases` must be in the order of the text. Returns a list of bools.
    """
    number = numbers(vocabulary)
    probs = (row[0] for _, window in predictions(params, stream, backend, progress=progress) for row in window)
    right, position = [], 0
    for case in cases:
        while position < case.position:  # the first prediction is that of position 1
            row, position = next(probs), position + 1
        right.append(bool(row[number[case.right]] > row[number[case.wrong]]))
    return right


def beside_the_floor(value, split):
    """'; the best possible is 14.11: 19.9 % above it', for a perplexity on a split of the built-in language."""
    floor = grammar.floor_perplexity(split)
    return f"; the best possible is {floor:.2f}: {value / floor - 1:.1%} above it"


def load_run(path, data_option=None):
    """A run's checkpoint and the corpus it was trained on. Raises UserError where the corpus is another."""
    saved = checkpoint.load(path)
    where = saved.settings["data"] if data_option is None else data_option
    if where not in data.NAMES and not Path(where).exists():
        raise UserError(f"the corpus that {path} was trained on is not at {where}: say where it is with --data")
    corpus = data.load(where, saved.settings["vocab_size"])
    if corpus.fingerprint != saved.fingerprint:
        raise UserError(f"the corpus at {where} is not the one that {path} was trained on (its fingerprint "
                        "differs): give that one with --data")
    saved.settings["data"] = data.absolute(where)
    return saved, corpus


def main(argv=None):
    parser = cli.parser("numlstm.evaluate", __doc__)
    parser.add_argument("run", help="a run's folder, runs/NAME")
    parser.add_argument("--split", choices=data.SPLITS, default="test", help="which text (default: test)")
    parser.add_argument("--data", help="where the corpus is now, if it has moved")
    cli.add_threads(parser)
    cli.add_backend(parser)
    args = parser.parse_args(argv)

    saved, corpus = load_run(args.run, args.data)
    params, stream = saved.state.params, getattr(corpus, args.split)
    with running(args.backend, args.threads) as backend:
        value, count = perplexity(params, stream, backend, progress=cli.in_terminal())
        print(f"{args.split} perplexity {value:.3f} ({count:,} predictions, one stream)"
              + (beside_the_floor(value, args.split) if corpus.built_in else ""))
        if corpus.built_in:
            cases = agreement.agreements(args.split)
            right = right_choices(params, saved.vocabulary, stream, cases, backend, cli.in_terminal())
    if corpus.built_in:
        print("\nagreement: how often the right form has more probability than the wrong one\n")
        print(" distance in words from cause   right   cases")
        for name, (share, number) in agreement.by_distance(cases, right).items():
            print(f"{name:>28} {share:7.1%} {number:7,}")


if __name__ == "__main__":
    cli.run(main)
