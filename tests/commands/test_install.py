"""What people install: the wheel, the sdist, the program `numlstm`, and the README as a package index shows it."""

import importlib
import re
import subprocess
import sys
import tarfile
import zipfile

import pytest
from helpers import ROOT

import numlstm

if sys.version_info >= (3, 11):
    import tomllib
    PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

pytest.importorskip("hatchling", reason="needs hatchling: pip install -e '.[test]'")
pytest.importorskip("hatch_fancy_pypi_readme", reason="needs hatch-fancy-pypi-readme: pip install -e '.[test]'")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The paths of the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(built):
    """{path: content} of the wheel."""
    with zipfile.ZipFile(built[0]) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    files = {path.relative_to(ROOT).as_posix() for kind in ("**/*.py", "page/*.*")
             for path in (ROOT / "numlstm").glob(kind)}
    others = {"numlstm/py.typed", "numlstm/library/network.npz"}
    assert {name for name in wheel if ".dist-info/" not in name} == files | others
    assert {"numlstm/page/template.html", "numlstm/page/style.css", "numlstm/page/cells.js"} <= files


def test_the_sdist_holds_what_the_tests_need(built):
    with tarfile.open(built[1]) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    parts = "numlstm/**/*.py", "tests/**/*.py", "tutorials/*.*", "tutorials/build/checker/**/*.py", "data/**/*.csv"
    wanted = {path.relative_to(ROOT).as_posix() for part in parts for path in ROOT.glob(part)}
    wanted |= {f"tutorials/build/{name}" for name in ("README.md", "check.py", "gaps.py")}
    wanted |= {"README.md", "LICENSE", "CITATION.cff", ".ci/run", "data/results/benchmark.json",
               "numlstm/library/network.npz"}
    assert wanted <= names
    assert not [name for name in names if re.search(r"ptb\.\w+\.txt|^runs", name)]


def test_the_program_numlstm(wheel):
    text = next(content for name, content in wheel.items() if name.endswith("entry_points.txt")).decode()
    module, function = re.search(r"^numlstm = ([\w.]+):(\w+)$", text, re.MULTILINE).groups()
    assert callable(getattr(importlib.import_module(module), function))
    code = f"from {module} import {function}; {function}()"
    done = subprocess.run([sys.executable, "-c", code, "results", "nowhere"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("error: nowhere holds no log")


def test_links_and_pictures_are_absolute_on_a_package_index(wheel):
    text = next(content for name, content in wheel.items() if name.endswith("METADATA")).decode()
    here = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    there = re.findall(r"\]\(([^)#]+)\)", text)
    assert len(there) == len(here) > 10
    for ours, theirs in zip(here, there):
        assert theirs.startswith("https://") and theirs.endswith(ours)
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert pictures and all("//raw." in link for link in pictures)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 can't read TOML")
def test_addresses_and_versions_agree(wheel):
    address = PROJECT["urls"]["Homepage"]
    assert all(url.startswith(address) for url in PROJECT["urls"].values())
    assert f"/{address.partition('github.com/')[2]}/main/" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"version: {numlstm.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert any(name.startswith(f"numlstm-{numlstm.__version__}.dist-info/") for name in wheel)


def test_the_picture_of_the_network_can_be_drawn_anywhere(in_tmp):
    from numlstm.lab import plots
    plots.main([])
    assert (in_tmp / "unrolled.png").read_bytes().startswith(b"\x89PNG")
