"""Processes side by side: results, errors, and whatever ends one stops the others, which save."""

import os
import subprocess
import sys
import time
from contextlib import closing

import pytest
from helpers import wait_for
from tqdm import tqdm

from numlstm.corpus import data
from numlstm.errors import UserError
from numlstm.lab.ensembles.members import check_data, read_text, side_by_side
from numlstm.runs import folders
from numlstm.runs.stop import StopRequest

# --- what the processes do ------------------------------------------------------------------------

def until_told(folder):
    """As a member does: works until it is told to stop, and saves."""
    with StopRequest() as stop:
        (folder / "begun").touch()
        while not stop.asked:
            time.sleep(0.01)
        time.sleep(0.3)
        (folder / "saved").touch()


def die(folder):
    wait_for((folder / "begun").exists)
    os._exit(9)


def die_with_a_bar():
    tqdm([], disable=True).close()
    os._exit(9)


def have_no_threads():
    raise RuntimeError("can't start new thread")


def fail(folder):
    wait_for((folder / "begun").exists)
    raise UserError("it diverged")


def count(folder, number):
    """The number, and how many of these functions were at work."""
    (folder / f"{number}").touch()
    time.sleep(0.2)
    found = len(list(folder.iterdir()))
    (folder / f"{number}").unlink()
    return number, found


def call(function, *arguments):
    return function(*arguments)


# --- tests ----------------------------------------------------------------------------------------

def test_every_result_comes_and_never_more_work_than_are_allowed(tmp_path):
    results = dict(side_by_side(count, {f"n{n}": (tmp_path, n) for n in range(5)}, jobs=2))
    assert {name: number for name, (number, _) in results.items()} == {f"n{n}": n for n in range(5)}
    assert max(at_work for _, at_work in results.values()) <= 2


@pytest.mark.parametrize("ending, words", [(die, "has died"), (fail, "it diverged")])
def test_whatever_ends_one_lets_the_others_save(ending, words, tmp_path):
    calls = {"works": (until_told, tmp_path), "ends": (ending, tmp_path), "waits": (fail, tmp_path)}
    with pytest.raises(UserError, match=words):
        list(side_by_side(call, calls, jobs=2))
    assert (tmp_path / "saved").exists()


def test_a_pipe_can_not_be_read_by_several():
    check_data("ptb")
    with pytest.raises(UserError, match="from a pipe"):
        check_data("-")


def test_whoever_turns_away_stops_all(tmp_path):
    calls = {"works": (until_told, tmp_path), "is quick": (len, "four")}
    with closing(side_by_side(call, calls, jobs=2)) as results:
        assert next(results) == ("is quick", 4)
        wait_for((tmp_path / "begun").exists)
    assert (tmp_path / "saved").exists()


def test_python_says_nothing_of_a_process_that_was_killed(tmp_path):
    """It has a warning about what such a process leaves behind, which comes at the command's end."""
    program = ("from numlstm.cli import exit_after\nfrom test_members import die_with_a_bar, side_by_side\n"
               "exit_after(lambda: list(side_by_side(die_with_a_bar, {1: ()}, 1)))")
    path = os.pathsep.join([os.environ["PYTHONPATH"], *sys.path])
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=os.environ | {"PYTHONPATH": path},
                          capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("error: one of the training processes has died")
    assert done.stderr.count("\n") == 1


def test_a_process_that_gets_no_threads(capfd):
    with pytest.raises(BlockingIOError):  # which `cli` says in a line
        list(side_by_side(have_no_threads, {1: ()}, 1))
    assert capfd.readouterr() == ("", "")


def test_a_text_that_has_changed_since_the_command_began(text_file):
    corpus = data.load(text_file)
    settings = folders.new_settings(corpus, text_file, None, "numpy", words=100)
    assert len(read_text(settings, corpus.fingerprint).train) == 100
    text_file.write_text(text_file.read_text() + "\nand more\n")
    with pytest.raises(UserError, match="has changed since this command began"):
        read_text(settings, corpus.fingerprint)
