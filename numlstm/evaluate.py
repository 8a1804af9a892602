"""Perplexity: exp of the mean negative log-probability of a text's words.

    python -m numlstm.evaluate runs/NAME [--split test]

reads the text as one sequential stream, with the state carried from its first word to its last, and
predicts every word but the first exactly once: 82,429 predictions for Penn Treebank's 82,430 test words.
"""

import math

from tqdm import tqdm

from . import checkpoint, cli, data, model
from .backend import choose
from .errors import Diverged, UserError

ROWS = 400  # predictions made at a time: enough for large matrix products, little enough for the memory


def perplexity(params, stream, backend, batch=1, progress=False):
    """The perplexity of a stream of words (N,), and the number of predictions behind it.

    `batch` columns are read side by side: 1 for results, as every prediction then has all its past;
    more, while training, for speed. The predictions are counted exactly: (N // batch - 1) * batch.
    Raises UserError where the stream has fewer than two words, Diverged where the model is broken.
    """
    if len(stream) < 2:
        raise UserError(f"a text of {len(stream)} words has nothing to predict: it takes at least 2")
    batch = min(batch, len(stream) // 2)
    cols = data.columns(stream, batch)
    T = max(1, ROWS // batch)
    state = model.zero_state(params, batch)
    nll = 0.0
    for n in tqdm(range(data.window_count(cols, T)), "evaluating", leave=False, disable=not progress):
        x, y = data.window(cols, T, n)
        window_nll, state, _ = model.forward(params, x, y, state, masks=None, backend=backend)
        nll += window_nll.sum(dtype=float)
    predictions = (len(cols) - 1) * batch
    if not math.isfinite(nll):
        raise Diverged("the model's predictions are not finite numbers: it diverged while it was trained")
    return math.exp(min(nll / predictions, 700)), predictions  # exp(710) is too large for a float


def load_run(path, data_option=None):
    """A run's checkpoint and the corpus it was trained on. Raises UserError where the corpus is another."""
    saved = checkpoint.load(path)
    where = data_option or saved.settings["data"]
    corpus = data.load(where, saved.settings["vocab_size"])
    if corpus.fingerprint != saved.fingerprint:
        raise UserError(f"the corpus at {where} is not the one that {path} was trained on (its fingerprint "
                        "differs): give that one with --data")
    return saved, corpus


def main(argv=None):
    parser = cli.parser("numlstm.evaluate", __doc__)
    parser.add_argument("run", help="a run's folder, runs/NAME")
    parser.add_argument("--split", choices=data.SPLITS, default="test", help="which text (default: test)")
    parser.add_argument("--data", help="where the corpus is now, if it has moved")
    cli.add_backend(parser)
    args = parser.parse_args(argv)

    saved, corpus = load_run(args.run, args.data)
    stream = getattr(corpus, args.split)
    value, predictions = perplexity(saved.state.params, stream, choose(args.backend), progress=cli.in_terminal())
    print(f"{args.split} perplexity {value:.3f} ({predictions:,} predictions, one stream)")


if __name__ == "__main__":
    cli.run(main)
