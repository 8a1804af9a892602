"""The paper's argument, and what goes with it, as experiments.

    python -m numlstm compare                                     where should dropout go?
    python -m numlstm compare --cell gru                          and in another cell?
    python -m numlstm compare --experiment masks                  fresh masks at every step, or one for a window?
    python -m numlstm compare --experiment cells                  LSTM, GRU and plain RNN of equal size
    python -m numlstm compare --experiment regularizers           L2, L1, drop-connect, early stopping, dropout
    python -m numlstm compare --arms none paper --arm weak dropout=0.1 --arm best dropout=0.3,0.4,0.5

An experiment has arms: networks that differ in some settings, and share text, seeds and all else. Where an arm has
several values for a setting, each is tried with one seed, and the validation text decides. --data ptb --words 100000
takes the beginning of Penn Treebank instead of the built-in language. If the command is interrupted, run it again and
it goes on.

Tutorial: tutorials/06_dropout.md (places), tutorials/05_other_cells.md, tutorials/08_other_regularizers.md
"""

import sys
from pathlib import Path
from typing import Any

from .. import cli
from ..corpus import data, grammar
from ..errors import UserError
from ..machine import cores
from ..runs import folders
from ..runs.files import read_csv, write_csv
from ..runs.lock import alone
from ..runs.memory import check_memory
from ..runs.stop import exit_code
from .ensembles.members import check_data, note_products
from .experiments.arms import EXPERIMENTS, arms_for
from .experiments.comparison import Comparison, train_all
from .experiments.search import search
from .experiments.tables import comparison_table, search_table
from .experiments.tries import is_searched, own_arm, tries


def parse(argv):
    parser = cli.parser("numlstm compare", __doc__)
    parser.add_argument("--experiment", choices=EXPERIMENTS, default="places", help="what to compare (default: places)")
    parser.add_argument("--arms", nargs="*", metavar="NAME", help="which of its arms to train (default: all)")
    parser.add_argument("--arm", nargs="+", action="append", default=[], metavar=("NAME", "FIELD=VALUE"),
                        help="one more arm, with these settings; FIELD=VALUE,VALUE tries several")
    parser.add_argument("--data", default="grammar", help="as for numlstm.train (default: grammar)")
    parser.add_argument("--vocab-size", type=cli.at_least(int, 3), help="keep this many words, the most frequent ones")
    parser.add_argument("--words", type=cli.at_least(int, 1), help="train only on this many words, the first ones")
    parser.add_argument("--seeds", type=cli.at_least(int, 1, highest=1000), default=3,
                        help="networks per arm (default: 3)")
    parser.add_argument("--jobs", type=cli.at_least(int, 1), default=cores(),
                        help="networks at a time (default: one per core)")
    parser.add_argument("--name", help="results go to runs/NAME (default: compare-..., from experiment, cell and data)")
    cli.add_config(parser, without=("seed",))
    cli.add_backend(parser)
    cli.add_products(parser)
    return parser.parse_args(argv)


def chosen_arms(args, experiment, cell):
    """{name: Arm}: those of --arms in the experiment's order, then those of --arm."""
    known = arms_for(experiment, cell)
    if unknown := [name for name in args.arms or () if name not in known]:
        raise UserError(f"--arms: {unknown[0]} is no arm of this experiment; it has {', '.join(known)}")
    chosen = {name: arm for name, arm in known.items() if args.arms is None or name in args.arms}
    for name, *settings in args.arm:
        if name in chosen:
            raise UserError(f"--arm {name}: there is an arm of this name already: choose another")
        chosen[name] = own_arm(name, *settings)
    if not chosen:
        raise UserError("there is no arm to train: name some with --arms, or write one with --arm")
    return chosen


def begin(args):
    """The Comparison that the options ask for, and its corpus. Raises UserError where they make no sense."""
    experiment = EXPERIMENTS[args.experiment]
    config = cli.config(args, experiment.config)
    arms = chosen_arms(args, experiment, config.cell)
    check_data(args.data)
    corpus = data.load(args.data, args.vocab_size, args.words)
    settings = folders.new_settings(corpus, args.data, args.vocab_size, args.backend, words=args.words)
    default = ["compare"] + [args.experiment] * (args.experiment != "places") + [config.cell] * (config.cell != "lstm")
    name = "-".join([*default, corpus.name]) if args.name is None else folders.plain_name(args.name)
    comparison = Comparison(Path("runs", name).absolute(), experiment, config, arms, settings, corpus.fingerprint,
                            args.seeds, args.jobs, len(corpus.vocabulary))
    check_comparison(comparison, corpus)
    note_products(settings, comparison.folder, 1, args.products)
    return comparison, corpus


def check_comparison(comparison, corpus):
    """Raises UserError where a network can't be trained, or where two arms are the same."""
    fixed: dict[Any, str] = {}
    for name, arm in comparison.arms.items():
        configs = [comparison.configure(settings, seed=0) for settings in tries(arm)]
        for config in configs:
            data.columns(corpus.train, config.batch, config.unroll)
            check_memory(config, corpus, min(comparison.jobs, comparison.seeds * len(comparison.arms)))
        if not is_searched(arm) and (other := fixed.setdefault(configs[0], name)) != name:
            raise UserError(f"the arms {other} and {name} are the same network: there is nothing to compare")


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    comparison, corpus = begin(args)
    folder, config = Path("runs", comparison.folder.name), comparison.config
    print(f"{folder}: {len(comparison.arms)} arms, {args.seeds} seeds, {config.epochs} epochs of "
          f"{len(corpus.train):,} words, H = {config.hidden}, {args.jobs} at a time", flush=True)
    try:
        with alone(folder):
            chosen, tried = search(comparison)
            if tried:
                write_csv(folder / "search.csv", tried, columns=tried[0])
                print(f"\n{search_table(tried)}\n", flush=True)
            rows = train_all(comparison, chosen)
    except KeyboardInterrupt as interrupt:
        print("stopped and saved. Run the same command again to go on", file=sys.stderr)
        return exit_code(interrupt)
    report(folder, rows, corpus, comparison)
    return 0


def report(folder, rows, corpus, comparison):
    """Writes results.csv and compare.png, and prints the table."""
    write_csv(folder / "results.csv", rows, columns=rows[0])
    logs = {arm: [read_csv(folder / f"{arm}-seed{seed}" / "log.csv") for seed in range(1, comparison.seeds + 1)]
            for arm in comparison.arms}
    floors = {split: grammar.floor_perplexity(split) for split in ("valid", "test")} if corpus.built_in else {}
    from .experiments import compared  # here: matplotlib is slow to import, and --help need not wait for it
    compared.draw(rows, logs, floors).savefig(folder / "compare.png", dpi=150)
    print(f"\n{comparison_table(rows)}\n\n"
          + (f"mean ± standard deviation over {comparison.seeds} seeds" if comparison.seeds > 1 else "one seed")
          + (f"; floor of the test text: {floors['test']:.2f}" if floors else "")
          + f"\nEverything is in {folder}: results.csv, compare.png")


if __name__ == "__main__":
    cli.launch(main)
