"""The table of finished runs: mean and standard deviation over the seeds, beside the paper's table."""

import re
from pathlib import Path
from typing import Any

from ..errors import UserError
from . import paper
from .inputs import read_averages, read_log
from .tables import markdown, mean_and_deviation


def finished_runs(folder: str | Path) -> dict[str, list[dict[str, Any]]]:
    """{network: [the last row of each seed's log]}. Logs without a test perplexity are unfinished, and left out."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(Path(folder).glob("*-seed*.csv")):
        last = read_log(path)[-1]
        if last["test_perplexity"] is not None:
            runs.setdefault(re.sub(r"-seed\d+$", "", path.stem), []).append(last)
    return runs


def runs_table(folder: str | Path = "data/results") -> str:
    """Markdown: one line per network, after the rows of the paper's table if one of its networks is among them.

    Raises UserError where the folder holds no finished run.
    """
    runs = finished_runs(folder)
    if not runs:
        raise UserError(f"{folder} holds no log of a finished run (NAME-seedN.csv)")
    papers = runs.keys() & {f"ptb-{size}" for size in paper.TABLE}
    lines = paper.rows(folder, runs) if papers else []
    for name in (name for name in runs if name not in papers):
        ours = [mean_and_deviation([row[f"{split}_perplexity"] for row in runs[name]]) for split in ("valid", "test")]
        lines.append([name, "1", str(len(runs[name])), *ours, "", ""])
        lines += [[name, str(members), "", f"{row['valid']:.2f}", f"{row['test']:.2f}", "", ""]
                  for members, row in read_averages(folder, name).items()]
    return markdown(["network", "averaged", "seeds", "validation", "test", "paper: validation", "paper: test"], lines)
