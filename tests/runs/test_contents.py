"""Checkpoints whose checksum is right and whose content isn't: what is wrong is said. (`test_trust` tries more.)"""

import numpy as np
import pytest
from tampered import load, npy, packed, parts_of

from numlstm import generate, train
from numlstm.errors import UserError
from numlstm.runs import checkpoint


def change(*path):
    """A function that changes the value at the path, all but its last element, to its last element."""
    *way, key, value = path

    def apply(meta):
        container = meta
        for step in way:
            container = container[step]
        container[key] = value
    return apply


WRONG = {  # what is changed in `begun`, and a part of the line that says so
    "settings without data": (lambda meta: meta["settings"].pop("data"), "settings.data is missing"),
    "settings that nobody knows": (change("settings", "eval", "x"), "'eval' is unknown"),
    "a log without a row": (lambda meta: meta["log"].clear(), "a row for each epoch"),
    "a row without a column": (lambda meta: meta["log"][0].pop("seconds"), "log[0].seconds is missing"),
    "a row of infinity": (change("log", 0, "valid_perplexity", float("inf")), "below inf"),
    "agreement that was not asked for": (change("log", 0, "agreement_1", 0.5), "has agreement"),
    "a word twice": (change("vocabulary", 3, "the"), "a word twice"),
    "a word that is a number": (change("vocabulary", 3, 7), "vocabulary[3] must be a text"),
    "a word of blanks": (change("vocabulary", 3, "a b"), "blank"),
    "half a character": (change("vocabulary", 3, "\ud800"), "vocabulary[3] must be a text"),
    "a byte": (change("vocabulary", 3, "\udc80"), "surrogates not allowed"),
    "no unknown word": (lambda meta: change("vocabulary", meta["vocabulary"].index("<unk>"), "x")(meta), "no <unk>"),
    "no epoch": (change("epoch", None), "epoch must be a whole number"),
    "epoch 0": (change("epoch", 0), "epoch must be at least 1"),
    "epoch -10^9": (change("epoch", -10 ** 9), "epoch must be at least 1"),
    "an epoch after the last": (change("epoch", 4), "epoch 4 of 2"),
    "a flag for a number": (change("epoch", True), "epoch must be a whole number"),
    "step -5": (change("step", -5), "step must be at least 0"),
    "more steps than words": (change("step", 10 ** 6), "can't have been read"),
    "seed 1.5": (change("config", "seed", 1.5), "config.seed must be a whole number"),
    "an endless number": (change("config", "lr", 10 ** 60), "61 digits"),
    "a million layers": (change("config", "layers", 10 ** 6), "at most 1,000"),
    "larger than the file": (change("config", "hidden", 10 ** 6), "but the config wants"),
    "a cell that is no word": (change("config", "cell", ["lstm"]), "config.cell must be lstm, gru or rnn"),
    "another generator": (change("rng", "bit_generator", "MT19937"), "rng.bit_generator must be PCG64"),
    "a generator's state": (change("rng", "state", "state", -1), "rng.state.state must be at least 0"),
    "steps in no time": (change("totals", "seconds", 0), "can't have taken"),
    "not an object": (change("config", []), "config must be an object"),
    "another format": (change("format", "numlstm checkpoint 9"), "format must be numlstm checkpoint 1"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_named(case, begun_and_done, tmp_path):
    apply, words = WRONG[case]
    meta, arrays = parts_of(begun_and_done / "runs/begun/checkpoint.npz")
    apply(meta)
    refused(tmp_path, packed(meta, arrays), words)


def refused(tmp_path, content, words):
    """The content is refused with these words, and with little memory."""
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        checkpoint.load(path)
    assert words in str(error.value) and "\n" not in str(error.value)
    assert load(path) is None


def test_json_that_goes_too_deep_or_is_none(begun_and_done, tmp_path):
    _, arrays = parts_of(begun_and_done / "runs/begun/checkpoint.npz")
    refused(tmp_path, packed(b"[" * 100_000 + b"]" * 100_000, arrays), "recursion depth")
    refused(tmp_path, packed(b"\xff{}", arrays), "decode")
    refused(tmp_path, packed(b" " * (16 << 20), arrays), "16,777,216 bytes")


def test_arrays_that_lie_about_their_size(begun_and_done, tmp_path):
    meta, arrays = parts_of(begun_and_done / "runs/begun/checkpoint.npz")
    zeros = {"extra": np.zeros(1 << 24, np.float32)}  # 64 MB, that become 65 kB
    refused(tmp_path, packed(meta, arrays | zeros, compress=True), "compressed")
    refused(tmp_path, packed(meta, arrays | {"extra": np.zeros(9, np.float32)}), "the array extra has")
    refused(tmp_path, packed(meta, arrays, twice=[("params/softmax.b", arrays["params/softmax.b"])]), "same name")
    header, huge = f"{arrays['params/softmax.W'].shape}, }}".encode(), b"(400000, 900000), }"
    lie = npy(arrays["params/softmax.W"]).replace(header.ljust(len(huge)), huge)
    refused(tmp_path, packed(meta, arrays | {"params/softmax.W": lie}), "softmax.W is float32(400000, 900000)")


@pytest.mark.parametrize("name", ["params/lstm1.Wh", "state/2/c"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite(name, value, begun_and_done, tmp_path):
    meta, arrays = parts_of(begun_and_done / "runs/begun/checkpoint.npz")
    arrays[name][1, 2] = value
    refused(tmp_path, packed(meta, arrays), "not finite")


@pytest.mark.parametrize("words", ["fewer", "others"])
def test_a_vocabulary_that_is_not_that_of_the_text(words, begun_and_done, tmp_path):
    """A word's number would be outside of the arrays, or be another word."""
    meta, arrays = parts_of(begun_and_done / "runs/begun/checkpoint.npz")
    if words == "fewer":
        meta["vocabulary"] = ["the", "dog", "cat", "<unk>", "<eos>"]
        for name, axis in (("params/embedding", 0), ("params/softmax.W", 1), ("params/softmax.b", 0)):
            arrays[name] = np.ascontiguousarray(arrays[name].take(range(5), axis))
    else:
        meta["vocabulary"][3] = "another"
    (tmp_path / "checkpoint.npz").write_bytes(packed(meta, arrays))
    assert load(tmp_path / "checkpoint.npz") is not None, "by itself, it is in order"
    with pytest.raises(UserError, match="can't be those of the text"):
        train.main(["--resume", str(tmp_path)])


def test_control_characters_never_reach_the_terminal(begun_and_done, capfd):
    assert any("\x1b" in word for word in checkpoint.load(begun_and_done / "runs/done").vocabulary)
    run = str(begun_and_done / "runs/done")
    generate.main([run, "--words", "300", "--prompt", "\x1b[2J \x07", "--backend", "numpy"])
    out, err = capfd.readouterr()
    assert "\x1b" not in out + err and "\N{REPLACEMENT CHARACTER}" in out and "\N{REPLACEMENT CHARACTER}" in err
