"""What multiplies matrices: chosen once for a run or for many networks, noted, kept; and then the bits repeat."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from helpers import call

from numlstm import cli, evaluate, train
from numlstm.errors import UserError
from numlstm.lab import compare, ensemble
from numlstm.lab.ensembles import members
from numlstm.learning import backends
from numlstm.runs import checkpoint, files

fastest = pytest.importorskip("numlstm.fast.fastest", reason="needs numba", exc_type=ImportError)


def test_products_that_are_asked_for_are_not_measured(in_tmp, text_file, monkeypatch):
    monkeypatch.setattr(fastest, "remembered", None)
    options = ["--size", "tiny", "--hidden", "4", "--data", str(text_file), "--epochs", "1", "--name", "x"]
    names = {kind: name for name, kind in cli.PRODUCTS.items()}
    first, *_, last = map(names.get, fastest.KINDS)

    def noted():
        return [names[json.loads(Path("runs/x/config.json").read_text())["products"]],
                names[checkpoint.load("runs/x").settings["products"]]]

    train.main([*options, "--products", first])
    assert noted() == [first] * 2
    train.main(["--resume", "runs/x", "--epochs", "2"])
    assert noted() == [first] * 2
    train.main(["--resume", "runs/x", "--epochs", "3", "--products", last.upper()])
    assert noted() == [last] * 2
    evaluate.main(["runs/x", "--products", first])


def test_products_that_are_not_possible_are_refused_before_anything_is_made(in_tmp, monkeypatch):
    with pytest.raises(UserError, match="--products: must be tiles, tiles\\+blas, blas, not gold"):
        train.main(["--products", "gold"])
    monkeypatch.setattr(backends, "possible", lambda: ("BLAS",))
    for more, main in (([], train.main), (["train"], ensemble.main), ([], compare.main)):
        for name in ("numba", "numpy"):
            with pytest.raises(UserError, match=f"--backend {name} can't multiply by tiles here, but by BLAS"):
                main([*more, "--products", "tiles", "--backend", name])
    assert not any(in_tmp.iterdir())


def test_two_processes_that_keep_no_cache_give_the_same_bits(tmp_path, text_file):
    nowhere, kind = str(text_file / "home"), backends.possible()[0]
    logs = []
    for name in "ab":
        done = call("numlstm.train", "--size", "tiny", "--data", text_file, "--hidden", 24, "--epochs", 2, "--dropout",
                    0.3, "--threads", 2, "--products", kind, "--name", name, cwd=tmp_path,
                    env=os.environ | {"HOME": nowhere, "XDG_CACHE_HOME": nowhere})
        assert (done.returncode, done.stderr) == (0, "")
        rows = files.read_csv(tmp_path / "runs" / name / "log.csv")
        logs.append([{key: row[key] for key in row if "second" not in key} for row in rows])
    assert logs[0] == logs[1] and len(logs[0]) == 2
    first, second = (checkpoint.load(tmp_path / "runs" / name).state for name in "ab")
    for key, array in first.params.items():
        np.testing.assert_array_equal(array, second.params[key])


@pytest.fixture
def measured(monkeypatch):
    """How many threads the products were measured for. Every time, another kind is the fastest."""
    found = []

    def remembered(threads):
        found.append(threads)
        return fastest.KINDS[len(found) % len(fastest.KINDS) - 1]

    monkeypatch.setattr(fastest, "remembered", remembered)
    return found


def test_a_command_measures_once_for_all_its_networks(in_tmp, text_file, measured, monkeypatch):
    given = []

    def one_by_one(function, calls, *_):
        given.extend(arguments[2]["products"] for arguments in calls.values())
        yield from ((name, function(*arguments)) for name, arguments in calls.items())

    monkeypatch.setattr(members, "side_by_side", one_by_one)
    options = ["--data", str(text_file), "--hidden", "4", "--epochs", "1", "--jobs", "1"]
    train_ensemble = ["train", "--size", "tiny", "--threads", "1", "--name", "e", *options, "--members"]
    ensemble.main([*train_ensemble, "2"])
    compare.main([*options, "--seeds", "2", "--arms", "none", "--name", "c"])
    assert measured == [1, 1] and given[:2] == [fastest.KINDS[0]] * 2 and len({*given[2:]}) == 1
    ensemble.main([*train_ensemble, "3"])
    assert measured == [1, 1], "a member that is added has those of the others"
    folders = [*Path("runs").rglob("checkpoint.npz")]
    assert len(folders) == 5 and {checkpoint.load(path).settings["products"] for path in folders} == {*given}
    if len(fastest.KINDS) > 1:
        with pytest.raises(UserError, match="multiply by tiles: choose another --name, or no --products"):
            ensemble.main([*train_ensemble, "3", "--products", "blas"])


def test_members_of_a_cluster_have_the_commands_products(tmp_path, measured):
    """Where there are more threads than here, too. Where this machine has but one kind, the workers choose."""
    settings = {"backend": "numba"}
    members.note_products(settings, tmp_path, 10_000, None)
    assert measured == ([backends.cores()] if len(fastest.KINDS) > 1 else [])
    assert settings.get("products") == (fastest.KINDS[0] if len(fastest.KINDS) > 1 else None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(members, "possible", lambda: ("BLAS",))
        settings = {"backend": "numba"}
        members.note_products(settings, tmp_path, None, None)
        assert "products" not in settings
