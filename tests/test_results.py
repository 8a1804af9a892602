"""Tables, and that of results: grouped by network, mean and deviation over the seeds, unfinished runs left out."""

import pytest

from numlstm.errors import UserError
from numlstm.report import runs, tables

LOG = "epoch,valid_perplexity,test_perplexity\n1,40.5,\n2,{},{}\n"  # the last epoch counts, not the best


def test_a_table_in_markdown_and_in_a_terminal():
    assert tables.markdown(["", "b"], [["x", "1"], ["y", ""]]) == "| | b |\n|---|---|\n| x | 1 |\n| y |  |"
    assert tables.aligned(["name", "b"], [["x", "1,000"]]) == "name      b\nx     1,000"


def test_several_values_in_one_cell():
    assert tables.mean_and_deviation([1, 3]) == "2.00 ± 1.41" and tables.mean_and_deviation([1], digits=1) == "1.0"
    assert tables.mean_share([0.5, 0.6]) == "55.0 ± 7.1 %" and tables.mean_share([0.5]) == "50.0 %"
    assert tables.median_and_range([1000, 3000, 9000]) == "3,000 (1,000 to 9,000)"


def test_table_of_runs(tmp_path):
    for seed, valid, test in ((1, 120, 114), (2, 122, 116), (3, 119, "")):  # the third isn't finished
        (tmp_path / f"ptb-small-seed{seed}.csv").write_text(LOG.format(valid, test))
    (tmp_path / "mine-seed1.csv").write_text(LOG.format(50, 49))
    assert runs.runs_table(tmp_path).splitlines()[2:] == [
        "| ptb-small | 2 | 121.00 ± 1.41 | 115.00 ± 1.41 | 120.7 | 114.5 |",
        "| mine | 1 | 50.00 | 49.00 |  |  |",
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"epoch\n1\n", b"test_perplexity\nmany\n"])
def test_files_that_are_no_logs(content, tmp_path):
    (tmp_path / "ptb-small-seed1.csv").write_bytes(content)
    with pytest.raises(UserError, match="is no log.csv"):
        runs.runs_table(tmp_path)


def test_nothing_to_show(tmp_path):
    with pytest.raises(UserError, match="no log"):
        runs.runs_table(tmp_path)
