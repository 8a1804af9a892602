"""The README's tables, from the logs of finished runs.

    python -m numlstm.results [data/results]

Reads every log.csv kept there under a name such as ptb-small-seed1.csv, groups the seeds of a
network, and prints a Markdown table: mean and standard deviation of the last epoch, beside the paper.
Then the table of every ensemble's ensemble.csv, kept under a name such as ensemble-ptb.csv, that of every
comparison's results.csv (compare-grammar.csv), and those of benchmark.json.
"""

import json
import re
import statistics
from pathlib import Path

from . import averaging, cli, compare
from .errors import UserError
from .run import read_csv

PAPER = {  # table 1 of the paper, Penn Treebank: validation, test
    "ptb-small": (120.7, 114.5),
    "ptb-medium": (86.2, 82.7),
    "ptb-large": (82.2, 78.4),
}


def finished_runs(folder):
    """{network: [the last row of each seed's log]}; logs without a test perplexity are unfinished and left out."""
    runs = {}
    for path in sorted(Path(folder).glob("*-seed*.csv")):
        try:
            last = read_csv(path)[-1]
            if last["test_perplexity"] is not None:
                runs.setdefault(re.sub(r"-seed\d+$", "", path.stem), []).append(last)
        except (ValueError, KeyError, TypeError, IndexError):  # not text, no such column, no number, no row
            raise UserError(f"{path} is no log.csv of a run: take it out of {folder}") from None
    return {name: runs[name] for name in (*PAPER, *runs) if name in runs}  # the paper's networks first


def spread(values):
    """'114.50 ± 0.30': mean and standard deviation (of the sample; none for a single value)."""
    mean = f"{statistics.mean(values):.2f}"
    return f"{mean} ± {statistics.stdev(values):.2f}" if len(values) > 1 else mean


def table(folder="data/results"):
    """The Markdown table. Raises UserError where the folder holds no finished run."""
    runs = finished_runs(folder)
    if not runs:
        raise UserError(f"{folder} holds no log of a finished run (NAME-seedN.csv)")
    lines = ["| network | seeds | validation | test | paper: validation | paper: test |",
             "|---|---|---|---|---|---|"]
    for name, rows in runs.items():
        paper = [f"{number:.1f}" for number in PAPER.get(name, ())] or ["", ""]
        columns = [name, str(len(rows)), *(spread([row[f"{split}_perplexity"] for row in rows])
                                           for split in ("valid", "test")), *paper]
        lines.append(f"| {' | '.join(columns)} |")
    return "\n".join(lines)


# --- speed ------------------------------------------------------------------------------------

def span(values, form="{:,.0f}"):
    """'median (lowest to highest)'."""
    return f"{form.format(statistics.median(values))} ({form.format(min(values))} to {form.format(max(values))})"


def rates(results):
    """The rates of several measurements."""
    return [result["rate"] for result in results]


def speed_table(training, names):
    """Markdown: training in tokens/s by size. Ratios are those within a round; the fastest peer is so on the median.

    Args:
        training: {size: {contestant: [a round's measurement]}}, from `benchmark`: "numlstm", "plain", the peers
            and "floor", each measurement a dict with rate (tokens/s), memory (bytes) and start (s).
        names: {contestant: its name in the table}.
    """
    lines = []
    for size, rounds in training.items():
        contestants = [name for name in rounds if name != "floor"]
        ours, peers = rates(rounds["numlstm"]), [name for name in contestants if name not in ("numlstm", "plain")]
        fastest = max(peers or ["plain"], key=lambda name: statistics.median(rates(rounds[name])))
        if not lines:
            columns = ["size", *(names[name] for name in contestants), "times the fastest peer", "share of the floor"]
            lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
        faster = span([a / b for a, b in zip(ours, rates(rounds[fastest]))], "{:.2f}")
        share = span([100 * a / b for a, b in zip(ours, rates(rounds["floor"]))], "{:.0f}") + " %"
        speeds = " | ".join(span(rates(rounds[name])) for name in contestants)
        lines.append(f"| `{size}` | {speeds} | {faster} | {share} |")
    return "\n".join(lines)


def needs_table(training, cold, names):
    """Markdown: peak memory, and the time from the command to the first step (also with nothing compiled before)."""
    columns = ["size", "contestant", "peak memory, MB", "first step after, s", "the same, nothing compiled before"]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for size, rounds in training.items():
        for name in (name for name in rounds if name != "floor"):
            memory = max(result["memory"] or 0 for result in rounds[name])  # none is measured on Windows
            start = statistics.median(result["start"] for result in rounds[name])
            lines.append(f"| `{size}` | {names[name]} | {f'{memory / 1e6:,.0f}' if memory else ''} | {start:.1f} | "
                         f"{f'{cold[size]:.1f}' if name == 'numlstm' else ''} |")
    return "\n".join(lines)


def tasks_table(tasks, names):
    """Markdown: evaluation of one stream and generation, in tokens/s."""
    contestants = list(next(iter(next(iter(tasks.values())).values())))
    lines = [f"| | {' | '.join(names[name] for name in contestants)} |", "|---" * (len(contestants) + 1) + "|"]
    for size, by_task in tasks.items():
        for task, found in by_task.items():
            lines.append(f"| `{size}`, {task} | {' | '.join(span(found[name]) for name in contestants)} |")
    return "\n".join(lines)


def speed_tables(path="data/results/benchmark.json"):
    """All tables of a benchmark.json."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    tables = [speed_table(found["training"], found["names"]),
              needs_table(found["training"], found["cold start"], found["names"])]
    return tables + ([tasks_table(found["other tasks"], found["names"])] if "other tasks" in found else [])


def main(argv=None):
    parser = cli.parser("numlstm.results", __doc__)
    parser.add_argument("folder", nargs="?", default="data/results")
    folder = parser.parse_args(argv).folder
    print(table(folder))
    for path in sorted(Path(folder).glob("ensemble-*.csv")):
        print(f"\n{path.stem}\n\n{averaging.table(read_csv(path))}")
    for path in sorted(Path(folder).glob("compare-*.csv")):
        print(f"\n{path.stem}\n\n{compare.table(compare.read_results(path))}")
    if (speed := Path(folder) / "benchmark.json").exists():
        print("\nbenchmark\n\n" + "\n\n".join(speed_tables(speed)))


if __name__ == "__main__":
    cli.run(main)
