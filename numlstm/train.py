"""Trains a network as the paper does, and writes what it learned to runs/NAME.

    python -m numlstm.train --size small                  on the built-in language
    python -m numlstm.train --size medium --data ptb      on Penn Treebank
    python -m numlstm.train --data mytext.txt --name mine on your own text
    python -m numlstm.train --resume runs/mine            goes on where it stopped

Tutorial: tutorials/05_training.md
"""
# T time steps, B batch columns. A window is x, y (T, B): the words read, and the words to predict, each
# one place later (there is a picture in data.py). nll (T, B) is the negative log-probability of each word
# of y, in nats. The carried state is the memory at a window's end: h and c, (B, H), of every layer.

import shlex
import shutil
import sys
import time
from contextlib import ExitStack

import numpy as np

from . import agreement, checkpoint, cli, data, evaluate, generate, model, optim, run
from .backend import running
from .config import FIELDS, SIZES, learning_rate
from .errors import Diverged, UserError
from .lock import alone
from .progress import Progress
from .text import UNK


# --- learning ---------------------------------------------------------------------------------

def gradients(params, x, y, carried, config, rng, backend):
    """Gradients of one window's loss, with fresh masks on the non-recurrent connections.

    Returns: nll (T, B) of the words y; the state to carry on; the gradients, a dict like params.
    Raises Diverged as `check_loss` does.
    """
    masks = model.draw_masks(config, *x.shape, rng)
    nll, carried, cache = model.forward(params, x, y, carried, masks, backend)
    check_loss(nll)
    grads, _ = model.backward(model.loss_backward(nll), cache, backend=backend)
    return nll, carried, grads


def check_loss(nll):
    """Raises Diverged where the mean of nll (T, B) is no number, or so large that its perplexity is none.

    Whether parameters of 1e30 make a NaN or a huge number depends on the order in which products are summed.
    """
    mean = nll.mean(dtype=float)
    if not mean < checkpoint.MAX_NLL:
        raise Diverged(f"the loss is {mean:.3g} nats per word")


def train_step(params, x, y, carried, config, lr, rng, backend, gradients_of=gradients):
    """One window: gradients, clipping, update (in place).

    `gradients_of` is `gradients`, or another way to compute them (`recurrent` drops the state, too).

    Returns: nll (T, B) of the words y; the state to carry on; the gradient's norm before clipping.
    Raises Diverged, with params untouched, where the loss is too large or no number, or the gradient not finite.
    """
    nll, carried, grads = gradients_of(params, x, y, carried, config, rng, backend)
    norm = optim.sgd_step(params, grads, lr, config.clip, backend.square_sum, backend.subtract)
    return nll, carried, norm


def train(job, corpus, folder, backend, stop, progress, save_every, gradients_of=gradients):
    """The training loop: all epochs that `job` still lacks.

    The state is zero where an epoch begins and is carried from window to window. Each epoch is
    saved when its last step is done, and again with its validation in the log.

    Args:
        job: a Checkpoint; its state is trained, in place.
        corpus: a data.Corpus. folder: where to save. backend: from `backend.running`.
        stop: a run.StopRequest; once stop.asked, the step is finished, all is saved, and train returns.
        progress: a Progress. save_every: seconds. gradients_of: as for `train_step`.
    """
    config, state = job.config, job.state
    cols = data.columns(corpus.train, config.batch, config.unroll)                # (words per column, B)
    steps = data.window_count(cols, config.unroll)
    saved = time.monotonic()

    while state.epoch <= config.epochs and not stop.asked:
        lr = learning_rate(config, state.epoch)
        if state.step == 0:
            state.carried = model.zero_state(state.params, config.batch)
        progress.begin(state.epoch, steps, state.step)
        while state.step < steps and not stop.asked:
            began = time.perf_counter()
            x, y = data.window(cols, config.unroll, state.step)
            nll, state.carried, norm = train_step(
                state.params, x, y, state.carried, config, lr, state.rng, backend, gradients_of)
            state.step += 1
            count(state.totals, nll, norm, config.clip, time.perf_counter() - began)
            progress.step(state.step, state.totals)
            if time.monotonic() - saved > save_every:
                run.save(folder, job)
                saved = time.monotonic()
        progress.end()
        run.save(folder, job)
        if state.step == steps and not stop.asked:
            began = time.perf_counter()
            validation = validate(job, corpus, backend)
            finish_epoch(state, lr, steps, validation, time.perf_counter() - began)
            run.save(folder, job)
            run.write_log(folder, state.log, corpus.built_in)
            progress.finished(state.log, config.epochs)


