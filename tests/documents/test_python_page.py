"""Every block of the page "numlstm in Python" runs, in the order of the page, and prints what stands below it."""

import re

import pytest
from helpers import ROOT

import numlstm

PAGE = (ROOT / "docs/python.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)


@pytest.mark.filterwarnings("ignore:.*non-interactive.*")
def test_the_page_runs(in_tmp, text_file, monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "agg")
    text_file.rename(in_tmp / "mytext.txt")
    names = {}
    for code, shown in BLOCK.findall(PAGE):
        *statements, last = code.strip().split("\n")
        if last == "net":
            code = "\n".join([*statements, "print(net)"])
        exec(compile(code, "docs/python.md", "exec"), names)
        printed = capsys.readouterr().out
        assert not shown or printed == shown, "the page shows another output"
    assert (in_tmp / "cell.png").stat().st_size > 5000 and (in_tmp / "mine.npz").exists()


def test_all_public_names_are_on_the_page():
    names = {name for name in vars(numlstm.Network) if not name.startswith("_")} | {"load", "fit", "UserError"}
    inside = {"rows", "rows_of_lines", "lines"}  # what the commands call
    assert {name for name in names - inside if f"{name}" not in PAGE} == set()
