"""The tables of a benchmark.json."""

import json
import statistics
from pathlib import Path


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