def count(totals, nll, norm, limit, seconds):
    """Adds a step to the epoch's totals."""
    totals.nll += float(nll.sum(dtype=float))
    totals.tokens += nll.size
    totals.clipped += norm > limit
    totals.norm += norm
    totals.seconds += seconds


def validate(job, corpus, backend):
    """{column of the log: number}: the validation perplexity and, if asked for, agreement by distance.

    The text is read in B columns, for speed; `numlstm.evaluate` reads one stream and differs slightly.
    """
    params = job.state.params
    value, _ = evaluate.perplexity(params, corpus.valid, backend, job.config.batch)
    if not job.settings["log_agreement"]:
        return {"valid_perplexity": value}
    cases = agreement.agreements("valid")
    right = evaluate.right_choices(params, job.vocabulary, corpus.valid, cases, backend)
    return {"valid_perplexity": value} | agreement.columns(cases, right)


def finish_epoch(state, lr, steps, validation, validation_seconds):
    """Writes the epoch into the log and makes the state that of the next epoch's beginning."""
    totals = state.totals
    state.log.append({
        "epoch": state.epoch,
        "learning_rate": lr,
        "train_perplexity": totals.perplexity(),
        **validation,
        "clipped_share": totals.clipped / steps,
        "mean_gradient_norm": totals.norm / steps,
        "tokens_per_second": totals.tokens / totals.seconds,
        "seconds": totals.seconds,
        "validation_seconds": validation_seconds,
        "test_perplexity": None,
    })
    state.epoch, state.step, state.totals = state.epoch + 1, 0, checkpoint.Totals()


# --- beginning and end --------------------------------------------------------------------------

def begin(args, hold):
    """A new run from the command line's options: its Checkpoint, corpus and folder, which `hold` keeps to itself."""
    size = "small" if args.size is None else args.size
    config = cli.config(args, SIZES[size])
    where = "grammar" if args.data is None else args.data
    corpus = data.load(where, args.vocab_size)
    data.columns(corpus.train, config.batch, config.unroll)  # a text too short is found out before a folder is made
    if args.log_agreement and not corpus.built_in:
        raise UserError("--log-agreement needs the built-in language (--data grammar), whose agreements are known")
    settings = {"size": size, "data": data.absolute(where), "raw": corpus.raw, "vocab_size": args.vocab_size,
                "log_agreement": args.log_agreement, "backend": "numba" if args.backend is None else args.backend}
    job = checkpoint.new(config, settings, corpus)
    folder = run.new_folder(args.name, f"{corpus.name}-{size}")
    try:
        hold.enter_context(alone(folder))
        run.write_config(folder, job)
        run.save(folder, job)
    except (UserError, OSError):
        hold.close()
        shutil.rmtree(folder, ignore_errors=True)  # else the name would be taken by a run that never began
        raise
    return job, corpus, folder


def resume(args, hold):
    """The run to go on with, as `begin` returns it. Its settings are those that it began with."""
    given = [name for name in (*FIELDS, "size", "name", "vocab_size", "log_agreement")
             if getattr(args, name) not in (None, False)]
    if given:
        raise UserError(f"--{given[0].replace('_', '-')} can't be given with --resume: a run keeps its settings. "
                        "Begin a new run to change them")
    folder = checkpoint.find(args.resume).parent
    hold.enter_context(alone(folder))  # before the checkpoint is read: another command may yet write a newer one
    job, corpus = evaluate.load_run(args.resume, args.data)
    if "arm" in job.settings:
        raise UserError(f"{args.resume} belongs to a comparison: numlstm.compare with its settings goes on with it")
    run.clear(folder)
    run.save(folder, job)  # a folder that can't be written is found out now, and not after an hour
    return job, corpus, folder


