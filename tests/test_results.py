"""The table of results: grouped by network, mean and spread over the seeds, unfinished runs left out."""

import pytest

from numlstm.errors import UserError
from numlstm.report import runs

LOG = "epoch,valid_perplexity,test_perplexity\n1,40.5,\n2,{},{}\n"  # the last epoch counts, not the best


def test_table(tmp_path):
    for seed, valid, test in ((1, 120, 114), (2, 122, 116), (3, 119, "")):  # the third isn't finished
        (tmp_path / f"ptb-small-seed{seed}.csv").write_text(LOG.format(valid, test))
    (tmp_path / "mine-seed1.csv").write_text(LOG.format(50, 49))
    assert runs.table(tmp_path).splitlines()[2:] == [
        "| ptb-small | 2 | 121.00 ± 1.41 | 115.00 ± 1.41 | 120.7 | 114.5 |",
        "| mine | 1 | 50.00 | 49.00 |  |  |",
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"epoch\n1\n", b"test_perplexity\nmany\n"])
def test_files_that_are_no_logs(content, tmp_path):
    (tmp_path / "ptb-small-seed1.csv").write_bytes(content)
    with pytest.raises(UserError, match="is no log.csv"):
        runs.table(tmp_path)


def test_nothing_to_show(tmp_path):
    with pytest.raises(UserError, match="no log"):
        runs.table(tmp_path)
