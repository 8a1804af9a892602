"""Tables, and that of results: grouped by network, mean and deviation over the seeds, unfinished runs left out."""

import json

import pytest
from helpers import ROOT

from numlstm import cli
from numlstm.errors import UserError
from numlstm.lab import results
from numlstm.lab.ensembles import averaging, predictions
from numlstm.lab.report import runs, tables
from numlstm.runs import files

LOG = "epoch,valid_perplexity,test_perplexity\n1,40.5,\n2,{},{}\n"  # the last epoch counts, not the best


def test_a_table_in_markdown_and_in_a_terminal():
    assert tables.markdown(["", "b"], [["x", "1"], ["y", ""]]) == "| | b |\n|---|---|\n| x | 1 |\n| y |  |"
    assert cli.aligned(["name", "b"], [["x", "1,000"]]) == "name      b\nx     1,000"


def test_several_values_in_one_cell():
    assert tables.mean_and_deviation([1, 3]) == "2.00 ± 1.41" and tables.mean_and_deviation([1], digits=1) == "1.0"
    assert tables.mean_share([0.5, 0.6]) == "55.0 ± 7.1 %" and tables.mean_share([0.5]) == "50.0 %"
    assert tables.median_and_range([1000, 3000, 9000]) == "3,000 (1,000 to 9,000)"


def test_table_of_runs(tmp_path):
    for seed, valid, test in ((1, 120, 114), (2, 122, 116), (3, 119, "")):  # the third isn't finished
        (tmp_path / f"ptb-small-seed{seed}.csv").write_text(LOG.format(valid, test))
    (tmp_path / "mine-seed1.csv").write_text(LOG.format(50, 49))
    lines = runs.runs_table(tmp_path).splitlines()[2:]
    assert len(lines) == 13 and lines[0] == "| ptb-small | 1 | 2 | 121.00 ± 1.41 | 115.00 ± 1.41 | 120.7 | 114.5 |"
    assert lines[-2:] == ["| ptb-large | 38 |  | not run |  | 71.9 | 68.7 |", "| mine | 1 | 1 | 50.00 | 49.00 |  |  |"]
    (tmp_path / "ptb-small-seed1.csv").unlink()
    (tmp_path / "ptb-small-seed2.csv").unlink()
    assert runs.runs_table(tmp_path).splitlines()[2:] == lines[-1:], "without the paper's networks none of its rows"


def test_the_papers_averages(tmp_path):
    """An average that was measured stands beside the paper's, and one that wasn't has its price."""
    (tmp_path / "ptb-medium-seed1.csv").write_text(LOG.format(87, 83))
    (tmp_path / "ensemble-ptb-medium.csv").write_text(f"{TABLES['ensemble-x.csv']}\n1,2,87,86,88,83,82,84\n"
                                                      "2,1,81.5,81.5,81.5,77.5,77.5,77.5\n")
    benchmark = json.loads((ROOT / "data/results/benchmark.json").read_text())
    benchmark["training"]["large"]["numlstm"] = [{"rate": 10_000, "start": 1, "memory": 1}]
    (tmp_path / "benchmark.json").write_text(json.dumps(benchmark))
    table = runs.runs_table(tmp_path)
    assert "| ptb-medium | 1 | 1 | 87.00 | 83.00 | 86.2 | 82.7 |\n" in table
    assert "| ptb-medium | 2 |  | 81.50 | 77.50 | 80.6 | 77.0 |\n" in table
    (tmp_path / "mine-seed1.csv").write_text(LOG.format(50, 49))
    (tmp_path / "ensemble-ptb-medium.csv").rename(tmp_path / "ensemble-mine.csv")
    assert runs.runs_table(tmp_path).splitlines()[-2:] == ["| mine | 1 | 1 | 50.00 | 49.00 |  |  |",
                                                           "| mine | 2 |  | 81.50 | 77.50 |  |  |"]
    (tmp_path / "ensemble-ptb-large.csv").write_text(f"{TABLES['ensemble-x.csv']}\n1,1,82,82,82,78,78,78\n"
                                                     "3,1,76,76,76,72,72,72\n")
    assert "| ptb-large | 1 |  | 82.00 | 78.00 | 82.2 | 78.4 |\n" in runs.runs_table(tmp_path), "no log, but measured"
    assert "| ptb-large | 3 |  | 76.00 | 72.00 |  |  |\n" in runs.runs_table(tmp_path), "not in the paper"
    hours = 55 * 929_589 / 10_000 * 2 / 3600  # two threads
    assert f"| ptb-large | 1 |  | not run: {hours:.1f} core-hours |  | 82.2 | 78.4 |\n" in table
    assert f"| ptb-large | 38 |  | not run: {38 * hours:.0f} core-hours |  | 71.9 | 68.7 |" in table


BROKEN = [b"\xff\xfe\x00", b"", b"epoch\n1\n", b"test_perplexity\nmany\n", b"valid_perplexity\n" + b"9" * 200_000,
          b"valid_perplexity,test_perplexity\nnan,1\n", b"valid_perplexity,test_perplexity\n1,2,3\n"]


