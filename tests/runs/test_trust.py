"""Checkpoints whose checksum is right and whose content isn't: one line, or a network that can be used; nothing else.

The suite tries 150 such files. To try more:  NUMLSTM_EXAMPLES=1000 python -m pytest -n 0 tests/test_trust.py
"""

import copy
import os
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from tampered import DIGEST_BYTES, load, no_hang, packed, parts_of, stop_after, with_digest

from numlstm import evaluate, generate, train
from numlstm.errors import UserError

EXAMPLES = int(os.environ.get("NUMLSTM_EXAMPLES", 150))
STEPS = 60      # after which a run that goes on is interrupted


# --- using them -----------------------------------------------------------------------------------

def use(path):
    """Evaluates, generates and trains on. UserError is right, any other error is not."""
    with np.errstate(all="ignore"), no_hang():
        if load(path) is None:
            return False
        for main, options in ((evaluate.main, []), (generate.main, ["--words", "3", "--no-unk"])):
            with suppress(UserError):
                main([str(path.parent), *options, "--backend", "numpy"])
        with pytest.MonkeyPatch.context() as patch, suppress(UserError):
            patch.setattr(train, "Progress", stop_after(STEPS))
            patch.setattr(Figure, "savefig", lambda self, file, **options: None)  # it takes long
            train.main(["--resume", str(path.parent), "--backend", "numpy"])
    return True


# --- any content ----------------------------------------------------------------------------------

WORDS = st.text(max_size=8) | st.sampled_from(["<unk>", "data", "grammar", "../../etc", "\x1b[2J", "\ud800", "a b"])
NUMBERS = (st.integers(-3, 12) | st.integers() | st.floats() | st.booleans() | st.none()
           | st.sampled_from([10 ** 6, 10 ** 9, -10 ** 9, 2 ** 63, 10 ** 400, 1e308, 1e-300, 1.5, float("inf")]))
VALUES = st.recursive(WORDS | NUMBERS, lambda inside: st.lists(inside, max_size=3)
                      | st.dictionaries(WORDS, inside, max_size=3), max_leaves=6)
FLOATS = st.floats(width=32) | st.sampled_from([np.nan, np.inf, 1e38, -1e30])


def places(value, path=()):
    """The paths to all values inside of lists and dicts."""
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


def change_meta(draw, meta):
    """Changes one value, takes it away, or puts another one beside it."""
    few = [path for path in places(meta) if path and (path[0] != "vocabulary" or path[-1] in ("vocabulary", 0, 5))]
    *way, key = draw(st.sampled_from(few))
    container = meta
    for step in way:
        container = container[step]
    action = draw(st.sampled_from(["change", "change", "near", "near", "near", "near", "remove", "add"]))
    if action == "near" and type(container[key]) in (int, float):
        container[key] += draw(st.sampled_from([-1, 1, 10, -100, 10 ** 6, 0.5, -1e-9]))
    elif action == "near" and isinstance(container[key], str):
        container[key] = draw(st.sampled_from(["", "x", "grammar", "numba", "\x1b[2J", container[key][:-1], "<unk>"]))
    elif action == "remove":
        del container[key]
    elif action == "add" and isinstance(container, list):
        container.insert(key, copy.deepcopy(container[draw(st.integers(0, len(container) - 1))]))
    elif action == "add":
        container[draw(WORDS)] = draw(VALUES)
    else:
        container[key] = draw(VALUES)


def change_arrays(draw, arrays):
    """Changes, removes or adds an array."""
    name = draw(st.sampled_from(sorted(arrays)))
    array = arrays[name]
    action = draw(st.sampled_from(["number", "type", "shape", "remove", "add", "order"]))
    if action == "number" and array.size:
        array.flat[draw(st.integers(0, array.size - 1))] = draw(FLOATS)
    elif action == "type":
        arrays[name] = array.astype(draw(st.sampled_from(["f8", "f2", "i4", ">f4", "S3", "?"])))
    elif action == "shape":
        arrays[name] = np.zeros(draw(st.lists(st.integers(0, 9), max_size=4)), np.float32)
    elif action == "order":
        arrays[name] = np.asfortranarray(array.T)
    elif action == "remove":
        del arrays[name]
    else:
        arrays[draw(st.sampled_from(["params/lstm3.b", "x", "../../x", "meta2"]))] = np.zeros(9, np.float32)


@st.composite
def contents(draw, begun_and_done):
    """The bytes of a checkpoint, with the right checksum."""
    run = begun_and_done / "runs" / draw(st.sampled_from(["begun", "done"]))
    meta, arrays = parts_of(run / "checkpoint.npz")
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.integers(0, 3)):
            change_meta(draw, meta)
        else:
            change_arrays(draw, arrays)
    data = bytearray(packed(meta, arrays, compress=draw(st.integers(0, 19)) == 0))
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1, 3]))):
        data[draw(st.integers(0, len(data) - 1 - DIGEST_BYTES))] = draw(st.integers(0, 255))
    return with_digest(bytes(data[:-DIGEST_BYTES]))


def test_whatever_a_checkpoint_says(begun_and_done, tmp_path_factory, capfd):
    folder, accepted = tmp_path_factory.mktemp("changed"), 0

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES == 150,
              suppress_health_check=list(HealthCheck))
    @given(contents(begun_and_done))
    def try_it(content):
        nonlocal accepted
        (folder / "checkpoint.npz").write_bytes(content)
        accepted += use(folder / "checkpoint.npz")
    try_it()
    out, err = capfd.readouterr()
    assert "\x1b" not in out + err and "\x9b" not in out + err
    assert accepted, "some changes do no harm"
