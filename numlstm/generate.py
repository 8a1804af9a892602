"""Text from a trained model: each word is drawn from the model's prediction, then read as the next input.

    python -m numlstm.generate runs/NAME --prompt "the company" --temperature 0.8

Tutorial: tutorials/09_what_it_writes.md
"""

import argparse
from itertools import chain, islice

from . import cli
from .corpus.sources import read_lines
from .corpus.text import UNK, reading_of
from .errors import UserError
from .learning.backends import running
from .library.network import Network
from .runs import checkpoint
from .runs.progress import saying


def main(argv: list[str] | None = None) -> None:
    parser = cli.parser("numlstm.generate", __doc__)
    parser.add_argument("run", help="a run's folder, runs/NAME, or a published network's address")
    parser.add_argument("--prompt", default="", help="words to begin with; \\n is the end of a line")
    parser.add_argument("--prompt-file", metavar="FILE", help="a file that holds them; - is standard input")
    parser.add_argument("--words", type=cli.at_least(int, 1), help="how many words to add, counting ends of sentences "
                        "(default: 100); for a network of characters, how many characters (default: 500)")
    parser.add_argument("--temperature", type=cli.at_least(float, 0), default=1.0,
                        help="0: always the likeliest word; 1: the predicted probabilities (default: 1)")
    parser.add_argument("--top-k", type=cli.at_least(int, 1), help="draw only among the K likeliest words")
    parser.add_argument("--top-p", type=cli.at_least(float, 0, strictly=True, highest=1), metavar="P",
                        help="draw only among the likeliest words that together have the probability P")
    parser.add_argument("--samples", type=cli.at_least(int, 1, highest=10_000), default=1,
                        help="how many texts, from the seed and those after it (default: 1)")
    parser.add_argument("--no-unk", action="store_true", help=f"never draw {UNK}. (A word of the prompt that the "
                        f"network doesn't know stays {UNK}, and a warning says so.)")
    parser.add_argument("--seed", type=cli.at_least(int, 0), default=1, help="another seed, another text (default: 1)")
    cli.add_weights(parser)
    cli.add_threads(parser)
    cli.add_backend(parser)
    args = parser.parse_args(argv)

    cli.say_weights(args)
    saved = checkpoint.load(args.run, args.weights)
    count = args.words or (500 if reading_of(saved.settings).tokens == "characters" else 100)
    prompt = prompt_of(args)  # once: standard input can't be read again
    with running(args.backend, args.threads) as backend:
        network = Network(saved, backend)
        for n in range(args.samples):
            lines = network.lines(prompt, count, seed=args.seed + n, unk=not args.no_unk,
                                  temperature=args.temperature, top_k=args.top_k, top_p=args.top_p)
            with saying("writing the first line (the first time, after compiling)"):
                first = list(islice(lines, 1))
            print(end="\n" if n else "")  # a blank line between samples
            for line in chain(first, lines):
                print(line, flush=True)


def prompt_of(args: argparse.Namespace) -> str:
    """The text that --prompt or --prompt-file gives."""
    if args.prompt_file is None:
        return args.prompt.replace("\\n", "\n")
    if args.prompt:
        raise UserError("--prompt and --prompt-file can't be given together: put all of it into the file")
    return "\n".join(read_lines(args.prompt_file))


if __name__ == "__main__":
    cli.launch(main)
