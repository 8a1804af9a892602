"""The log says which numlstm trained an epoch, and says nothing of epochs that older versions trained."""

import shutil
import subprocess

import pytest
from helpers import ROOT

import numlstm
from numlstm import train
from numlstm.learning import loop
from numlstm.runs import checkpoint, files
from numlstm.runs.state import Totals
from numlstm.runs.version import commit, version

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


def git(folder, *arguments):
    own = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", str(folder), *own, *arguments], capture_output=True, text=True, check=True)


@needs_git
def test_the_commit_is_the_one_that_is_checked_out(tmp_path):
    (tmp_path / "clone/package").mkdir(parents=True)
    git(tmp_path / "clone", "init", "-q")
    assert commit(tmp_path / "clone") == "", "no commit yet"
    git(tmp_path / "clone", "commit", "-q", "--allow-empty", "-m", "first")
    digits = git(tmp_path / "clone", "rev-parse", "HEAD").stdout[:7]
    git(tmp_path / "clone", "worktree", "add", "-q", "../tree")
    assert commit(tmp_path / "clone") == commit(tmp_path / "tree") == digits
    assert commit(tmp_path / "clone/package") == "", "a clone around an installed numlstm is not its own"


def test_no_commit(tmp_path, monkeypatch):
    assert commit(tmp_path) == ""
    (tmp_path / ".git").mkdir()
    assert commit(tmp_path) == "", "a damaged one"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit(tmp_path) == "", "no git"


@needs_git
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a clone")
def test_it_is_what_git_says():
    head = git(ROOT, "rev-parse", "HEAD").stdout
    assert f"{numlstm.__version__}+{head[:7]}" == version()  # not VERSION: a commit may be made while tests run


def test_the_versions_of_an_epochs_steps():
    totals = Totals()
    for name in ("1", "1", "2", "1"):
        totals.sign(name)
        totals.tokens += 10
    assert totals.versions == ["1", "2"]
    old = Totals(tokens=10)  # from a checkpoint that older versions wrote
    old.sign("2")
    assert old.versions == ["unknown", "2"]


def test_a_run_of_an_older_version_goes_on(in_tmp, text_file, monkeypatch):
    """Its log.csv and checkpoint name no version. The rows that are there stay as they are."""
    monkeypatch.setattr(loop, "VERSION", "0.2+1234567")
    options = ["--size", "tiny", "--hidden", "4", "--data", str(text_file), "--epochs", "2", "--backend", "numpy"]
    train.main([*options, "--name", "x"])
    job = checkpoint.load("runs/x")
    assert job.state.log.pop()["version"] == "0.2+1234567"
    del job.state.log[0]["version"]
    job.state.epoch = 2
    checkpoint.save("runs/x/checkpoint.npz", job)
    train.main(["--resume", "runs/x"])
    assert [row.get("version") for row in checkpoint.load("runs/x").state.log] == [None, "0.2+1234567"]
    assert [row["version"] for row in files.read_csv("runs/x/log.csv")] == ["", "0.2+1234567"]
