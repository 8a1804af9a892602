"""What the tests share. They need no network and no Penn Treebank; what does need it skips, and says so."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT
from tampered import stop_after
from threadpoolctl import threadpool_limits

from numlstm.corpus import ptb

os.environ["PYTHONPATH"] = str(ROOT)  # commands that tests start in other folders run this clone's code

# The networks of the tests are tiny: one thread is as fast as two, and on a busy machine, where
# the threads would wait for each other, many times faster. Here, and in the commands started from here.
threadpool_limits(limits=1)
for library in ("OPENBLAS", "MKL", "OMP", "VECLIB"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

# A shell's background job ignores Ctrl-C, under nohup also a hang-up, and so would the commands that tests start
# and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes so long that it had better begin early, while there is other work")


def pytest_collection_modifyitems(items):
    """Puts long tests first: one that began last would be waited for."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture
def rng():
    return np.random.default_rng(2014)


@pytest.fixture(scope="session")
def ptb_folder():
    """Penn Treebank's folder: $NUMLSTM_DATA, or shared/ptb beside the clone."""
    candidates = [Path(os.environ[name]) for name in ("NUMLSTM_DATA",) if name in os.environ]
    candidates += [folder / "ptb" for folder in candidates] + [ROOT / "data/ptb", ROOT.parent / "shared/ptb"]
    for folder in candidates:
        if all((folder / name).is_file() for name in ptb.SHA256):
            return folder
    pytest.skip("needs Penn Treebank: set NUMLSTM_DATA to the folder of its three files")


@pytest.fixture(scope="session", autouse=True)
def learning_curves():
    """What draws a run's curves.png. Tests that don't ask for `real_curves` get a blank picture in its place.

    To draw the curves takes longer than an epoch of a tiny network. (Commands in processes of their own do draw them.)
    """
    from matplotlib.figure import Figure  # here: the processes of test_members import this file as well

    from numlstm.runs import curves
    real = curves.learning_curves
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curves, "learning_curves", lambda *arguments: Figure(figsize=(1, 1)))
        yield real


@pytest.fixture
def real_curves(learning_curves, monkeypatch):
    """Curves are drawn in this test."""
    monkeypatch.setattr("numlstm.runs.curves.learning_curves", learning_curves)


@pytest.fixture
def in_tmp(tmp_path, monkeypatch):
    """A test in an empty folder of its own, where runs/ will be."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def text_file(tmp_path):
    """A small text: 400 lines of a few words, some of them rare."""
    words = np.random.default_rng(3).choice("the a dog cat sees likes big red house runs".split(), (400, 6))
    path = tmp_path / "story.txt"
    path.write_text("\n".join(" ".join(line) + f" rare{n}." if n % 50 == 0 else " ".join(line)
                              for n, line in enumerate(words)), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def begun_and_done(tmp_path_factory):
    """The folder of two runs: `begun`, an LSTM in the middle of its last epoch; `done`, a finished GRU."""
    from numlstm import train
    folder, before = tmp_path_factory.mktemp("trust"), os.getcwd()
    (folder / "story.txt").write_text(
        "\n".join(f"the dog {n % 7} sees the red cat \x1b]0;title {n % 3} big" for n in range(60)))
    tiny = ["--size", "tiny", "--data", "story.txt", "--hidden", "4", "--epochs", "2", "--backend", "numpy"]
    os.chdir(folder)
    try:
        train.main([*tiny, "--cell", "gru", "--layers", "1", "--name", "done"])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(train, "Progress", stop_after(9))
            assert train.main([*tiny, "--dropout", "0.3", "--name", "begun"]) == 130
    finally:
        os.chdir(before)
    return folder
