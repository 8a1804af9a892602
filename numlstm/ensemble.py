"""Many networks, trained apart and averaged: the paper's table of ensembles.

    python -m numlstm.ensemble train --size small --dropout 0.25 --members 10 --jobs 2 --name ten
    python -m numlstm.ensemble evaluate runs/ten

Members differ in their seed alone. Each is a run like any other, runs/NAME/member-00 and so on. Run the same
command again and it goes on with what was interrupted, skips what is done, and adds members if there are to
be more. The average is that of the members' probabilities (not of their logits), word by word.
"""

import dataclasses
import json
import sys
import time
from pathlib import Path

from . import averaging, checkpoint, cli, data, members, plots, run
from .backend import running
from .config import SIZES
from .errors import UserError
from .progress import Progress
from .threads import cores

SAY_EVERY = 30  # seconds between lines of progress where there is no terminal


# --- training -------------------------------------------------------------------------------------

class FileProgress(Progress):
    """Writes how far a member is into its folder, for whoever started it to read."""

    def __init__(self, folder):
        super().__init__(terminal=False, quiet=True)
        self.path, self.wrote = folder / "progress.json", 0.0

    def step(self, done, totals):
        if time.monotonic() - self.wrote > 1:
            self.wrote = time.monotonic()
            text = json.dumps({"epoch": self.epoch, "share": done / self.steps, "perplexity": totals.perplexity(),
                               "tokens_per_second": totals.tokens / totals.seconds})
            self.path.write_text(text, encoding="utf-8")


def train_member(folder, config, settings, threads):
    """Trains (or goes on training) one member. Returns its validation and test perplexity; None where stopped."""
    corpus = data.load(settings["data"], settings["vocab_size"])
    with running(settings["backend"], threads) as backend:
        job = members.open_job(folder, config, settings, corpus)
        if not members.train_to_the_end(folder, job, corpus, backend, FileProgress(folder)):
            return None
    last = job.state.log[-1]
    return last["valid_perplexity"], last["test_perplexity"]


def how_far(folder, config):
    """'03: epoch 4/13 25 %, 96.1', or '' where the member has not begun or is done."""
    try:
        now = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there yet, or half written
        return ""
    return (f"{folder.name.removeprefix('member-')}: epoch {now['epoch']}/{config.epochs} {now['share']:.0%}, "
            f"{now['perplexity']:.1f}")


class Board:
    """Shows all members at work at once: one line, drawn anew every second in a terminal, else printed now and then."""

    def __init__(self, folders, config):
        self.working, self.config, self.said = dict.fromkeys(folders), config, time.monotonic()

    def show(self):
        line = " | ".join(filter(None, (how_far(folder, self.config) for folder in self.working)))
        if cli.in_terminal():
            print(f"\r{line[:110]:110}", end="", flush=True)
        elif line and time.monotonic() - self.said > SAY_EVERY:
            self.said = time.monotonic()
            print(line, flush=True)

    def done(self, folder, text):
        """A member is done: a line that stays."""
        del self.working[folder]
        (folder / "progress.json").unlink(missing_ok=True)
        print(f"\r{text:110}" if cli.in_terminal() else text, flush=True)


