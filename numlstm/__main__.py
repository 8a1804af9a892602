"""Lists the commands: python -m numlstm."""

from . import cli

COMMANDS = {
    "train": "train a network, on the built-in language, Penn Treebank or your own text; resume a run",
    "evaluate": "perplexity of a trained network",
    "generate": "text from a trained network",
    "gradcheck": "compare every hand-written derivative with finite differences",
    "compare": "the experiment of the paper: dropout on recurrent connections or not",
    "ensemble": "train many networks, and average their predictions",
    "benchmark": "tokens per second beside PyTorch and JAX; where the time of a step goes",
    "results": "the README's tables, from the logs in data/results",
    "plots": "the README's picture of the unrolled network",
}


def main():
    print("numlstm: LSTM language models as in Zaremba, Sutskever and Vinyals (2014), in NumPy\n")
    for name, what in COMMANDS.items():
        print(f"  python -m numlstm.{name:10} {what}")
    print("\nEach explains its options with --help.")


if __name__ == "__main__":
    cli.run(main)
