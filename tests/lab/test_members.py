"""Processes side by side: results, errors, and whatever ends one stops the others, which save."""

import os
import time
from contextlib import closing

import pytest
from helpers import wait_for

from numlstm.errors import UserError
from numlstm.lab.ensembles.members import check_data, side_by_side
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
