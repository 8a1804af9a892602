"""The table of an ensemble: perplexity by what is averaged."""

from typing import Any

from ..report.tables import markdown, with_range


def ensemble_table(rows: list[dict[str, Any]]) -> str:
    """Markdown: perplexity by what is averaged. The rows are from `averaging`: its curve's, or its mixtures'."""
    mixed = "average" in rows[0]
    header = ["average of" if mixed else "members averaged", "choices of them", "validation (lowest to highest)",
              "test (lowest to highest)"]
    lines = []
    for row in rows:
        cells = [with_range(row[split], row[f"{split}_lowest"], row[f"{split}_highest"], ".2f")
                 if row["subsets"] > 1 else f"{row[split]:.2f}" for split in ("valid", "test")]
        lines.append([row["average"] if mixed else f"{row['members']:.0f}", f"{row['subsets']:.0f}", *cells])
    return markdown(header, lines)
