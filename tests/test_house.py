"""The house stands: no circle of files or rooms, commands on top, the paper's room knows no other, nothing needs the
laboratory, `fast` can be left out.
"""

import ast
import os
import shutil
from graphlib import TopologicalSorter

import helpers
import pytest
from helpers import ROOT

FILES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in (ROOT / "numlstm").rglob("*.py")}
FILES = {name.removesuffix(".__init__"): path for name, path in FILES.items()}
COMMANDS = {name for name, path in FILES.items() if "cli.launch(main)" in path.read_text(encoding="utf-8")}


def imports(name):
    """The modules of numlstm that a module imports, at its top or inside of a function, but not for types alone."""
    package = name if FILES[name].name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if "TYPE_CHECKING" not in ast.dump(getattr(node, "test", ast.Pass()))]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package.split(".")[:len(package.split(".")) - node.level + 1]
            base = ".".join(base + ([node.module] if node.module else []))
            for alias in node.names:
                yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in FILES else base


def test_there_is_no_circle_of_imports():
    order = list(TopologicalSorter({name: set(imports(name)) - {name} for name in FILES}).static_order())
    assert set(order) >= COMMANDS and len(COMMANDS) == 11


def room(name):
    """The room that a module is in, such as numlstm.runs or numlstm.lab.speed. A module outside of rooms is its own."""
    parts = name.split(".")
    depth = 3 if parts[:2] == ["numlstm", "lab"] else 2
    return ".".join(parts[:depth])


def test_there_is_no_circle_of_rooms():
    graph = {}
    for name in FILES.keys() - COMMANDS - {"numlstm"}:
        graph.setdefault(room(name), set()).update(room(used) for used in imports(name))
    for name, used in graph.items():
        used.discard(name)
    assert {"numlstm.network", "numlstm.lab.ensembles"} <= set(TopologicalSorter(graph).static_order())


def test_nothing_needs_the_laboratory():
    assert not [(name, used) for name in FILES if not name.startswith("numlstm.lab")
                for used in imports(name) if used.startswith("numlstm.lab")]


def test_no_module_imports_a_command():
    assert not [(name, used) for name in FILES for used in imports(name) if used in COMMANDS]


def test_the_papers_room_knows_no_other():
    for name in FILES:
        if name.startswith("numlstm.network"):
            assert all(used.startswith("numlstm.network") or used == "numlstm.errors" for used in imports(name)), name


@pytest.fixture
def copy(tmp_path, text_file):
    """A copy of the package, and a function that runs a command of it."""
    shutil.copytree(ROOT / "numlstm", tmp_path / "numlstm", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def call(*arguments):
        return helpers.call(*arguments, cwd=tmp_path, env=environment)
    return tmp_path / "numlstm", call


def leave_out_kernels(package):
    shutil.rmtree(package / "fast")
    (package / "fast.py").write_text("raise ImportError('no such room')", encoding="utf-8")  # else Python looks on,
    # and where numlstm is installed from its folder, it finds that one's


def test_without_the_room_of_kernels_numpy_runs(copy):
    package, call = copy
    leave_out_kernels(package)
    done = call("numlstm.train", "--size", "tiny", "--data", "story.txt", "--epochs", "1")
    assert done.returncode == 0 and "test perplexity" in done.stdout and "NumPy loops run instead" in done.stderr


MGU = '''
import numpy as np

from .cell import Cell, blocks, sigmoid


def step_forward(a, prev, state, saved):
    (h_prev,), (h,), (n, f, m) = prev, state, blocks(a, 3)
    f[:] = sigmoid(f)
    n[:] = np.tanh(n + f * m)
    h[:] = h_prev + f * (n - h_prev)


def step_backward(dstate, a, prev, state, saved, da):
    (dh,), (h_prev,), (n, f, m) = dstate, prev, blocks(a, 3)
    da_n, da_f, da_m = blocks(da, 3)
    da_n[:] = dh * f * (1 - n ** 2)
    da_m[:] = da_n * f
    da_f[:] = (dh * (n - h_prev) + da_n * m) * f * (1 - f)
    dh *= 1 - f


CELL = Cell("mgu", state=("h",), blocks=("n", "f", "m"), x_blocks=2, h_blocks=2, saved=(),
            step_forward=step_forward, step_backward=step_backward)
'''


def test_a_new_cell_is_one_file_and_one_line(copy):
    """Here the minimal gated unit (Zhou et al. 2016), reset after the product. And a mistake in it is found."""
    package, call = copy
    leave_out_kernels(package)  # a new cell has none, and to compile the others in the copy takes long
    registry, file = package / "network/cells/__init__.py", package / "network/cells/mgu.py"
    text = registry.read_text(encoding="utf-8").replace("import gru, lstm,", "import gru, lstm, mgu,")
    registry.write_text(text.replace('    "rnn":', '    "mgu": mgu.CELL,\n    "rnn":'), encoding="utf-8")
    file.write_text(MGU, encoding="utf-8")
    done = call("numlstm.gradcheck", "--cell", "mgu")
    assert done.returncode == 0 and "mgu2.Wh" in done.stdout, done.stdout + done.stderr
    done = call("numlstm.train", "--cell", "mgu", "--size", "tiny", "--data", "story.txt", "--epochs", "2", "--name",
                "x", "--dropout", "0.2")
    assert done.returncode == 0 and "test perplexity" in done.stdout, done.stderr
    assert call("numlstm.generate", "runs/x", "--words", "5").returncode == 0
    file.write_text(MGU.replace("f * (1 - f)", "f"), encoding="utf-8")
    done = call("numlstm.gradcheck", "--cell", "mgu")
    assert done.returncode == 1 and "WRONG" in done.stdout
