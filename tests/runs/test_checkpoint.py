"""Checkpoints: whole or refused, never half, never executed."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tampered import with_digest

from numlstm.errors import UserError
from numlstm.network.config import Config
from numlstm.runs import checkpoint, files, folders
from numlstm.runs.archive import DIGEST_BYTES
from numlstm.runs.state import Checkpoint, Totals, new_state


def make():
    config = Config(hidden=3, layers=2, batch=2, dropout=0.5)
    state = new_state(config, 7)
    state.rng.random(5)
    state.carried = list(np.float32(state.rng.normal(size=(2, 2, 2, 3))))
    state.epoch, state.step, state.totals = 3, 17, Totals(1.5, 680, 4, 12.5, 3.25, ["0.1.0"])
    row = dict.fromkeys((*folders.COLUMNS, "version"), 0.1 + 0.2)
    state.log = [row | {"epoch": epoch, "test_perplexity": None, "version": "0.1.0"} for epoch in (1, 2)]
    settings = {"data": "grammar", "raw": False, "vocab_size": None, "log_agreement": False, "backend": "numpy"}
    return Checkpoint(config, settings, ["a", "ü", "<eos>", "<unk>", "b", "c", "d"], "f" * 64, state)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "checkpoint.npz"
    checkpoint.save(path, make())
    return path


def test_what_is_saved_is_what_is_loaded(saved):
    before, after = make(), checkpoint.load(saved)
    for name in ("config", "settings", "vocabulary", "fingerprint"):
        assert getattr(after, name) == getattr(before, name)
    for name in ("epoch", "step", "totals", "log"):
        assert getattr(after.state, name) == getattr(before.state, name)
    assert list(after.state.params) == list(before.state.params)
    for name, array in before.state.params.items():
        np.testing.assert_array_equal(after.state.params[name], array)
    np.testing.assert_array_equal(after.state.carried, before.state.carried)
    assert after.state.rng.random() == before.state.rng.random()
    assert checkpoint.load(saved.parent).fingerprint == before.fingerprint, "a folder's name will do"
    assert not list(saved.parent.glob("*.tmp"))


def test_numpy_reads_the_file_as_any_other(saved):
    with np.load(saved, allow_pickle=False) as file:
        assert file["params/embedding"].shape == (7, 3)


def refused(tmp_path, content):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        checkpoint.load(path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(share, saved, tmp_path):
    content = saved.read_bytes()
    assert "damaged" in refused(tmp_path, content[:int(len(content) * share)])


def test_any_flipped_bit_is_refused(saved, tmp_path_factory):
    content, folder = saved.read_bytes(), tmp_path_factory.mktemp("flipped")

    @settings(max_examples=100, deadline=None)
    @given(st.integers(0, len(content) * 8 - 1))
    def flip(bit):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        assert "damaged" in refused(folder, bytes(flipped))
    flip()


class Trap:
    """Unpickling it would leave a file behind."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_pickle_is_refused_and_not_executed(saved, tmp_path):
    """Even where its author computed the right checksum."""
    trap = tmp_path / "trap"
    refused(tmp_path, pickle.dumps(Trap(trap)))
    with np.load(saved) as file:
        arrays = dict(file)
    arrays["params/embedding"] = np.array([Trap(trap)], dtype=object)
    archive = io.BytesIO()
    np.savez(archive, **arrays)
    with zipfile.ZipFile(archive, "a") as file:
        file.comment = b"0" * DIGEST_BYTES
    refused(tmp_path, with_digest(archive.getvalue()[:-DIGEST_BYTES]))
    assert not trap.exists()


def test_arrays_of_a_wrong_size_are_refused(tmp_path):
    wrong = make()
    wrong.state.params["lstm1.b"] = np.zeros(5, np.float32)
    checkpoint.save(tmp_path / "x.npz", wrong)
    assert "lstm1.b" in refused(tmp_path, (tmp_path / "x.npz").read_bytes())


def test_no_checkpoint(tmp_path):
    with pytest.raises(UserError, match="there is no checkpoint"):
        checkpoint.load(tmp_path)


def test_a_full_disk_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.npz"
    checkpoint.save(path, make())
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left on device"):
        checkpoint.save(path, make())
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["checkpoint.npz"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a disk that is always full")
def test_a_really_full_disk(tmp_path, monkeypatch):
    (tmp_path / "full.tmp").symlink_to("/dev/full")
    monkeypatch.setattr(files, "temporary_path", lambda path: tmp_path / "full.tmp")
    with pytest.raises(UserError, match="could not be written"):
        checkpoint.save(tmp_path / "checkpoint.npz", make())
