"""What surrounds a command: full devices, closed outputs, limits. Each gives one line, the right exit code, no more."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from numlstm import cli
from numlstm.fast.threads import Pool

pytestmark = pytest.mark.skipif(os.name == "nt", reason="about the devices and shells of Unix")

LINE = "error: the output could not be written: No space left on device\n"


def shell(command, folder):
    """Runs a line of a shell. Python's output is buffered, as it usually is."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    line = command.replace("numlstm", f"{sys.executable} -m numlstm", 1)
    return subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["--help", "train --help", "gradcheck --cell rnn", "results {results}",
                                     "train --size tiny --hidden 4 --epochs 1 --backend numpy"])
def test_an_output_that_is_full(command, tmp_path):
    results = Path(__file__).parents[2] / "data/results"
    done = shell(f"numlstm {command.format(results=results)} > /dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (1, LINE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_errors_that_nobody_can_be_told(tmp_path):
    done = shell("numlstm train --nonsense 2> /dev/full", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")


def test_what_was_printed_before_a_files_error_is_kept(tmp_path):
    program = ("from numlstm import cli\n"
               "def main():\n    print('before')\n    open('nowhere/file')\n"
               "cli.exit_after(main)")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True,
                          text=True)
    assert (done.returncode, done.stdout) == (1, "before\n")
    assert done.stderr == "error: nowhere/file: No such file or directory\n"


def test_closed_outputs(tmp_path):
    """An error isn't printed on standard output, and no message gets into a file of the run."""
    done = shell("numlstm train --nonsense 2>&-", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    done = shell("numlstm train --size tiny --hidden 4 --epochs 1 --backend numpy --name x >&- 2>&-", tmp_path)
    assert done.returncode == 0
    assert {path.name for path in (tmp_path / "runs/x").iterdir()} >= {"checkpoint.npz", "log.csv", "curves.png"}


def test_a_limit_of_memory_that_is_too_low(tmp_path):
    done = shell("ulimit -v 200000; exec numlstm train --size tiny", tmp_path)
    assert done.returncode == 1 and done.stderr.startswith("error: this shell lets a program have 205 MB of memory")
    assert done.stderr.count("\n") == 1 and not list(tmp_path.iterdir())


NO_MORE = "error: the system allows no more processes or threads: "


@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root's processes aren't limited")
@pytest.mark.parametrize("command", ["ensemble train --members 2 --jobs 2", "compare --arms none --seeds 2 --jobs 2"])
def test_a_limit_of_processes_that_is_too_low(command, tmp_path):
    import resource
    done = subprocess.run([sys.executable, "-m", "numlstm", *command.split(), "--backend", "numpy"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=120,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (1, 1)))
    assert done.returncode == 1 and done.stderr.startswith(NO_MORE) and done.stderr.count("\n") == 1


def test_no_thread_can_be_started(monkeypatch, capsys):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(SystemExit, match="1"):
        cli.exit_after(lambda: Pool(2).share(len, [("a",), ("b",)]))
    out, err = capsys.readouterr()
    assert not out and err.startswith(NO_MORE) and err.count("\n") == 1


def test_a_home_that_cannot_be_written(tmp_path):
    """matplotlib has three lines for that, wherever numlstm draws: in the process of a network, and in a command."""
    (tmp_path / "file").touch()
    program = ("from numlstm import cli\n"
               "from numlstm.lab.ensembles.members import side_by_side\n"
               "def main():\n"
               "    for _, length in side_by_side(eval, {1: (\"len(__import__('matplotlib').get_cachedir())\",)}, 1):\n"
               "        import matplotlib\n"
               "        assert len(matplotlib.get_cachedir()) == length\n"
               "cli.launch(main)")
    environment = {name: value for name, value in os.environ.items() if name != "MPLCONFIGDIR" and "XDG" not in name}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True,
                          env=environment | {"HOME": str(tmp_path / "file/home")})
    assert (done.returncode, done.stderr) == (0, "")
