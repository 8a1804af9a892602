"""The way from the command to a derivative is short, and the type checker sees mistakes on it."""

import shutil
import subprocess
import sys
import traceback

import pytest
from helpers import ROOT

from numlstm import train
from numlstm.network.cells import CELLS

MISTAKES = {  # {file: [(what stands there, a mistake)]}
    "learning/step.py": [("network.forward(seen, x, y, carried, masks, backend)",
                          'network.forward(seen, x, "not a target", 17)')],
    "network/unroll.py": [("backend.loop_forward(", "backend.lopp_forward(")],
    "learning/loop.py": [("progress.step(state, self.steps)", "progress.stepp(state, self.steps)"),
                         ("last = state.step == self.steps or stop.asked",
                          "last = state.step == self.steps or stop.askd")],
    "fast/compiled.py": [("def column_sums(self, array: Array) -> Array:", "def column_sums(self) -> Array:")],
}
FOUND = ("Argument 3 to \"forward\"", "\"lopp_forward\"", "\"stepp\"", "\"askd\"",
         "Signature of \"column_sums\" incompatible")


def test_the_type_checker_sees_mistakes_on_the_main_route(tmp_path):
    pytest.importorskip("mypy", reason="needs mypy: pip install -e '.[check]'")
    package = shutil.copytree(ROOT / "numlstm", tmp_path / "numlstm", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    for name, mistakes in MISTAKES.items():
        text = (package / name).read_text(encoding="utf-8")
        for right, wrong in mistakes:
            assert text.count(right) == 1, right
            text = text.replace(right, wrong)
        (package / name).write_text(text, encoding="utf-8")
    modules = [f"numlstm.{name.removesuffix('.py').replace('/', '.')}" for name in MISTAKES]
    done = subprocess.run([sys.executable, "-m", "mypy", *(part for name in modules for part in ("-m", name))],
                          cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and all(part in done.stdout for part in FOUND), done.stdout + done.stderr


def test_the_way_from_the_command_to_a_derivative(in_tmp, text_file, monkeypatch):
    """Each function on it does something: with NumPy, seven calls lead from the command to a cell's derivative."""
    ways = []

    def look(*arguments):
        frames = traceback.extract_stack()
        ways.append([frame.name for frame in frames if "numlstm" in frame.filename and "tests" not in frame.filename])
        return lstm.step_backward(*arguments)

    lstm = CELLS["lstm"]
    monkeypatch.setitem(CELLS, "lstm", lstm._replace(step_backward=look))
    train.main(["--size", "tiny", "--hidden", "4", "--epochs", "1", "--data", str(text_file), "--backend", "numpy"])
    training = next(way for way in ways if "train" in way)
    assert training == ["main", "train", "train_step", "gradients", "backward", "backward", "loop_backward"]
