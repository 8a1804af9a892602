"""Perplexity: exp of the mean negative log-probability of a text's words.

    python -m numlstm.evaluate runs/NAME [--split test]

The text is read as one sequential stream, with the state carried from the first word to the last. Every word but the
first is predicted exactly once: Penn Treebank's 82,430 test words give 82,429 predictions.

Tutorial: tutorials/01_text_to_windows.md
"""

from . import cli
from .corpus import agreement, data
from .corpus.summary import beside
from .learning.backends import running
from .learning.evaluation import perplexity, right_choices
from .runs import folders


def main(argv: list[str] | None = None) -> None:
    parser = cli.parser("numlstm.evaluate", __doc__)
    parser.add_argument("run", help="a run's folder, runs/NAME, or a published network's address")
    parser.add_argument("--split", choices=data.SPLITS, default="test", help="which text (default: test)")
    parser.add_argument("--data", help="where the corpus is now, if it has moved")
    cli.add_threads(parser)
    cli.add_backend(parser)
    args = parser.parse_args(argv)

    saved, corpus = folders.load_run(args.run, args.data)
    params, stream = saved.state.params, getattr(corpus, args.split)
    with running(args.backend, args.threads) as backend:
        value, count = perplexity(params, stream, backend, progress=cli.in_terminal())
        print(f"{args.split} perplexity {value:.3f} ({count:,} predictions, one stream)"
              + beside(value, args.split, corpus))
        if corpus.built_in:
            cases = agreement.agreements(args.split)
            right = right_choices(params, saved.vocabulary, stream, cases, backend, cli.in_terminal())
    if corpus.built_in:
        print("\nagreement: how often the right form is more probable than the wrong one\n")
        print(cli.aligned(["distance in words from cause", "right", "cases"],
                      [[name, f"{share:.1%}", f"{number:,}"]
                       for name, (share, number) in agreement.by_distance(cases, right).items()]))


if __name__ == "__main__":
    cli.launch(main)
