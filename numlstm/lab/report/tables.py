"""Tables from a header and rows of strings, and ways to write several values into one cell."""

import statistics
from collections.abc import Iterable, Sequence


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table in Markdown. Every row has as many strings as the header."""
    first = " | ".join(header).lstrip()  # if the first column has no name, one blank is enough
    return "\n".join([f"| {first} |", "|---" * len(header) + "|", *(f"| {' | '.join(row)} |" for row in rows)])


def mean_and_deviation(values: Sequence[float], digits: int = 2) -> str:
    """'114.50 ± 0.30': mean and sample standard deviation. A single value has no deviation."""
    mean = f"{statistics.mean(values):.{digits}f}"
    return f"{mean} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else mean


def mean_share(values: Sequence[float]) -> str:
    """'97.1 ± 0.4 %': `mean_and_deviation` of shares, numbers from 0 to 1."""
    return f"{mean_and_deviation([100 * value for value in values], digits=1)} %"


def with_range(middle: float, lowest: float, highest: float, form: str) -> str:
    """'93.18 (92.89 to 93.42)': a number and the range around it, each in the format `form`, as in '.2f'."""
    return f"{middle:{form}} ({lowest:{form}} to {highest:{form}})"


def median_and_range(values: Sequence[float], form: str = ",.0f") -> str:
    """`with_range` of several values: 'median (lowest to highest)'."""
    return with_range(statistics.median(values), min(values), max(values), form)