def test(job, corpus, folder, backend, progress=False):
    """Writes the test perplexity of the last epoch's weights, as in the paper, into the log, and returns its row."""
    last = job.state.log[-1]
    if last["test_perplexity"] is None:
        last["test_perplexity"], _ = evaluate.perplexity(job.state.params, corpus.test, backend, progress=progress)
        run.save(folder, job)
    run.write_log(folder, job.state.log, corpus.built_in)  # also if a crash came between this and the save
    return last


def finish(job, corpus, folder, backend):
    """Test perplexity; a few sentences; where everything is."""
    params, last = job.state.params, test(job, corpus, folder, backend, cli.in_terminal())
    value = last["test_perplexity"]
    print(f"\ntest perplexity {value:.2f} (validation {last['valid_perplexity']:.2f})"
          + (evaluate.beside_the_floor(value, "test") if corpus.built_in else ""))
    print("\nThe network writes:")
    unknown = [job.vocabulary.index(UNK)]
    for line in generate.sample_lines(params, job.vocabulary, [], 60, np.random.default_rng(job.config.seed),
                                      banned=unknown, backend=backend):
        print(f"    {line}")
    name = shlex.quote(str(folder))
    print(f"\nEverything is in {folder}: checkpoint.npz, config.json, log.csv, curves.png\n"
          f"More text:  python -m numlstm.generate {name} --temperature 0.7\n"
          f"Evaluate:   python -m numlstm.evaluate {name}")


def parse(argv):
    """The command line's options; None where one wasn't given."""
    parser = cli.parser("numlstm.train", __doc__)
    parser.add_argument("--size", choices=SIZES, help="the network and its training (default: small)")
    parser.add_argument("--data", help="grammar (built in, the default), ptb, a folder with a train, a valid and "
                        "a test file, or a text file")
    parser.add_argument("--vocab-size", type=cli.number(int, 3), help="keep only so many of the most frequent words")
    parser.add_argument("--name", help="the run's folder is runs/NAME (default: made from corpus and size)")
    parser.add_argument("--resume", metavar="RUN", help="continue a run: runs/NAME")
    parser.add_argument("--save-every", type=cli.number(float, 0, strictly=True), default=120, metavar="SECONDS",
                        help="how often to save within an epoch (default: 120)")
    parser.add_argument("--log-agreement", action="store_true",
                        help="on the built-in language: measure agreement by distance after every epoch")
    cli.add_threads(parser)
    cli.add_backend(parser, default=None)
    cli.add_config(parser)
    return parser.parse_args(argv)


def main(argv=None):
    args = parse(argv)
    with ExitStack() as hold:
        job, corpus, folder = begin(args, hold) if args.resume is None else resume(args, hold)
        backend = hold.enter_context(
            running(job.settings["backend"] if args.backend is None else args.backend, args.threads))
        return command(job, corpus, folder, backend, args.save_every)


def command(job, corpus, folder, backend, save_every):
    """Trains to the end or until stopped, and says where things are. Returns the exit code."""
    config = job.config
    print(f"{folder}: {config.layers} layers of {config.hidden}, "
          f"{model.parameter_count(job.state.params):,} parameters, dropout {config.dropout:g}; {corpus.name}: "
          f"{len(corpus.train):,} words, {len(corpus.vocabulary):,} different; {backend.name} loops", flush=True)
    go_on = f"Go on with: python -m numlstm.train --resume {shlex.quote(str(folder))}"
    try:
        with run.StopRequest() as stop:
            train(job, corpus, folder, backend, stop, Progress(cli.in_terminal()), save_every)
            if not stop.asked:
                finish(job, corpus, folder, backend)
                return 0
    except Diverged as error:
        raise UserError(f"{place(job)}: {error}. Begin a new run with a lower --lr, --init or --clip; this one's "
                        f"last checkpoint is in {folder}") from None
    except KeyboardInterrupt:
        return cli.fail(f"stopped at once; the last checkpoint is kept. {go_on}", 130)
    except BrokenPipeError:
        cli.drop_output()
        return cli.fail(f"nobody reads the output any more; the last checkpoint is kept. {go_on}")
    print(f"stopped and saved, {place(job)}. {go_on}", file=sys.stderr)
    return 128 + stop.asked


def place(job):
    """Where a run is, in words."""
    if job.state.epoch > job.config.epochs:
        return "trained to the end: only the test is left to do"
    return f"in epoch {job.state.epoch} after step {job.state.step}"


if __name__ == "__main__":
    cli.run(main)
