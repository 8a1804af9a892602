"""Hostile command lines: one line on the error output, or nothing wrong; no traceback, no hang, no control character.

The suite tries 60. To try more:  NUMLSTM_EXAMPLES=500 python -m pytest -n 0 tests/test_command_lines.py
"""

import itertools
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from tampered import no_hang, stop_after

from numlstm import __main__ as front
from numlstm import cli, evaluate, explore, generate, gradcheck, train
from numlstm.lab import benchmark, compare, ensemble, results
from numlstm.lab.ensembles import averaging, members, scheduler
from numlstm.network.cells import CELLS
from numlstm.network.config import FIELDS, option
from numlstm.runs import stop

EXAMPLES = int(os.environ.get("NUMLSTM_EXAMPLES", 60))

CONFIG = [option(name) for name in FIELDS]
COMMON = ["--threads", "--backend", "--products", "--data", "--help", "--nothing"]
COMMANDS = {
    "train": (train.main, [*CONFIG, "--size", "--vocab-size", "--name", "--resume", "--save-every", "--log-agreement"]),
    "evaluate": (evaluate.main, ["--split"]),
    "generate": (generate.main, ["--prompt", "--words", "--temperature", "--top-k", "--no-unk", "--seed"]),
    "explore": (explore.main, ["--out"]),
    "gradcheck": (gradcheck.main, ["--cell", "--size"]),
    "ensemble": (ensemble.main, [*CONFIG, "--size", "--members", "--jobs", "--scheduler", "--leg", "--name"]),
    "compare": (compare.main, [*CONFIG, "--words", "--arms", "--seeds", "--jobs", "--name"]),
    "benchmark": (benchmark.main, ["--size", "--cell", "--peers", "--rounds", "--seconds", "--profile", "--out"]),
    "results": (results.main, []),
    "__main__": (front.main, ["--version"]),
}
VALUES = ["", "-1", "0", "1", "2", "3", "0.5", "nan", "inf", "-inf", "1e308", "1e-308", "1e400", "9" * 30, "9" * 5000,
          "1_0", "0x10", "x", "--", "-", "tiny", "lstm", "numpy", "numba", "paper", "h", "test", "grammar", "story.txt",
          "empty.txt", "bytes.txt", "pipe", "..", "/", "/dev/zero", "/dev/full", "/proc/self/mem", "runs", "runs/done",
          "runs/begun", "results", "a" * 300, "a\nb", "page.html", "\x1b[2J", "\u202e", "\udcff", "é" * 9, "<unk>",
          "tcp://127.0.0.1:9", "tls://127.0.0.1:9", "nowhere://x", "blas"]
FIRST = {"ensemble": ["train", "evaluate", "x"], "evaluate": ["runs/done", "runs/begun", "runs", "results"],
         "explore": ["runs/done", "runs/begun", "results"],
         "generate": ["runs/done", "runs/begun", "results"], "results": ["results", "runs", "story.txt"],
         "train": ["--size=tiny", "--resume=runs/begun"], "__main__": ["trian", "-h"]}


@st.composite
def lines(draw):
    """A command, and its arguments: for the most part its own options, with any values."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    options = [*COMMANDS[name][1], *COMMON]
    found = [[draw(st.sampled_from(FIRST[name]))]] if name in FIRST and draw(st.integers(0, 9)) else []
    for _ in range(draw(st.integers(0, 4))):
        word, value = draw(st.sampled_from(options)), draw(st.sampled_from(VALUES))
        found.append(draw(st.sampled_from([[word, value], [f"{word}={value}"], [word, value], [word], [value]])))
    return name, list(itertools.chain(*found))


@pytest.fixture
def place(begun_and_done, monkeypatch):
    """A folder with runs, texts and results, good and bad. Commands begin to work there, but don't go on for long."""
    folder = begun_and_done
    monkeypatch.chdir(folder)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "bytes.txt").write_bytes(bytes(range(256)) * 99)
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results/x-seed1.csv").write_text("x")
    if hasattr(os, "mkfifo") and not (folder / "pipe").exists():
        os.mkfifo(folder / "pipe")
    monkeypatch.setattr(Figure, "savefig", lambda self, file, **options: None)
    monkeypatch.setattr(scheduler, "PATIENCE", 0.2)
    monkeypatch.setattr(members, "side_by_side", lambda *arguments: (None for _ in ()))
    monkeypatch.setattr(compare, "train_all", members.side_by_side)
    monkeypatch.setattr(compare, "report", lambda *arguments: None)
    monkeypatch.setattr(averaging, "SUBSETS", 2)
    monkeypatch.setattr(gradcheck, "CELLS", {"rnn": CELLS["rnn"]})
    for name in ("small", "large"):
        monkeypatch.setattr(gradcheck, name, lambda *arguments: 0.0)
    for name in ("benchmark", "show_profile"):
        monkeypatch.setattr(benchmark, name, lambda *arguments: None)
    monkeypatch.setattr(stop, "interrupt_on_signals", lambda: None)  # it would stay so for the other tests


def run(name, arguments, capsys):
    """Runs a command in this process: its exit code, output, and error output."""
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"), no_hang():
        patch.setattr(train, "Progress", stop_after(3))
        with pytest.raises(SystemExit) as ended:
            cli.exit_after(lambda: COMMANDS[name][0](arguments))
    return (ended.value.code, *capsys.readouterr())


def test_hostile_command_lines(place, capsys):
    codes = []

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES == 60,
              suppress_health_check=list(HealthCheck))
    @given(lines())
    def try_it(line):
        code, out, err = run(*line, capsys)
        codes.append(code)
        assert not {*"\x1b\x07\u202e"} & {*out, *err}, line
        if code == 1:
            assert err.splitlines()[-1].startswith("error: ") and err.count("error: ") == 1, (line, err)
        assert code in (0, 1, 130), line
    try_it()
    assert {0, 1} <= {*codes}
