"""Many networks, trained independently and averaged, as in the paper's table of ensembles.

    python -m numlstm ensemble train --size small --dropout 0.25 --members 10 --jobs 2 --name ten
    python -m numlstm ensemble evaluate runs/ten
    python -m numlstm ensemble evaluate runs/ten runs/grammar-medium --name mixed
    python -m numlstm ensemble keep runs/ten --to results
    python -m numlstm ensemble evaluate results/members --name again

Members differ only in their seed. Each is a run like any other, in runs/NAME/member-00 and so on. Run the same
command again and it skips members that are done, goes on with those that were interrupted, and adds more if
--members is larger. With --scheduler tcp://HOST:8786 the workers of a Dask cluster train them.
For every word, the members' probabilities are averaged (not their logits). Networks of several kinds can be averaged,
if they were trained on the same text: then a second table shows the averages of none, one or all of each kind.
`keep` writes what a network predicts to a small file. Such files are averaged like networks, without the text.

Whoever reaches a Dask scheduler can run code on its workers and on the machine of this command: use one inside of a
network that you trust, or with TLS. For tls://HOST:8786, start scheduler and workers with --tls-ca-file, --tls-cert and
--tls-key, and tell this command where the same files are with the variables DASK_DISTRIBUTED__COMM__TLS__CA_FILE,
DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY.

Tutorial: tutorials/11_ensembles.md
"""

import dataclasses
import sys
from contextlib import closing
from pathlib import Path

from .. import cli
from ..corpus import data
from ..errors import UserError
from ..learning.backends import fitting, running
from ..machine import cores
from ..network.config import SIZES
from ..runs import folders
from ..runs.files import write_csv, write_whole
from ..runs.lock import alone
from ..runs.memory import check_memory
from ..runs.stop import exit_code
from .ensembles import averaging, cluster, members, predictions, sources
from .ensembles.board import Board, read_progress
from .ensembles.table import ensemble_table
from .report import paper

# --- training -------------------------------------------------------------------------------------


def train_command(args):
    """The command `train`."""
    if args.scheduler is not None and args.jobs is not None:
        raise UserError("--jobs is for this machine: with --scheduler, every worker of the cluster trains one member")
    config = cli.config(args, SIZES[args.size])
    members.check_data(args.data)
    corpus = data.load(args.data, args.vocab_size)
    data.columns(corpus.train, config.batch, config.unroll)  # raises, before anything is made, if the text is too short
    if args.scheduler is None:  # else the workers need the memory
        check_memory(config, corpus, min(args.members, args.jobs or cores()))
    settings = folders.new_settings(corpus, args.data, args.vocab_size, args.backend, size=args.size)
    folder = Path("runs", folders.plain_name(f"ensemble-{corpus.name}-{args.size}" if args.name is None else args.name))
    configs = {folder.absolute() / f"member-{n:02}": dataclasses.replace(config, seed=config.seed + n)
               for n in range(args.members)}
    members.note_products(settings, folder, each(args), args.products)
    print(f"{folder}: {args.members} members; {config.epochs} epochs of {len(corpus.train):,} words, "
          f"H = {config.hidden}, p = {config.dropout:g}", flush=True)
    board = Board(configs, config)
    try:
        with alone(folder), closing(here(args, configs, settings, corpus, board) if args.scheduler is None
                                    else away(args, configs, settings, corpus, board)) as results:
            for member, (valid, test) in results:
                board.done(member, f"{member.name}: validation {valid:.2f}, test {test:.2f}")
    except KeyboardInterrupt as interrupt:
        print("stopped and saved. Run the same command again to go on", file=sys.stderr)
        return exit_code(interrupt)
    print(f"all done. Average them:  python -m numlstm ensemble evaluate {folder}")
    return 0


