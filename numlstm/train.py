"""Trains a network as the paper does, and writes what it learned to runs/NAME.

    python -m numlstm.train --size small                  on the built-in language
    python -m numlstm.train --size medium --data ptb      on Penn Treebank
    python -m numlstm.train --data mytext.txt --name mine on your own text
    python -m numlstm.train --resume runs/mine            continue where it stopped

Tutorial: tutorials/07_training.md
"""

import shlex
import sys
from argparse import Namespace
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np

from . import cli
from .corpus import data, grammar
from .corpus.summary import beside, warnings
from .corpus.text import ENDS, EOS, TOKENS, UNK, Reading, reading_of
from .errors import Diverged, UserError
from .learning import loop
from .learning.backends import check_products, running_for
from .learning.evaluation import perplexity
from .learning.sample import sample_lines
from .network.backend import Backend
from .network.config import FIELDS, SIZES, sized
from .runs import checkpoint, folders
from .runs.changes import CHANGEABLE, change
from .runs.lock import alone
from .runs.memory import check_memory
from .runs.progress import Progress, introduce, place, tell
from .runs.state import Checkpoint, new_checkpoint
from .runs.stop import StopRequest


def begin(args: Namespace, hold: ExitStack) -> tuple[Checkpoint, data.Corpus, Path]:
    """A new run from the command line's options: its Checkpoint, corpus and folder. `hold` keeps the folder locked."""
    where = "grammar" if args.data is None else args.data
    check_products(args.backend or "numba", args.products)
    size = args.size or ("small" if where in data.CORPORA else "own")
    cli.config(args, SIZES[size])  # fails before the text is read, if a setting is out of its limits
    corpus = data.load(where, args.vocab_size, reading=Reading(args.tokens, args.keep_case, args.ends))
    config = cli.config(args, sized(size, len(corpus.train)))
    for line in warnings(corpus):
        print(line, file=sys.stderr)
    data.columns(corpus.train, config.batch, config.unroll)  # fails if the text is too short, before a folder is made
    check_memory(config, corpus)
    if args.log_agreement and not corpus.built_in:
        raise UserError("--log-agreement needs the built-in language (--data grammar), whose agreements are known")
    settings = folders.new_settings(corpus, where, args.vocab_size, "numba" if args.backend is None else args.backend,
                                    size=size, log_agreement=args.log_agreement,
                                    **({} if args.patience is None else {"patience": args.patience}))
    job = new_checkpoint(config, settings, corpus)
    checkpoint.check_savable(job)  # fails if the run could not be read again, before a folder is made
    return job, corpus, folders.begin(job, hold, args.name, f"{corpus.name}-{size}")


def resume(args: Namespace, hold: ExitStack) -> tuple[Checkpoint, data.Corpus, Path]:
    """The run to continue, as `begin` returns it. It keeps its settings, but for those of CHANGEABLE that are given."""
    fixed = {*FIELDS, "size", "name", "vocab_size", "tokens", "keep_case", "ends", "log_agreement"} - {*CHANGEABLE}
    given = [name for name in sorted(fixed) if (value := getattr(args, name)) is not None and value is not False]
    if given:
        raise UserError(f"--{given[0].replace('_', '-')} can't be given with --resume: it would be another network, or "
                        "another text. Begin a new run to change it")
    path = checkpoint.find(args.resume)
    if path.name != "checkpoint.npz":
        raise UserError(f"--resume takes a run's folder, and {path} is a file: copy it to runs/NAME/checkpoint.npz, "
                        "and resume runs/NAME")
    folder = path.parent
    hold.enter_context(alone(folder))  # before reading: another command might still write a newer checkpoint
    job, corpus = folders.load_run(args.resume, args.data)
    check_memory(job.config, corpus)
    if said := change(job, vars(args)):
        tell(f"Changed {said}.")
    folders.clear(folder)
    folders.save(folder, job)  # fails now, and not after an hour, if the folder can't be written
    return job, corpus, folder


def finish(job: Checkpoint, corpus: data.Corpus, folder: Path, backend: Backend) -> None:
    """Prints the test perplexity, a few generated sentences, and where everything was saved."""
    params, last = job.state.params, loop.test(job, corpus, folder, backend, cli.in_terminal())
    value = last["test_perplexity"]
    print()
    tell(f"test perplexity {value:.2f}{beside(value, 'test', corpus)}",
         f"validation perplexity {last['valid_perplexity']:.2f}{beside(last['valid_perplexity'], 'valid', corpus)}")
    if corpus.built_in and last["train_perplexity"] < grammar.floor_perplexity("valid"):
        tell("The training text's is below that: the network knows parts of that text by heart.")
    tell_best(job, corpus, folder, backend)
    print("\nThe network writes:")
    unknown = [job.vocabulary.index(UNK)]
    count = 60 if corpus.reading.unit == "word" else 400
    for line in sample_lines(params, job.vocabulary, [], count, np.random.default_rng(job.config.seed),
                             reading_of(job.settings), banned=unknown, backend=backend):
        print(f"    {line}")
    name = shlex.quote(str(folder))
    print(f"\nEverything is in {folder}: checkpoint.npz, config.json, log.csv, curves.png\n"
          f"More text:  python -m numlstm.generate {name} --temperature 0.7\n"
          f"Evaluate:   python -m numlstm.evaluate {name}")


