"""Commands start at once: `python -m numlstm` lists and runs them, and none imports early what takes long to import."""

import importlib.resources
import json
import subprocess
import sys

import pytest
from helpers import call

import numlstm
from numlstm import __main__ as front
from numlstm.errors import UserError

COMMANDS = {**front.COMMANDS, **front.LAB}

# What takes long to import, and only computing, drawing, downloading or a cluster needs.
SLOW = {"numba", "llvmlite", "matplotlib", "distributed", "dask", "pooch", "requests", "pandas", "scipy", "torch",
        "jax", "safetensors", "onnx"}

IMPORTS = """
import contextlib, importlib, io, json, sys
found, texts, before = {}, {}, set(sys.modules)  # what Python itself has imported, a coverage tool say, doesn't count
from numlstm.__main__ import module
for name in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.suppress(SystemExit):
        importlib.import_module(module(name) if name != "__main__" else "numlstm.__main__").main(["--help"])
    found[name] = sorted({module.partition(".")[0] for module in set(sys.modules) - before})
    texts[name] = text.getvalue()
print(json.dumps([found, texts]))
"""


@pytest.fixture(scope="module")
def started():
    """After the list of commands, and each command's --help, in one process: {name: packages so far}, {name: text}."""
    done = subprocess.run([sys.executable, "-c", IMPORTS, "__main__", *COMMANDS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_list_of_commands_needs_no_numpy(started):
    found, texts = started
    assert not {*SLOW, "numpy"} & set(found["__main__"])
    assert all(f"python -m numlstm {name} " in texts["__main__"] for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_imports_what_it_needs_when_it_needs_it(name, started):
    found, texts = started
    assert not SLOW & set(found[name]), "imported by this command, or by one before it"
    assert f"python -m numlstm{'.' if name in front.COMMANDS else ' '}{name} " in texts[name], "--help"


def test_every_command_is_listed():
    for folder, listed in (("", front.COMMANDS), ("lab", front.LAB)):
        commands = {path.stem for path in (importlib.resources.files(numlstm) / folder).iterdir()
                    if path.suffix == ".py" and '__name__ == "__main__"' in path.read_text(encoding="utf-8")}
        assert commands - {"__main__"} == set(listed)


def test_a_commands_name_runs_it(text_file, in_tmp):
    done = call("numlstm", "ensemble", "train", "--size", "tiny", "--data", text_file, "--epochs", 1, "--members", 1,
                "--backend", "numpy")
    assert done.returncode == 0 and "all done" in done.stdout, done.stderr  # its processes find their way, too
    done = call("numlstm", "results", "nowhere")
    assert done.returncode == 1 and done.stderr.startswith("error: nowhere holds no log")


def test_the_version(capsys):
    front.main(["--version"])
    assert capsys.readouterr().out == f"numlstm {numlstm.__version__}\n"


def test_a_name_that_is_no_command():
    with pytest.raises(UserError, match="no command 'trian': did you mean 'train'"):
        front.main(["trian", "--size", "small"])
