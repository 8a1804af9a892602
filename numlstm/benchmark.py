"""Training speed in tokens per second, side by side with PyTorch where it is installed.

    python -m numlstm.benchmark --size small medium

Every measurement is a fresh process that runs full training steps on random words: masks, forward,
backward, clipping, update. Contestants take turns, round after round, so that a slow minute of the
machine hits them all; the table has the medians over the rounds and their spread. Let nothing else run.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

from . import cli, model
from .backend import choose
from .config import SIZES
from .errors import UserError
from .train import train_step

VOCABULARY = 10_000  # as in Penn Treebank
WARM_UP = 3          # steps before the clock counts: compilation, caches


def numlstm_stepper(config, backend):
    """A function that trains on one window of random words, (T + 1, B)."""
    rng = np.random.default_rng(0)
    params = model.init_params(config, VOCABULARY, rng)
    state = model.zero_state(params, config.batch)

    def step(words):
        nonlocal state
        _, state, _ = train_step(params, words[:-1], words[1:], state, config, config.lr, rng, backend)
    return step


def cores():
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def torch_stepper(config):
    """The same training step by PyTorch: nn.LSTM (its own fastest CPU code), dropout where the paper has it."""
    import torch
    from torch import nn

    torch.set_num_threads(cores())
    H, B = config.hidden, config.batch
    embedding, softmax = nn.Embedding(VOCABULARY, H), nn.Linear(H, VOCABULARY)
    layers, drop = nn.LSTM(H, H, config.layers, dropout=config.dropout), nn.Dropout(config.dropout)
    network = nn.ModuleList([embedding, layers, softmax, drop])
    for parameter in network.parameters():
        nn.init.uniform_(parameter, -config.init, config.init)
    optimizer = torch.optim.SGD(network.parameters(), config.lr)
    state = (torch.zeros(config.layers, B, H),) * 2

    def step(words):
        nonlocal state
        words = torch.from_numpy(words)
        h, state = layers(drop(embedding(words[:-1])), tuple(part.detach() for part in state))
        loss = nn.functional.cross_entropy(softmax(drop(h)).flatten(0, 1), words[1:].flatten(), reduction="sum") / B
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        optimizer.step()
    return step


CONTESTANTS = {
    "numlstm": lambda config: numlstm_stepper(config, choose("numba")),
    "numlstm, plain NumPy": lambda config: numlstm_stepper(config, choose("numpy")),
    "PyTorch": torch_stepper,
}


def tokens_per_second(contestant, size, seconds):
    """The median rate over as many steps as fit into so many seconds (10 at least)."""
    config = SIZES[size]
    step = CONTESTANTS[contestant](config)
    rng = np.random.default_rng(0)
    times = []
    while len(times) < WARM_UP + 10 or sum(times[WARM_UP:]) < seconds:
        words = rng.integers(0, VOCABULARY, (config.unroll + 1, config.batch))
        began = time.perf_counter()
        step(words)
        times.append(time.perf_counter() - began)
    return config.batch * config.unroll / statistics.median(times[WARM_UP:])


def in_fresh_process(contestant, size, seconds):
    """`tokens_per_second`, measured by a Python of its own."""
    command = [sys.executable, "-m", "numlstm.benchmark", "--measure", contestant,
               "--size", size, "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"{contestant} could not be measured: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def compare(size, contestants, rounds, seconds):
    """{contestant: [rate in each round]}, measured in alternation."""
    rates = {contestant: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            rates[contestant].append(in_fresh_process(contestant, size, seconds))
    return rates


def report(size, rates):
    """Prints a Markdown table of one size; ratios are the median of the rounds' ratios."""
    print(f"\n{size}: tokens/s, median of {len(rates['numlstm'])} rounds (lowest to highest)\n")
    print("| | tokens/s | numlstm is faster by |\n|---|---|---|")
    for contestant, values in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(rates["numlstm"], values)]
        print(f"| {contestant} | {statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f}) | "
              f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |", flush=True)


def main(argv=None):
    parser = cli.parser("numlstm.benchmark", __doc__)
    parser.add_argument("--size", nargs="+", choices=SIZES, default=["small"])
    parser.add_argument("--rounds", type=cli.number(int, 1), default=5)
    parser.add_argument("--seconds", type=cli.number(float, 0, strictly=True), default=5,
                        help="of each measurement (default: 5)")
    parser.add_argument("--measure", choices=CONTESTANTS, help=argparse.SUPPRESS)  # what a fresh process is asked to do
    args = parser.parse_args(argv)

    if args.measure:
        print(json.dumps(tokens_per_second(args.measure, args.size[0], args.seconds)))
        return
    contestants = list(CONTESTANTS)
    if importlib.util.find_spec("torch") is None:
        contestants.remove("PyTorch")
        print("PyTorch is not installed, so numlstm runs alone", file=sys.stderr)
    print(f"{cores()} cores; full training steps, V = {VOCABULARY:,}, float32")
    for size in args.size:
        report(size, compare(size, contestants, args.rounds, args.seconds))


if __name__ == "__main__":
    cli.run(main)
