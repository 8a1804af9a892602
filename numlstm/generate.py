"""Text from a trained model: each word is drawn from the model's prediction, then read as the next input.

    python -m numlstm.generate runs/NAME --prompt "the company" --temperature 0.8

Tutorial: tutorials/09_what_it_writes.md
"""

from itertools import chain, islice

import numpy as np

from . import cli
from .corpus.text import UNK, reading_of
from .learning.backends import running
from .learning.sample import prompt_words, sample_lines
from .runs import checkpoint
from .runs.progress import saying


def main(argv: list[str] | None = None) -> None:
    parser = cli.parser("numlstm.generate", __doc__)
    parser.add_argument("run", help="a run's folder, runs/NAME, or a published network's address")
    parser.add_argument("--prompt", default="", help="words to begin with")
    parser.add_argument("--words", type=cli.number(int, 1), help="how many words to add, counting ends of sentences "
                        "(default: 100); for a network of characters, how many characters (default: 500)")
    parser.add_argument("--temperature", type=cli.number(float, 0), default=1.0,
                        help="0: always the likeliest word; 1: the predicted probabilities (default: 1)")
    parser.add_argument("--top-k", type=cli.number(int, 1), help="draw only among the K likeliest words")
    parser.add_argument("--no-unk", action="store_true", help=f"never write {UNK}")
    parser.add_argument("--seed", type=cli.number(int, 0), default=1, help="another seed, another text (default: 1)")
    cli.add_threads(parser)
    cli.add_backend(parser)
    args = parser.parse_args(argv)

    saved = checkpoint.load(args.run)
    reading = reading_of(saved.settings)
    prompt = prompt_words(args.prompt, saved.vocabulary, reading)
    count = args.words or (500 if reading.tokens == "characters" else 100)
    banned = [saved.vocabulary.index(UNK)] if args.no_unk else []
    with running(args.backend, args.threads) as backend:
        lines = sample_lines(saved.state.params, saved.vocabulary, prompt, count,
                             np.random.default_rng(args.seed), reading, temperature=args.temperature, top_k=args.top_k,
                             banned=banned, backend=backend)
        with saying("writing the first line (the first time, after compiling)"):
            first = list(islice(lines, 1))
        for line in chain(first, lines):
            print(line, flush=True)


if __name__ == "__main__":
    cli.launch(main)
