"""Perplexity: exp of the mean negative log-probability of a text's words.

    python -m numlstm.evaluate runs/NAME [--split test]
    python -m numlstm.evaluate runs/NAME --text sentences.txt --table words.csv [--per-line]

The text is read as one sequential stream, with the state carried from the first word to the last. Every word but the
first is predicted exactly once: Penn Treebank's 82,430 test words give 82,429 predictions.

With --text, the network reads another text. Reading begins after an <eos>, so the first word is predicted, too. The
table has a row for each word: how surprising it was, in bits (surprisal), and how unsure the network was (entropy).

Tutorial: tutorials/01_text_to_windows.md
"""

import argparse
from pathlib import Path

from . import cli
from .corpus import agreement, data
from .corpus.sources import read_lines
from .corpus.summary import beside
from .corpus.text import reading_of
from .errors import UserError
from .learning.backends import running
from .learning.evaluation import perplexity, right_choices
from .library.network import Network
from .library.rows import Row
from .runs import checkpoint, folders
from .runs.files import write_csv

HEADER = ("line", "place", *Row._fields)


def evaluate_text(args: argparse.Namespace) -> None:
    """Prints how well the network predicts another text, and writes the table of its words."""
    lines = read_lines(args.text)
    with running(args.backend, args.threads, args.products) as backend:
        network = Network(checkpoint.load(args.run, args.weights), backend)
        rows = list(network.rows_of_lines(lines, args.per_line))
    if not rows:
        raise UserError(f"{args.text} holds no word")
    unit = reading_of(network.checkpoint.settings).unit
    bits, unknown = sum(row.surprisal for *_, row in rows), sum(not row.known for *_, row in rows)
    print(f"perplexity {2 ** (bits / len(rows)):.3f} ({len(rows):,} predictions, {bits / len(rows):.3f} bits a {unit}; "
          f"unknown {unit}s: {unknown / len(rows):.1%})")
    if args.table:
        table = [dict(zip(HEADER, (line, place, *row))) for line, place, row in rows]
        write_csv(Path(args.table), table, HEADER)
        print(f"wrote {args.table}")


def main(argv: list[str] | None = None) -> None:
    parser = cli.parser("numlstm.evaluate", __doc__)
    parser.add_argument("run", help="a run's folder, runs/NAME, or a published network's address")
    parser.add_argument("--split", choices=data.SPLITS, default="test", help="which text (default: test)")
    parser.add_argument("--data", help="where the corpus is now, if it has moved")
    cli.add_weights(parser)
    cli.add_threads(parser)
    cli.add_backend(parser)
    cli.add_products(parser)
    parser.add_argument("--text", metavar="FILE", help="read this text instead; - is standard input")
    parser.add_argument("--table", metavar="OUT.csv", help="with --text: write a row for each word")
    parser.add_argument("--per-line", action="store_true", help="with --text: forget everything after each line, as "
                        "where the lines are unrelated sentences (default: the text is read as one)")
    args = parser.parse_args(argv)
    cli.say_weights(args)
    if args.text is not None:
        evaluate_text(args)
    elif args.table or args.per_line:
        raise UserError("--table and --per-line go with --text: name the text to read")
    else:
        evaluate_split(args)


def evaluate_split(args: argparse.Namespace) -> None:
    """Prints how well the network predicts a part of the text that it was trained on."""
    saved, corpus = folders.load_run(args.run, args.data, args.weights)
    params, stream = saved.state.params, getattr(corpus, args.split)
    with running(args.backend, args.threads, args.products) as backend:
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
