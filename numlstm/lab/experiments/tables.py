"""The tables of an experiment: its arms, and the search for their settings."""

from typing import Any

from ..report.tables import markdown, mean_and_deviation, mean_share

TITLES = {  # of the columns of results.csv; where there is none: its name, with blanks
    "title": "arm", "chosen": "chosen by validation", "train_perplexity": "train", "valid_perplexity": "valid",
    "best_valid_perplexity": "valid, best epoch", "test_perplexity": "test", "ratio_to_floor": "test / floor",
    "gap": "valid / train", "weight_norm": "norm of the weights", "near_zero_share": "weights near 0",
    "tokens_per_second": "tokens/s", "gradient_16": "gradient after 16 steps"}
LEFT_OUT = ("arm", "seed", "gradient_2", "gradient_4", "gradient_8", "gradient_32")  # of a comparison's table
DIGITS = {"ratio_to_floor": 3, "weight_norm": 1}


def titles(rows: list[dict[str, Any]]) -> dict[str, str]:
    """{arm: its title} of the rows of a results.csv, in order."""
    return {row["arm"]: row["title"] for row in rows}


def comparison_table(rows: list[dict[str, Any]], columns: tuple[str, ...] | None = None) -> str:
    """Markdown: one line per arm, with mean ± standard deviation over the seeds. The rows are from a results.csv.

    `columns` are those of results.csv to show (default: nearly all).
    """
    names = [name for name in rows[0] if name not in LEFT_OUT] if columns is None else columns
    lines = []
    for arm in titles(rows):
        own = [row for row in rows if row["arm"] == arm]
        lines.append([comparison_cell(name, [row[name] for row in own]) for name in names])
    return markdown([TITLES.get(name, name.replace("agreement_", "agreement at ")) for name in names], lines)


def comparison_cell(name: str, values: list[Any]) -> str:
    """The results of an arm's seeds in the column `name` of a results.csv, as one cell."""
    if isinstance(values[0], str):
        return values[0]
    if name.startswith(("agreement", "gradient")) or name == "near_zero_share":
        return mean_share(values)
    if name == "tokens_per_second":
        return f"{max(values):,.0f}"
    if name == "parameters":
        return f"{values[0]:,.0f}"
    return mean_and_deviation(values, DIGITS.get(name, 2))


def search_table(rows: list[dict[str, Any]]) -> str:
    """Markdown: one line per try. The rows are from a search.csv."""
    return markdown(["arm", "tried", "valid", "valid, best epoch", "best epoch", "chosen"],
                    [[row["title"], row["settings"],
                      *("diverged" if row[name] is None else f"{row[name]:.2f}"
                        for name in ("valid_perplexity", "best_valid_perplexity")),
                      f"{row['best_epoch']:.0f}", row["chosen"]] for row in rows])
