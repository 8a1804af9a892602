"""The table of finished runs and averages, beside the paper's."""

from pathlib import Path
from typing import Any

from ...errors import UserError
from ...runs.folders import without_seed
from . import paper
from .inputs import read_averages, read_benchmark, read_log
from .tables import markdown, mean_and_deviation

HEADER = ["network", "averaged", "seeds", "validation", "test", "paper: validation", "paper: test"]


def finished_runs(folder: str | Path) -> dict[str, list[dict[str, Any]]]:
    """{network: [the last row of each seed's log]}. Logs without a test perplexity are unfinished, and left out."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(Path(folder).glob("*-seed*.csv")):
        last = read_log(path)[-1]
        if last["test_perplexity"] is not None:
            runs.setdefault(without_seed(path.stem), []).append(last)
    return runs


def runs_table(folder: str | Path) -> str:
    """Markdown: a line for each network and each average of it.

    If a network of the paper is among them, all rows of the paper's table come first, also what wasn't run.
    A network's validation perplexity is that of its log, read in B columns. An average's is read as one stream.

    Args:
        folder: holds NAME-seedN.csv (logs of runs), ensemble-NAME.csv (averages of such a network, if any) and
            benchmark.json (if any; for the costs of what wasn't run).

    Raises UserError where the folder holds no finished run, or where a file is not what its name says.
    """
    runs, speed = finished_runs(folder), Path(folder) / "benchmark.json"
    if not runs:
        raise UserError(f"{folder} holds no log of a finished run (NAME-seedN.csv)")
    benchmark = read_benchmark(speed) if speed.exists() else {"training": {}}
    published = {f"ptb-{size}": by_members for size, by_members in paper.TABLE.items()}
    lines = []
    for name in dict.fromkeys([*(published if runs.keys() & published else ()), *runs]):
        size = name.removeprefix("ptb-")
        cost = paper.core_hours(size, benchmark) if size in benchmark["training"] else None
        lines += rows(name, runs.get(name, []), read_averages(folder, name), published.get(name, {}), cost)
    return markdown(HEADER, lines)


def rows(name: str, singles: list[dict[str, Any]], averaged: dict[int, dict[str, Any]],
         published: dict[int, tuple[float, float]], cost: float | None) -> list[list[str]]:
    """The lines of a network in `runs_table`.

    Args:
        singles: the last rows of its logs.
        averaged: {members: their row}, from `read_averages`.
        published: {members: (validation perplexity, test perplexity)}, from `paper.TABLE`.
        cost: of one network, in core-hours, if it is known.
    """
    lines = []
    for members in sorted({1} | averaged.keys() | published.keys()):
        if members == 1 and singles:
            ours = [str(len(singles)), *(mean_and_deviation([run[f"{split}_perplexity"] for run in singles])
                                         for split in ("valid", "test"))]
        elif members in averaged:
            ours = ["", *(f"{averaged[members][split]:.2f}" for split in ("valid", "test"))]
        else:
            ours = ["", "not run" if cost is None else f"not run: {hours(members * cost)} core-hours", ""]
        theirs = [f"{perplexity:.1f}" for perplexity in published.get(members, ())] or ["", ""]
        lines.append([name, str(members), *ours, *theirs])
    return lines


def hours(value: float) -> str:
    """The hours, with a digit after the point if they are few."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