def each(args):
    """How many threads a member has; None: on a cluster, those of its worker."""
    if args.threads is not None or args.scheduler is not None:
        return args.threads
    return max(1, cores() // (args.jobs or cores()))


def here(args, configs, settings, corpus, board):
    """Trains the members on this machine. Yields (folder, result) whenever one is done."""
    jobs, threads = args.jobs or cores(), fitting(each(args)) or 1
    print(f"{jobs} at a time, {threads} thread{'s' * (threads > 1)} each", flush=True)
    calls = {folder: (folder, config, settings, corpus.fingerprint, threads) for folder, config in configs.items()}
    for folder in configs:
        (folder / "progress.json").unlink(missing_ok=True)  # left by an earlier run that was interrupted

    def show():
        board.places = {folder: read_progress(folder) for folder in board.places}
        board.show()

    return members.side_by_side(members.train_member, calls, jobs, show)


def away(args, configs, settings, corpus, board):
    """Trains the members on a Dask cluster. Yields (folder, result) whenever one is done."""
    calls = {folder: (config, settings, corpus) for folder, config in configs.items()}

    def report(folder, place):
        if folder in board.places:
            board.places[folder] = place

    return cluster.train_members(args.scheduler, calls, args.threads, args.leg, report, board.show)


# --- averaging ------------------------------------------------------------------------------------


def evaluate_command(args):
    """The command `evaluate`."""
    if args.name is None and (len(args.runs) > 1 or not sources.holds_networks(Path(args.runs[0]))):
        raise UserError("several runs, or files, need --name NAME: their average is written to runs/NAME")
    folder = Path(args.runs[0]) if args.name is None else Path("runs", folders.plain_name(args.name))
    if args.name is not None and sources.holds_networks(folder):
        raise UserError(f"{folder} holds networks, and its own results: choose another --name")
    networks = predicted(args)
    folder.mkdir(parents=True, exist_ok=True)
    by_split = {split: [network.probabilities(split) for network in networks] for split in predictions.PARTS}
    rows = averaging.curve(by_split)
    print(ensemble_table(rows))
    write_csv(folder / "ensemble.csv", rows, columns=rows[0])
    from .ensembles import figure  # here: matplotlib is slow to import, and training does not need it
    published = paper.curves() if networks[0].text == "ptb" else {}
    figure.ensemble(rows, published).savefig(folder / "ensemble.png", dpi=150)
    written = ["ensemble.csv", "ensemble.png"]
    (folder / "mixtures.csv").unlink(missing_ok=True)  # of other runs, perhaps
    if len(kinds := sources.kinds_of(networks)) > 1 and (mixed := averaging.mixtures(by_split, kinds)):
        print(f"\n{ensemble_table(mixed)}")
        write_csv(folder / "mixtures.csv", mixed, columns=mixed[0])
        written.append("mixtures.csv")
    print(f"\nwrote {folder}: {', '.join(written)}")


def predicted(args):
    """The Predictions of the networks that the command line names, where they are trained to the end."""
    paths = sources.finished([Path(run) for run in args.runs])
    with running(args.backend, args.threads) as backend:
        return sources.read_all(paths, args.data, backend, cli.in_terminal())


def keep_command(args):
    """The command `keep`."""
    folder = Path(args.to)
    (folder / "members").mkdir(parents=True, exist_ok=True)
    for network in predicted(args):
        own = sources.name_of(network.path, network.config)
        name = f"{args.name}-seed{network.config.seed}" if args.name else own
        predictions.write(folder / "members" / f"{name}.npz", network)
        print(folder / "members" / f"{name}.npz")
        if network.path.is_dir():
            write_whole(folder / f"{name}.csv", (network.path / "log.csv").read_bytes())
            print(folder / f"{name}.csv")


# --- the command ----------------------------------------------------------------------------------

def parse(argv):
    parser = cli.parser("numlstm ensemble", __doc__)
    commands = parser.add_subparsers(required=True, parser_class=cli.Parser, metavar="train|evaluate|keep")
    trainer = commands.add_parser("train", help="train members, several at a time")
    trainer.set_defaults(command=train_command)
    trainer.add_argument("--size", choices=SIZES, default="small", help="as for numlstm.train (default: small)")
    trainer.add_argument("--data", default="grammar", help="as for numlstm.train (default: grammar)")
    trainer.add_argument("--vocab-size", type=cli.at_least(int, 3), help="keep this many words, the most frequent ones")
    trainer.add_argument("--members", type=cli.at_least(int, 1, highest=10_000), default=10,
                         help="how many (default: 10)")
    trainer.add_argument("--jobs", type=cli.at_least(int, 1), help="members trained at a time (default: one per core)")
    trainer.add_argument("--scheduler", metavar="ADDRESS", help="train on the Dask cluster whose scheduler is at this "
                         "address, such as tcp://HOST:8786, with one member at a time on each worker")
    trainer.add_argument("--leg", type=cli.at_least(float, 1), default=120, metavar="SECONDS", help="with --scheduler: "
                         "how long a worker trains a member before it hands it back (default: 120)")
    trainer.add_argument("--name", help="the folder is runs/NAME (default: ensemble-DATA-SIZE)")
    cli.add_products(trainer)
    cli.add_config(trainer)
    evaluator = commands.add_parser("evaluate", help="average the members that are done")
    evaluator.set_defaults(command=evaluate_command)
    evaluator.add_argument("--name", help="write to runs/NAME (default: to the ensemble's folder)")
    keeper = commands.add_parser("keep", help="write what each network predicts to a small file, to be averaged later")
    keeper.set_defaults(command=keep_command)
    keeper.add_argument("--to", metavar="FOLDER", default="data/results", help="write FOLDER/members/NAME.npz and, for "
                        "a run, its log as FOLDER/NAME.csv (default: data/results)")
    keeper.add_argument("--name", help="call the networks NAME-seed1, NAME-seed2 ... (default: after their folder)")
    trainer.add_argument("--threads", type=cli.at_least(int, 1),
                         help="for each member (default: cores divided by --jobs; with --scheduler, all of a worker's)")
    for command in (evaluator, keeper):
        command.add_argument("runs", nargs="+", metavar="network", help="the folder of an ensemble or of a single run, "
                             "runs/NAME; a file that `keep` has written, or a folder of such files. Networks of "
                             "different sizes can be averaged, too")
        command.add_argument("--data", help="where the corpus is now, if it has moved")
        cli.add_threads(command)
    for command in (trainer, evaluator, keeper):
        cli.add_backend(command)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int | None:
    args = parse(argv)
    return args.command(args)


if __name__ == "__main__":
    cli.launch(main)