def tell_best(job: Checkpoint, corpus: data.Corpus, folder: Path, backend: Backend) -> None:
    """Says how good the best epoch's weights are, where they aren't the last ones, and what helps."""
    ago = loop.since_best(job.state.log)
    if not ago:
        return
    row = job.state.log[-1 - ago]
    best, _ = perplexity(checkpoint.load(folder, "best").state.params, corpus.test, backend)
    tell(f"The best epoch on the validation text was {row['epoch']}: {row['valid_perplexity']:.2f}. Its weights are in "
         f"best.npz, and have test perplexity {best:.2f}. The other commands use them (--weights last: the last ones).")
    if ago > 1:
        tell(f"Validation hasn't improved for {ago} epochs: the network learns its text by heart. A higher --dropout "
             "helps, and --patience 3 ends such a run earlier.")


def parse(argv: list[str] | None) -> Namespace:
    """The command line's options. One that was not given and has no default is None."""
    parser = cli.parser("numlstm.train", __doc__)
    parser.add_argument("--size", choices=SIZES, help="the network and its training (default: small, as the "
                        "paper's; for a text of yours: own, the same network with dropout and a longer schedule)")
    parser.add_argument("--data", help="grammar (built in, the default), ptb, a folder with a train, a valid and "
                        "a test file; or one text: a file, a folder of text files, or - for standard input")
    parser.add_argument("--tokens", choices=TOKENS, help="what the network reads: words of raw text (the default for "
                        "one text), whatever blanks separate (for a folder with three files), or characters")
    parser.add_argument("--keep-case", action="store_true", help="words keep their capital letters")
    parser.add_argument("--ends", choices=ENDS, help=f"where {EOS} stands: at the ends of lines, or of paragraphs "
                        "between blank lines (default: of paragraphs, if a text's lines are wrapped)")
    parser.add_argument("--vocab-size", type=cli.at_least(int, 3), help="keep this many words, the most frequent ones")
    parser.add_argument("--name", help="the run's folder is runs/NAME (default: made from corpus and size)")
    parser.add_argument("--resume", metavar="RUN", help="continue a run: runs/NAME")
    parser.add_argument("--patience", type=cli.at_least(int, 1), metavar="N", help="end early, when validation hasn't "
                        "improved for N epochs")
    parser.add_argument("--save-every", type=cli.at_least(float, 0, strictly=True), default=120, metavar="SECONDS",
                        help="how often to save within an epoch (default: 120)")
    parser.add_argument("--log-agreement", action="store_true",
                        help="on the built-in language: measure agreement by distance after every epoch")
    cli.add_threads(parser)
    cli.add_backend(parser, default=None)
    cli.add_products(parser)
    cli.add_config(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    with ExitStack() as hold:
        job, corpus, folder = begin(args, hold) if args.resume is None else resume(args, hold)
        backend = hold.enter_context(running_for(job, args.threads, args.backend, args.products))
        folders.write_config(folder, job)
        ending = hold.enter_context(Ending(job, folder))
        introduce(job, corpus, folder, backend)
        stop = hold.enter_context(StopRequest())
        keeper = loop.Keeper(job, corpus, folder, backend,
                             loop.Watch(stop, Progress(cli.in_terminal()), args.save_every))
        for _ in loop.train(job, corpus, backend, cli.in_terminal()):
            if not keeper.goes_on():
                return ending.asked_to_stop(stop.asked)
        finish(job, corpus, folder, backend)
    return ending.code


class Ending(AbstractContextManager["Ending"]):
    """Says how to go on with a run, however it ends before its time. `code` is then the command's exit code."""

    def __init__(self, job: Checkpoint, folder: Path) -> None:
        self.job, self.folder, self.code = job, folder, 0
        self.go_on = f"Continue with: python -m numlstm.train --resume {shlex.quote(str(folder))}"

    def asked_to_stop(self, number: int) -> int:
        """The exit code where a signal of this number asked to stop, and the run was saved."""
        print(f"stopped and saved, {place(self.job)}. {self.go_on}", file=sys.stderr)
        return 128 + number

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if isinstance(error, Diverged):
            raise UserError(f"{place(self.job)}: {error}. Begin a new run with a lower --lr, --init or --clip; this "
                            f"one's last checkpoint is in {self.folder}") from None
        if isinstance(error, KeyboardInterrupt):
            self.code = cli.fail(f"stopped at once; the last checkpoint is kept. {self.go_on}", 130)
        elif isinstance(error, BrokenPipeError):
            cli.drop_output()
            self.code = cli.fail(f"stopped because the output was closed; the last checkpoint is kept. {self.go_on}")
        return self.code != 0


if __name__ == "__main__":
    cli.launch(main)
