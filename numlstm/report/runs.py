"""The table of finished runs: mean and standard deviation over the seeds, beside the paper's."""

import re
import statistics
from pathlib import Path

from ..errors import UserError
from ..runs.files import read_csv

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