def train(args):
    """The command `train`."""
    config = cli.config(args, SIZES[args.size])
    corpus = data.load(args.data, args.vocab_size)
    data.columns(corpus.train, config.batch, config.unroll)  # a text too short is found out before anything is made
    settings = {"size": args.size, "data": data.absolute(args.data), "raw": corpus.raw, "vocab_size": args.vocab_size,
                "log_agreement": False, "backend": args.backend}
    folder = Path("runs", run.plain_name(f"ensemble-{corpus.name}-{args.size}" if args.name is None else args.name))
    threads = args.threads or max(1, cores() // args.jobs)
    tasks = {folder / f"member-{n:02}": (folder / f"member-{n:02}", dataclasses.replace(config, seed=config.seed + n),
                                         settings, threads) for n in range(args.members)}
    print(f"{folder}: {args.members} members, {args.jobs} at a time, {threads} threads each; {config.epochs} epochs of "
          f"{len(corpus.train):,} words, H = {config.hidden}, p = {config.dropout:g}", flush=True)
    for member in tasks:
        (member / "progress.json").unlink(missing_ok=True)  # of an earlier, interrupted run
    board = Board(tasks, config)
    try:
        for member, (valid, test) in members.side_by_side(train_member, tasks, args.jobs, board.show):
            board.done(member, f"{member.name}: validation {valid:.2f}, test {test:.2f}")
    except KeyboardInterrupt:
        print("stopped and saved. Run the same command again to go on", file=sys.stderr)
        return 130
    print(f"all done. Average them:  python -m numlstm.ensemble evaluate {folder}")
    return 0


# --- averaging ------------------------------------------------------------------------------------

def finished_members(folder):
    """The folders of the members that are trained to the end. Raises UserError where there is none."""
    found = sorted(path.parent for path in folder.glob("member-*/checkpoint.npz"))
    jobs = {path: checkpoint.load(path) for path in found}
    finished = [path for path, job in jobs.items() if job.state.epoch > job.config.epochs]
    if not finished:
        raise UserError(f"{folder} has no member that is trained to the end (of {len(found)} begun)")
    if len({job.fingerprint for job in jobs.values()}) > 1:
        raise UserError(f"the members in {folder} were trained on different texts or vocabularies: they can't be "
                        "averaged")
    if len(finished) < len(found):
        print(f"{len(found) - len(finished)} of {len(found)} members are not trained to the end, and left out",
              file=sys.stderr)
    return finished


def evaluate(args):
    """The command `evaluate`."""
    folder = Path(args.run)
    paths = finished_members(folder)
    with running(args.backend, args.threads) as backend:
        by_split = {split: averaging.member_probabilities(paths, split, args.data, backend, cli.in_terminal())
                    for split in ("valid", "test")}
    rows = averaging.curve(by_split)
    run.write_csv(folder / "ensemble.csv", rows, columns=rows[0])
    job = checkpoint.load(paths[0])
    plots.ensemble(rows, paper=job.settings["data"] == "ptb").savefig(folder / "ensemble.png", dpi=150)
    print(averaging.table(rows))
    print(f"\nwrote {folder}: ensemble.csv, ensemble.png")


# --- the command ----------------------------------------------------------------------------------

def parse(argv):
    parser = cli.parser("numlstm.ensemble", __doc__)
    commands = parser.add_subparsers(required=True, parser_class=cli.Parser, metavar="train|evaluate")
    trainer = commands.add_parser("train", help="train members, several at a time")
    trainer.set_defaults(command=train)
    trainer.add_argument("--size", choices=SIZES, default="small", help="as for numlstm.train (default: small)")
    trainer.add_argument("--data", default="grammar", help="as for numlstm.train (default: grammar)")
    trainer.add_argument("--vocab-size", type=cli.number(int, 3), help="keep only so many of the most frequent words")
    trainer.add_argument("--members", type=cli.number(int, 1), default=10, help="how many (default: 10)")
    trainer.add_argument("--jobs", type=cli.number(int, 1), default=cores(),
                         help="members trained at a time (default: one per core)")
    trainer.add_argument("--name", help="the folder is runs/NAME (default: ensemble-DATA-SIZE)")
    cli.add_config(trainer)
    evaluator = commands.add_parser("evaluate", help="average the members that are done")
    evaluator.set_defaults(command=evaluate)
    evaluator.add_argument("run", help="the ensemble's folder, runs/NAME")
    evaluator.add_argument("--data", help="where the corpus is now, if it has moved")
    trainer.add_argument("--threads", type=cli.number(int, 1),
                         help="for each member (default: the cores divided by --jobs)")
    cli.add_threads(evaluator)
    for command in (trainer, evaluator):
        cli.add_backend(command)
    return parser.parse_args(argv)


def main(argv=None):
    args = parse(argv)
    return args.command(args)


if __name__ == "__main__":
    cli.run(main)
