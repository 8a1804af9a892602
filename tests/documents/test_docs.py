"""The documentation is built without a warning and without a broken link, from texts that exist once."""

import re
import subprocess
import sys

import pytest
from helpers import ROOT

sys.path.insert(0, str(ROOT / "docs"))
import docstrings
import links
import names
import pages


def test_every_page_and_every_tutorial_is_in_the_contents():
    contents = set(re.findall(r"^((?:tutorials|docs|data)/[\w/-]+)$", (ROOT / "docs/index.md").read_text("utf-8"),
                              re.MULTILINE))
    pages_there = {f"docs/{path.stem}" for path in (ROOT / "docs").glob("*.md")} - {"docs/index"}
    tutorials = {f"tutorials/{path.stem}" for path in (ROOT / "tutorials").glob("*.md")} - {"tutorials/README"}
    assert contents == pages_there | tutorials | {"tutorials/index", "tutorials/build/README", "data/results/README"}


def test_names_become_links():
    assert names.meaning("data.load") == "numlstm.corpus.data.load"
    assert names.meaning("lstm.step_forward") == "numlstm.network.cells.lstm.step_forward"
    assert names.meaning("network.unroll") == "numlstm.network.unroll"
    assert names.meaning("nn.LSTM") is None
    assert pages.linked("[`data.load`](../numlstm/corpus/data.py)") == "{py:obj}`data.load <numlstm.corpus.data.load>`"
    assert pages.linked("[`data`](../numlstm/corpus/data.py)") == "{py:obj}`data <numlstm.corpus.data>`"
    assert pages.linked("`data.load`") == "`data.load`" != pages.linked("| `data.load` |")


def test_links_to_what_has_no_page_lead_to_the_repository():
    for path in ("CONTRIBUTING.md", "tests/fast/test_kernels.py", "data/results/members"):
        assert (ROOT / path).exists() and pages.linked(f"[a](../{path})") == f"[a]({pages.HOME}/blob/main/{path})"
    assert pages.linked("[a](../data/results/README.md#b)") == "[a](../data/results/README.md#b)"
    assert pages.linked("[a](../tutorials/README.md)") == "[a](../tutorials/index.md)"


def test_the_search_finds_a_tutorial_by_its_own_name():
    tutorial = (ROOT / "tutorials/06_dropout.md").read_text(encoding="utf-8")
    found = pages.found(tutorial)
    assert "```{index} ! dropout\n```" in found and "You are here" not in found and "colab.svg" in found


def test_docstrings_are_translated():
    lines = ["Sums a * b of `x`s and 2**n, see `data.load`.", "", "    python -m numlstm.train  # *as is*", "", "End_."]
    docstrings.to_rest(None, None, None, None, None, lines)
    assert lines == [r"Sums a \* b of ``x``\ s and 2\*\*n, see :py:obj:`data.load <numlstm.corpus.data.load>`.", "",
                     "::", "", "    python -m numlstm.train  # *as is*", "", r"End\_."]


def test_broken_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<h1 id="top">x</h1><a href="#top"></a><a href="b.html#no"></a><a href="c.html">'
                                     '</a><script src="https://x.org/y.js"></script><a href="https://x.org"></a>')
    (tmp_path / "b.html").write_text('<img src="no.png">')
    found = [line.partition(": ")[2] for line in links.broken(tmp_path)]
    assert found == ["no b.html#no", "no c.html", "loads https://x.org/y.js", "no no.png"]


@pytest.mark.long
def test_it_is_built(begun_and_done):
    for name in ("sphinx", "furo", "myst_parser", "autoapi", "latex2mathml"):
        pytest.importorskip(name, reason="needs Sphinx and others: pip install -e '.[docs]'")
    command = [sys.executable, ROOT / "docs/build.py", begun_and_done / "runs/done"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (ROOT / "build/docs/html/code/numlstm/network/unroll/index.html").read_text(encoding="utf-8")
    assert 'id="numlstm.network.unroll.forward"' in page and "3. Backward by hand" in page
    assert "plain RNN" in (ROOT / "build/docs/html/explore.html").read_text(encoding="utf-8")
