"""The paper's argument as an experiment: where should dropout go?

    python -m numlstm.compare                                     on the built-in language, in minutes
    python -m numlstm.compare --data ptb --words 100000           on the beginning of Penn Treebank
    python -m numlstm.compare --arms none paper                   two of the four arms

It trains four arms with the same text, seeds and schedule. One has no dropout. One has dropout as in the paper, only on
the non-recurrent connections. Two have it on the recurrent connections too: on h_{t-1}, or on h_{t-1} and c_{t-1}.
If the command is interrupted, run it again and it goes on.

Tutorial: tutorials/04_dropout.md
"""

import sys
from pathlib import Path

from . import cli
from .corpus import data, grammar
from .errors import UserError
from .machine import cores
from .many.comparison import ARMS, CONFIG, train_all
from .report.experiments import comparison_table
from .runs import folders
from .runs.files import read_csv, write_csv
from .runs.lock import alone
from .runs.memory import check_memory
from .runs.stop import exit_code


def parse(argv):
    parser = cli.parser("numlstm.compare", __doc__)
    parser.add_argument("--data", default="grammar", help="as for numlstm.train (default: grammar)")
    parser.add_argument("--vocab-size", type=cli.number(int, 3), help="keep only this many of the most frequent words")
    parser.add_argument("--words", type=cli.number(int, 1), help="train only on this many words, the first ones")
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS),
                        help="which to train and to show (default: all)")
    parser.add_argument("--seeds", type=cli.number(int, 1, highest=1000), default=3,
                        help="networks per arm (default: 3)")
    parser.add_argument("--jobs", type=cli.number(int, 1), default=cores(),
                        help="networks at a time (default: one per core)")
    parser.add_argument("--name", help="results go to runs/NAME (default: compare-DATA)")
    cli.add_config(parser, without=("seed",))
    cli.add_backend(parser)
    args = parser.parse_args(argv)
    args.arms = [arm for arm in ARMS if arm in args.arms]  # in the order of ARMS, each once
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    config = cli.config(args, CONFIG)
    if config.dropout == 0:
        raise UserError("--dropout must be above 0: there is nothing to compare without it")
    settings = {"data": data.absolute(args.data), "vocab_size": args.vocab_size, "words": args.words,
                "log_agreement": False, "backend": args.backend}
    corpus = data.load(args.data, args.vocab_size, args.words)
    data.columns(corpus.train, config.batch, config.unroll)
    check_memory(config, corpus, min(args.jobs, args.seeds * len(args.arms)))
    settings["raw"] = corpus.raw
    folder = Path("runs", f"compare-{corpus.name}" if args.name is None else folders.plain_name(args.name))

    print(f"{folder}: {len(args.arms)} arms, {args.seeds} seeds, {config.epochs} epochs of {len(corpus.train):,} "
          f"words, H = {config.hidden}, p = {config.dropout:g}, {args.jobs} at a time", flush=True)
    try:
        with alone(folder):
            rows = train_all(folder.absolute(), config, settings, args.arms, args.seeds, args.jobs)
    except KeyboardInterrupt as interrupt:
        print("stopped and saved. Run the same command again to go on", file=sys.stderr)
        return exit_code(interrupt)
    report(folder, rows, corpus, args.arms, args.seeds)
    return 0


def report(folder, rows, corpus, arms, seeds):
    """Writes results.csv and compare.png, and prints the table."""
    write_csv(folder / "results.csv", rows, columns=rows[0])
    logs = {arm: [read_csv(folder / f"{arm}-seed{seed}" / "log.csv") for seed in range(1, seeds + 1)]
            for arm in arms}
    floor = grammar.floor_perplexity("valid") if corpus.built_in else None
    from .report import figures  # here: matplotlib is slow to import, and --help need not wait for it
    figure = figures.comparison({arm: ARMS[arm].title for arm in arms}, logs, rows, floor)
    figure.savefig(folder / "compare.png", dpi=150)
    print(f"\n{comparison_table(rows)}\n\n"
          + (f"mean ± standard deviation over {seeds} seeds" if seeds > 1 else "one seed")
          + (f"; floor of the test text: {grammar.floor_perplexity('test'):.2f}" if corpus.built_in else "")
          + f"\nEverything is in {folder}: results.csv, compare.png")


if __name__ == "__main__":
    cli.launch(main)
