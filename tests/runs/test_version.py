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

HASH = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("written", [
    {"HEAD": HASH},                                                                  # no branch
    {"HEAD": "ref: refs/heads/main\n", "refs/heads/main": HASH + "\n"},
    {"HEAD": "ref: refs/heads/a/b\n", "packed-refs": f"# peeled\n{'9' * 40} refs/b\n{HASH} refs/heads/a/b\n"},
])
@pytest.mark.parametrize("worktree", [False, True])
def test_the_commit_is_read_from_gits_files(written, worktree, tmp_path):
    git = tmp_path / ".git"
    if worktree:
        (tmp_path / "tree").mkdir()
        (tmp_path / "tree/.git").write_text("gitdir: ../.git/worktrees/tree\n")
        own = git / "worktrees/tree"
        own.mkdir(parents=True)
        (own / "commondir").write_text("../..\n")
        (own / "HEAD").write_text(written["HEAD"])
    for name, text in written.items():
        (git / name).parent.mkdir(parents=True, exist_ok=True)
        (git / name).write_text(text)
    assert commit(tmp_path / "tree" if worktree else tmp_path) == HASH[:7]


@pytest.mark.parametrize("written", [{}, {"HEAD": "ref: refs/heads/main\n"}, {"HEAD": "\x1b[2J"}, {"HEAD": ""}])
def test_no_commit(written, tmp_path):
    (tmp_path / ".git").mkdir()
    for name, text in written.items():
        (tmp_path / ".git" / name).write_text(text)
    assert commit(tmp_path) == ""


def test_it_is_what_git_says():
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("needs git, and a clone")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
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
