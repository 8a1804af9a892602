"""The files that tables are made of, compared with a schema: logs, ensemble.csv, results.csv, search.csv,
benchmark.json.

Each `read_` function raises UserError where the file is not what its name says.
"""

import json
from pathlib import Path
from typing import Any

from ...runs.files import read_csv
from ...runs.schema import ANYTHING, TEXT, Each, Field, Record, check, number_field, reading

PERPLEXITY = number_field(above=0)
LOG = Record({"valid_perplexity": PERPLEXITY, "test_perplexity": PERPLEXITY._replace(empty=True)}, others=ANYTHING)
COMPARISON = Record({"arm": TEXT, "title": TEXT, "chosen": Field(str, needed=False), "seed": number_field(at_least=0),
                     "ratio_to_floor": number_field(above=0, needed=False)}, others=number_field(at_least=0))
SEARCH = Record({"arm": TEXT, "title": TEXT, "settings": TEXT, "best_epoch": number_field(at_least=1),
                 "valid_perplexity": PERPLEXITY._replace(empty=True),
                 "best_valid_perplexity": PERPLEXITY._replace(empty=True),
                 "chosen": Field(str, {"among": ("yes", "no")})})
ENSEMBLE = Record({"members": number_field(at_least=1), "subsets": number_field(at_least=1),
                   **{f"{split}{which}": PERPLEXITY for split in ("valid", "test")
                      for which in ("", "_lowest", "_highest")}}, others=ANYTHING)
RATE = number_field(above=0)
MEASURED = Each(Record({"rate": RATE, "start": RATE, "memory": number_field(above=0, empty=True)}, others=ANYTHING),
                least=1)
ROOFLINE = Each(Record({"rate": RATE}, others=ANYTHING), least=1)
BENCHMARK = Record({
    "machine": Record({"processor": Field(str), "threads": number_field(at_least=1)}, others=ANYTHING),
    "names": Record({}, others=Field(str)),
    "training": Record({}, others=Record({"roofline": ROOFLINE, "numlstm": MEASURED}, others=MEASURED)),
    "cold start": Record({}, others=RATE),
    "other tasks": Record({}, others=Record({}, others=Record({}, others=Each(RATE, least=1))), needed=False),
}, others=ANYTHING)


def read_log(path: str | Path) -> list[dict[str, Any]]:
    """The rows of a run's log.csv, at least one. Only the perplexities of the last row are checked."""
    with reading(path, "log.csv of a run"):
        rows = at_least_one(read_csv(path))
        check(LOG, rows[-1], "its last row")
    return rows


def read_comparison(path: str | Path) -> list[dict[str, Any]]:
    """The rows of a comparison's results.csv, at least one."""
    with reading(path, "results.csv of a comparison"):
        return check(Each(COMPARISON), at_least_one(read_csv(path)), "row")


def read_search(path: str | Path) -> list[dict[str, Any]]:
    """The rows of a comparison's search.csv, at least one."""
    with reading(path, "search.csv of a comparison"):
        return check(Each(SEARCH), at_least_one(read_csv(path)), "row")


def read_ensemble(path: str | Path) -> list[dict[str, Any]]:
    """The rows of an ensemble.csv, at least one."""
    with reading(path, "ensemble.csv"):
        return check(Each(ENSEMBLE), at_least_one(read_csv(path)), "row")


def read_averages(folder: str | Path, network: str) -> dict[int, dict[str, Any]]:
    """{members averaged: their row} of the folder's ensemble-NETWORK.csv. Empty where there is none."""
    path = Path(folder) / f"ensemble-{network}.csv"
    return {int(row["members"]): row for row in read_ensemble(path)} if path.exists() else {}


def at_least_one(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows. Raises ValueError where there is none."""
    if not rows:
        raise ValueError("it has no rows")
    return rows


def read_benchmark(path: str | Path) -> dict[str, Any]:
    """The content of a benchmark.json: a dict."""
    with reading(path, "benchmark.json"):
        benchmark = check(BENCHMARK, json.loads(Path(path).read_text(encoding="utf-8")))
        same_keys("training", [rounds.keys() - {"roofline"} for rounds in benchmark["training"].values()],
                  benchmark["names"])
        if "other tasks" in benchmark:
            same_keys("other tasks", [rates.keys() for tasks in benchmark["other tasks"].values()
                                      for rates in tasks.values()], benchmark["names"])
        if benchmark["training"].keys() - benchmark["cold start"].keys():
            raise ValueError("cold start lacks a size")
    return benchmark


def same_keys(what: str, contestants: list[Any], names: dict[str, str]) -> None:
    """Raises ValueError unless there are measurements, all of the same contestants, and each of these has a name."""
    if not contestants or any(set(keys) != set(contestants[0]) or set(keys) - names.keys() for keys in contestants):
        raise ValueError(f"{what} must have the same contestants everywhere, each with a name")


def rates(results: list[dict[str, float]]) -> list[float]:
    """The rates of several measurements."""
    return [result["rate"] for result in results]
