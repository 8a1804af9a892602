"""The tables of many networks: the arms of a comparison, the members of an ensemble."""

from typing import Any

from ..many.comparison import ARMS
from .tables import markdown, mean_and_deviation, mean_share, with_range


def comparison_table(rows: list[dict[str, Any]]) -> str:
    """Markdown: one line per arm, with mean ± standard deviation over the seeds. The rows are from a results.csv."""
    names = [name for name in rows[0] if name not in ("arm", "seed")]
    titles = [name.removesuffix("_perplexity").replace("best_valid", "valid, best epoch")
              .replace("ratio_to_floor", "test / floor").replace("agreement_", "agreement at ") for name in names]
    lines = []
    for arm, (title, _) in ARMS.items():
        if own := [row for row in rows if row["arm"] == arm]:
            lines.append([title, *(arm_cell(name, [row[name] for row in own]) for name in names)])
    return markdown(["dropout", *titles], lines)


def arm_cell(name: str, values: list[float]) -> str:
    """The results of an arm's seeds in the column `name` of a results.csv, as one cell."""
    if name.startswith("agreement"):
        return mean_share(values)
    return mean_and_deviation(values, digits=3 if name == "ratio_to_floor" else 2)


def ensemble_table(rows: list[dict[str, Any]]) -> str:
    """Markdown: perplexity by number of members. The rows are `averaging.curve`'s, or those of an ensemble.csv."""
    header = ["members averaged", "choices of them", "validation (lowest to highest)", "test (lowest to highest)"]
    lines = []
    for row in rows:
        cells = [with_range(row[split], row[f"{split}_lowest"], row[f"{split}_highest"], ".2f")
                 if row["subsets"] > 1 else f"{row[split]:.2f}" for split in ("valid", "test")]
        lines.append([f"{row['members']:.0f}", f"{row['subsets']:.0f}", *cells])
    return markdown(header, lines)
