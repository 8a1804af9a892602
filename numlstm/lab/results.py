"""The README's tables, made from the logs of finished runs.

    python -m numlstm results [data/results]

The folder holds copies of runs' log.csv under names such as ptb-small-seed1.csv. The command groups the seeds of a
network and prints a Markdown table: mean and standard deviation of the last epoch, beside the paper's numbers.
Then it prints a table for every ensemble's ensemble.csv (kept as ensemble-NETWORK.csv), for every comparison's
results.csv (such as compare-grammar.csv) and search.csv (under the same name in search/), and the tables of
benchmark.json (and others, such as benchmark-avx2.json).
"""

from pathlib import Path

from .. import cli
from ..errors import printable
from .ensembles.table import ensemble_table
from .experiments.tables import comparison_table, search_table
from .report.inputs import read_comparison, read_ensemble, read_search
from .report.runs import runs_table
from .speed.tables import speed_tables


def main(argv: list[str] | None = None) -> None:
    parser = cli.parser("numlstm results", __doc__)
    parser.add_argument("folder", nargs="?", default="data/results")
    folder = parser.parse_args(argv).folder
    print(printable(runs_table(folder)))
    for path in sorted(Path(folder).glob("ensemble-*.csv")):
        print(printable(f"\n{path.stem}\n\n{ensemble_table(read_ensemble(path))}"))
    for path in sorted(Path(folder).glob("compare-*.csv")):
        print(printable(f"\n{path.stem}\n\n{comparison_table(read_comparison(path))}"))
        if (tried := path.parent / "search" / path.name).exists():
            print(printable(f"\n{search_table(read_search(tried))}"))
    for path in sorted(Path(folder).glob("benchmark*.json")):
        print(printable(f"\n{path.stem}\n\n" + "\n\n".join(speed_tables(path))))


if __name__ == "__main__":
    cli.launch(main)