@pytest.mark.parametrize("content", BROKEN)
def test_files_that_are_no_logs(content, tmp_path):
    (tmp_path / "ptb-small-seed1.csv").write_bytes(content)
    with pytest.raises(UserError, match="is no log.csv"):
        runs.runs_table(tmp_path)


def test_nothing_to_show(tmp_path):
    with pytest.raises(UserError, match="no log"):
        runs.runs_table(tmp_path)


TABLES = {"ensemble-x.csv": "members,subsets,valid,valid_lowest,valid_highest,test,test_lowest,test_highest",
          "compare-x.csv": "arm,title,seed,test_perplexity"}
ROWS = {"ensemble-x.csv": "1,5,97,96,98,93,92,94", "compare-x.csv": "paper,as in the paper,1,40"}


def results_of(folder, capsys):
    """What the command prints of a folder that also holds a run."""
    (folder / "ptb-small-seed1.csv").write_text(LOG.format(120, 114))
    results.main([str(folder)])
    return capsys.readouterr().out


@pytest.mark.parametrize("name", TABLES)
def test_broken_tables_are_one_line(name, tmp_path, capsys):
    path = tmp_path / name
    path.write_text(f"{TABLES[name]}\n{ROWS[name]}\n")
    assert "| 1 | 5 | 97.00" in (found := results_of(tmp_path, capsys)) or "40.00" in found
    wrong = [ROWS[name] + ",7", ROWS[name].replace("1,", ",", 1), ROWS[name].replace("1", "nan"), ROWS[name] + "e999"]
    for content in [*BROKEN, TABLES[name], *(f"{TABLES[name]}\n{row}" for row in wrong)]:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(UserError, match="-x.csv is no .* repair or remove it") as error:
            results_of(tmp_path, capsys)
        assert "\n" not in str(error.value)


def put(*way):
    """A function that puts the last argument at the way of the other ones."""
    def change(found):
        for step in way[:-2]:
            found = found[step]
        found[way[-2]] = way[-1]
    return change


@pytest.mark.parametrize("change", [
    put("training", {}), put("training", []), put("training", "small", "torch", []), put("training", "huge", {}),
    put("training", "small", "abacus", [{"rate": 1, "start": 1, "memory": 1}]), put("names", {}),
    put("names", "jax", 7),
    put("training", "small", "numlstm", 0, "rate", float("nan")), put("training", "small", "numlstm", 0, "rate", "x"),
    put("training", "small", "roofline", 0, {}), put("cold start", {}), put("cold start", "small", -1),
    put("other tasks", "small", "evaluate", "torch", [1, None]), put("other tasks", "small", "evaluate", {}),
    put("other tasks", {}),
])
def test_a_broken_benchmark_is_one_line(change, tmp_path, capsys):
    found = json.loads((ROOT / "data/results/benchmark.json").read_text())
    path = tmp_path / "benchmark.json"
    path.write_text(json.dumps(found))
    assert "share of the roofline" in results_of(tmp_path, capsys)
    change(found)
    for content in (json.dumps(found), "", "[" * 100_000, "{}", "\0"):
        path.write_text(content)
        with pytest.raises(UserError, match="is no benchmark.json"):
            results_of(tmp_path, capsys)


def test_control_characters_in_results_are_replaced(tmp_path, capsys):
    (tmp_path / "a\x1b[2J-seed1.csv").write_text(LOG.format(1, 2))
    assert "\x1b" not in results_of(tmp_path, capsys)


MEMBERS = sorted((ROOT / "data/results/members").glob("*.npz"))


@pytest.mark.parametrize("path", MEMBERS, ids=lambda path: path.stem)
def test_a_published_network_predicts_what_its_log_says(path):
    """The test text is read as one stream, in the log and here."""
    network, last = predictions.read(path), files.read_csv(ROOT / f"data/results/{path.stem}.csv")[-1]
    assert network.text == "ptb" and f"seed{network.config.seed}" == path.stem.rpartition("-")[2]
    assert averaging.perplexity([network.probabilities("test")]) == pytest.approx(last["test_perplexity"], abs=1e-3)
    assert [len(nll) for nll in network.nll.values()] == [73_759, 82_429]


def test_published_averages_are_those_of_the_published_networks():
    """As many as are there give an average between the lowest and the highest of the table; all of them the same."""
    networks = [predictions.read(path) for path in MEMBERS if path.stem.startswith("ptb-small-seed")]
    table = {int(row["members"]): row for row in files.read_csv(ROOT / "data/results/ensemble-ptb-small.csv")}
    for count in (2, len(networks)):
        if count in table:
            row = table[count]
            for split in ("valid", "test"):
                value = averaging.perplexity([network.probabilities(split) for network in networks[:count]])
                assert row[f"{split}_lowest"] - 1e-3 <= value <= row[f"{split}_highest"] + 1e-3
    assert len({network.fingerprint for network in networks}) == 1 and len(networks) >= 2
