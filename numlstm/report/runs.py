"""The table of finished runs: mean and standard deviation over the seeds, beside the paper's numbers."""

import re
from pathlib import Path
from typing import Any

from ..errors import UserError
from .inputs import read_log
from .tables import markdown, mean_and_deviation

PAPER = {  # table 1 of the paper, Penn Treebank: validation, test
    "ptb-small": (120.7, 114.5),
    "ptb-medium": (86.2, 82.7),
    "ptb-large": (82.2, 78.4),
}


def finished_runs(folder: str | Path) -> dict[str, list[dict[str, Any]]]:
    """{network: [the last row of each seed's log]}. Logs without a test perplexity are unfinished, and left out."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(Path(folder).glob("*-seed*.csv")):
        last = read_log(path)[-1]
        if last["test_perplexity"] is not None:
            runs.setdefault(re.sub(r"-seed\d+$", "", path.stem), []).append(last)
    return {name: runs[name] for name in (*PAPER, *runs) if name in runs}  # the paper's networks first


def runs_table(folder: str | Path = "data/results") -> str:
    """Markdown: one line per network. Raises UserError where the folder holds no finished run."""
    runs = finished_runs(folder)
    if not runs:
        raise UserError(f"{folder} holds no log of a finished run (NAME-seedN.csv)")
    lines = []
    for name, rows in runs.items():
        ours = [mean_and_deviation([row[f"{split}_perplexity"] for row in rows]) for split in ("valid", "test")]
        paper = [f"{number:.1f}" for number in PAPER.get(name, ())] or ["", ""]
        lines.append([name, str(len(rows)), *ours, *paper])
    return markdown(["network", "seeds", "validation", "test", "paper: validation", "paper: test"], lines)
