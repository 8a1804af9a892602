"""The README and the pages in docs/ are true: tables are those that the commands make, names and links exist."""

import importlib
import re

import pytest
from helpers import ROOT

from numlstm.lab.ensembles import table as ensembles
from numlstm.lab.experiments import tables as experiments
from numlstm.lab.report import inputs, runs
from numlstm.lab.speed import tables as speed
from numlstm.runs import files

PAGES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
README = (ROOT / "README.md").read_text(encoding="utf-8")
WHOLE = (ROOT / "data/results/README.md").read_text(encoding="utf-8")  # tables too wide for the README
PLACES = ("title", "valid_perplexity", "test_perplexity", "ratio_to_floor", "agreement_1", "agreement_7-10")
CELLS = ("title", "test_perplexity", "ratio_to_floor", "tokens_per_second", "gradient_16", "agreement_1",
         "agreement_7-10")
REGULARIZERS = ("title", "test_perplexity", "gap", "near_zero_share", "agreement_7-10")
SHORT = {"compare-grammar": ("dropout", PLACES), "compare-regularizers-grammar": ("regularizers", REGULARIZERS),
         "compare-cells-grammar": ("cells", CELLS)}


def test_the_table_of_results_is_the_commands():
    """On its page it is whole. The README shows some of its rows, and none that wasn't run."""
    table = runs.runs_table(ROOT / "data/results")
    assert table in PAGES["results"]
    shown = [line for line in README.splitlines() if line.startswith("| ptb-")]
    assert len(shown) == 6 and set(shown) <= set(table.splitlines()) and "not run" not in README


def test_the_readme_is_short():
    assert len(README.split()) <= 1000


@pytest.mark.parametrize("name, shown", [  # all tables, or only the speed of training
    ("benchmark", 4), ("benchmark-avx2", 2), ("benchmark-intel", 2), ("benchmark-intel-avx2", 2)])
def test_the_tables_of_speed_are_the_commands(name, shown):
    for table in speed.speed_tables(ROOT / f"data/results/{name}.json")[:shown]:
        assert table in PAGES["speed"] + WHOLE


@pytest.mark.parametrize("path", sorted((ROOT / "data/results").glob("ensemble-*.csv")), ids=lambda path: path.stem)
def test_the_table_of_the_ensemble_is_the_commands(path):
    assert ensembles.ensemble_table(files.read_csv(path)) in WHOLE


def test_the_search_for_the_ensembles_settings_is_that_of_its_logs():
    logs = list((ROOT / "data/results/search").glob("ptb-small-*.csv"))
    assert logs
    for path in logs:
        assert f"| {files.read_csv(path)[-1]['valid_perplexity']:.2f} |" in WHOLE, path


@pytest.mark.parametrize("path", sorted((ROOT / "data/results").glob("compare-*.csv")), ids=lambda path: path.stem)
def test_the_table_of_the_comparison_is_the_commands(path):
    rows = inputs.read_comparison(path)
    assert experiments.comparison_table(rows) in WHOLE
    page, columns = SHORT.get(path.stem, ("", ()))
    assert not page or experiments.comparison_table(rows, columns) in PAGES[page]


def test_every_function_in_the_map_exists():
    names = re.findall(r"`(\w+)\.(\w+)`", "\n".join(line for line in PAGES["map"].splitlines() if line.startswith("|")))
    assert len(names) > 15
    files = {path.stem: path for room in ("*", "network/**") for path in (ROOT / "numlstm").glob(f"{room}/*.py")}
    for module, name in names:
        path = files[module].relative_to(ROOT).with_suffix("")
        assert callable(getattr(importlib.import_module(".".join(path.parts)), name)), f"{module}.{name}"


def test_every_room_is_in_the_map_and_exists():
    listed = set(re.findall(r"^\| `numlstm/(\w+)/` \|", PAGES["map"], re.MULTILINE))
    assert listed == {path.parent.name for path in (ROOT / "numlstm").glob("*/__init__.py")}


def test_every_picture_and_link_exists():
    pages = [(text, ROOT / "docs") for name, text in PAGES.items() if name != "index"]  # of the site, in its folder
    for text, folder in ((README, ROOT), (WHOLE, ROOT / "data/results"), *pages):
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
            assert link.startswith("https://") or (folder / link).exists(), link


def test_every_command_exists():
    for module in re.findall(r"python -m (numlstm[.\w]*)", "\n".join([README, *PAGES.values()])):
        assert (ROOT / (module.replace(".", "/") + ".py")).exists() or module == "numlstm", module
