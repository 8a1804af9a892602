"""Networks for other programs: PyTorch and ONNX Runtime predict the same, and safetensors come back bit for bit."""

import dataclasses
import json
import re
import sys
import textwrap

import numpy as np
import pytest

from numlstm import evaluate, export, generate, train
from numlstm.errors import UserError
from numlstm.exchange import layout, onnx_model, pytorch
from numlstm.network import model
from numlstm.network.cells import CELLS
from numlstm.network.config import Config
from numlstm.runs import checkpoint
from numlstm.runs.state import Checkpoint, new_state

pytest.importorskip("safetensors", reason="needs safetensors: pip install -e '.[export]'")

CONFIG = Config(hidden=11, layers=2, batch=3, init=0.6, dropout=0.5, clip=float("inf"))
WORDS = ["a", "ü", "<eos>", "<unk>", *(f"w{n}" for n in range(15))]
READING = {"tokens": "words", "keep_case": True, "ends": "lines", "rules": 2}
every_cell = pytest.mark.parametrize("cell", layout.PYTORCH)
every_depth = pytest.mark.parametrize("layers", [1, 3])


def make_run(folder, **fields):
    """A run's folder with the checkpoint of an untrained network. Returns the checkpoint."""
    config = dataclasses.replace(CONFIG, **fields)
    settings = {"data": "/secret/place/text.txt", "reading": READING, "vocab_size": None, "backend": "numba",
                "log_agreement": False}
    job = Checkpoint(config, settings, WORDS, "0f" * 32, new_state(config, len(WORDS)))
    folder.mkdir(exist_ok=True)
    checkpoint.save(folder / "checkpoint.npz", job)
    return job


def predictions(job, rng):
    """Two windows of words, each with numlstm's log-probabilities (T, B, V) and state (L, B, H), ... carried on."""
    state = [rng.normal(size=array.shape).astype(np.float32) for array in model.zero_state(job.state.params, 3)]
    first = [np.stack(part) for part in zip(*state)]
    windows = []
    for steps in (5, 2):
        x = rng.integers(0, len(WORDS), (steps, 3))
        logits, state, _ = model.logits_forward(job.state.params, x, state)
        logits = logits.astype(float)
        log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        windows.append((x, log_probabilities.reshape(*x.shape, -1), [np.stack(part) for part in zip(*state)]))
    return first, windows


def assert_equal(ours, theirs):
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5)


def torch_network(torch, cell, layers):
    """The network in the docstring of exchange/pytorch.py, with this cell."""
    text = textwrap.dedent(re.search(r"    class Network.*?(?=    network\.load)", pytorch.__doc__, re.DOTALL)[0])
    namespace = {"torch": torch}
    exec(text.replace("LSTM", cell.upper()).replace("lstm", cell), namespace)
    return namespace["Network"](len(WORDS), 11, layers)


@every_depth
@every_cell
def test_pytorch_predicts_the_same(cell, layers, tmp_path, rng):
    torch = pytest.importorskip("torch", reason="needs PyTorch, which numlstm doesn't")
    from safetensors.torch import load_file

    job = make_run(tmp_path / "x", cell=cell, layers=layers)
    export.main([str(tmp_path / "x"), "--to", "safetensors"])
    network = torch_network(torch, cell, layers)
    network.load_state_dict(load_file(tmp_path / "x/model.safetensors"), strict=True)

    first, windows = predictions(job, rng)
    state = [torch.tensor(part) for part in first]
    with torch.no_grad():
        for x, log_probabilities, last in windows:
            found, carried = network(torch.tensor(x), tuple(state) if cell == "lstm" else state[0])
            state = carried if cell == "lstm" else (carried,)
            assert_equal(log_probabilities, found)
            for ours, theirs in zip(last, state, strict=True):
                assert_equal(ours, theirs)


@every_depth
@every_cell
def test_onnx_runtime_predicts_the_same(cell, layers, tmp_path, rng):
    pytest.importorskip("onnx", reason="needs onnx: pip install -e '.[export]'")
    runtime = pytest.importorskip("onnxruntime", reason="needs ONNX Runtime: pip install onnxruntime")

    job = make_run(tmp_path / "x", cell=cell, layers=layers)
    export.main([str(tmp_path / "x"), "--to", "onnx"])
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(tmp_path / "x/model.onnx", options)
    parts = CELLS[cell].state

    state, windows = predictions(job, rng)
    for x, log_probabilities, last in windows:
        found, *state = session.run(["log_probabilities", *(f"{part}_next" for part in parts)],
                                    {"x": x, **dict(zip(parts, state, strict=True))})
        assert_equal(log_probabilities, found)
        for ours, theirs in zip(last, state, strict=True):
            assert_equal(ours, theirs)


@every_depth
@every_cell
def test_safetensors_come_back(cell, layers, in_tmp):
    before = make_run(in_tmp / "x", cell=cell, layers=layers)
    export.main(["x", "--to", "safetensors"])
    export.main(["x/model.safetensors", "--to", "run", "--name", "y"])
    after = checkpoint.load("runs/y")
    assert (after.config, after.vocabulary, after.fingerprint) == (before.config, WORDS, before.fingerprint)
    assert list(after.state.params) == list(before.state.params)
    for name, array in before.state.params.items():
        np.testing.assert_array_equal(after.state.params[name], array, err_msg=name)
    params = pytorch.parameters(pytorch.state_dict(before.state.params).get, before.config)
    assert all(array.flags.c_contiguous for array in params.values()), "row by row, as the kernels want them"
    assert after.settings["reading"] == READING
    assert after.settings["data"] == "text.txt", "folders of the machine it comes from are left out"


def test_a_network_that_pytorch_trained_has_two_biases(rng):
    """Where both feed a block, ours is their sum."""
    params = model.init_params(CONFIG, 5, rng)
    theirs = pytorch.state_dict(params)
    theirs["lstm.bias_hh_l0"] += 1
    np.testing.assert_allclose(pytorch.parameters(theirs.get, CONFIG)["lstm1.b"], params["lstm1.b"] + 1, rtol=1e-6)


def test_what_comes_back_can_be_evaluated_and_trained_on(text_file, in_tmp, capsys):
    train.main(["--size", "tiny", "--data", str(text_file), "--epochs", "1", "--name", "x", "--backend", "numpy"])
    export.main(["runs/x", "--to", "safetensors"])
    export.main(["runs/x/model.safetensors", "--to", "run"])
    for command in (evaluate, generate):
        said = []
        for run in ("runs/x", "runs/imported"):
            capsys.readouterr()
            command.main([run, "--backend", "numpy"] + ["--data", str(text_file)] * (command is evaluate))
            said.append(capsys.readouterr().out)
        assert said[0] == said[1] != ""
    assert train.main(["--resume", "runs/imported", "--data", str(text_file), "--backend", "numpy"]) == 0
    assert "test perplexity" in capsys.readouterr().out and checkpoint.load("runs/imported").state.epoch == 2


# --- what goes wrong ------------------------------------------------------------------------------

def refused(*arguments):
    """The message of an import that fails, and leaves no run behind."""
    with pytest.raises(UserError) as error:
        export.main([*arguments, "--to", "run", "--name", "y"])
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def exported(in_tmp):
    """An exported network: model.safetensors and model.json in an empty folder, where the test runs."""
    make_run(in_tmp)
    export.main([".", "--to", "safetensors"])
    yield in_tmp
    assert not list(in_tmp.glob("runs/*")), "a run was made of a bad file"


def change(arrays, name, value):
    arrays[name] = value


@pytest.mark.parametrize("mutate, part", [
    (lambda arrays: arrays.pop("softmax.bias"), "holds 10 arrays, and a network of 2 layers has 11"),
    (lambda arrays: change(arrays, "lstm.weight_xx_l0", arrays.pop("lstm.weight_ih_l0")), "no lstm.weight_ih_l0"),
    (lambda arrays: change(arrays, "softmax.bias", np.zeros(5, np.float32)), "softmax.bias is (5,), and must be (19,)"),
    (lambda arrays: change(arrays, "softmax.bias", np.zeros(19)), "softmax.bias is F64, and must be F32"),
    (lambda arrays: change(arrays, "softmax.bias", np.full(19, np.nan, np.float32)), "softmax.bias holds numbers"),
    (lambda arrays: change(arrays, "lstm.bias_ih_l1", np.full(44, np.inf, np.float32)), "not finite"),
])
def test_arrays_that_are_no_such_network(mutate, part, exported):
    from safetensors.numpy import load_file, save_file
    arrays = load_file("model.safetensors")
    mutate(arrays)
    save_file(arrays, "model.safetensors")
    assert part in refused("model.safetensors")


@pytest.mark.parametrize("damage", [
    lambda content: content[:-7], lambda content: content[:5], lambda content: b"", lambda content: b"x" + content,
    lambda content: b"\xff" * 8 + content[8:], lambda content: content + b"more", lambda content: b"PK" + content,
])
def test_damaged_files(damage, exported):
    path = exported / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    assert "is damaged or no safetensors file" in refused("model.safetensors")


@pytest.mark.parametrize("changes, part", [
    ({"format": "other"}, "format must be numlstm network 1"),
    ({"config": None}, "config must be an object"),
    ({"config": {"hidden": 11, "colour": "red"}}, "'colour' is unknown"),
    ({"config": {"hidden": -1}}, "config.hidden must be at least 1"),
    ({"config": {"hidden": 11, "layers": 1000}}, "a network of 1000 layers"),
    ({"config": {"hidden": 1_000_000, "layers": 2}}, "and must be (19, 1000000)"),
    ({"config": {"hidden": 11, "layers": 2, "cell": "gru"}}, "no gru.weight_ih_l0"),
    ({"vocabulary": WORDS + ["a"]}, "a word twice"),
    ({"vocabulary": WORDS[:2]}, "no <eos>"),
    ({"vocabulary": [*WORDS, 7]}, "vocabulary[19] must be a text"),
    ({"vocabulary": [*WORDS, "two words"]}, "a blank in it"),
    ({"vocabulary": [*WORDS[:-1], "\ud800"]}, "vocabulary[18] must be a text"),
    ({"vocabulary": [*WORDS, "more"]}, "embedding.weight is (19, 11), and must be (20, 11)"),
    ({"fingerprint": 7}, "fingerprint must be a text"),
    ({"corpus": {"data": "../x", "raw": True, "vocab_size": None, "words": None}}, "a name without folders"),
    ({"corpus": {"data": "x", "raw": 1, "vocab_size": None, "words": None}}, "corpus.raw must be true or false"),
    ({"corpus": {"data": "x", "raw": True, "vocab_size": -2, "words": None}}, "corpus.vocab_size must be at least 3"),
    ({"corpus": {"data": "x", "vocab_size": None, "words": None}}, "reading is missing"),
    ({"corpus": {"data": "x", "reading": READING | {"tokens": "x"}, "vocab_size": None, "words": None}},
     "corpus.reading.tokens must be words, blanks or characters"),
    ({"corpus": []}, "corpus must be an object"),
])
def test_descriptions_that_no_run_has(changes, part, exported):
    path = exported / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")
    assert part in refused("model.safetensors")


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000, b"[]", b"7"])
def test_descriptions_that_are_none(content, exported):
    (exported / "model.json").write_bytes(content)
    assert "model.json" in refused("model.safetensors")


def test_files_that_are_missing(exported):
    for path in ("nothing.safetensors", "."):
        assert f"there is no file {path}" in refused(path)
    (exported / "model.json").unlink()
    assert "there is no model.json, which holds" in refused("model.safetensors")


def test_bad_command_lines(exported):
    with pytest.raises(UserError, match="--name goes with --to run"):
        export.main([".", "--to", "onnx", "--name", "x"])
    with pytest.raises(UserError, match="there is no checkpoint"):
        export.main(["nowhere", "--to", "onnx"])


def test_a_cell_that_others_have_not(rng):
    with pytest.raises(UserError, match="no cell called mgu"):
        layout.orders_of(CELLS["gru"]._replace(name="mgu"), layout.ONNX)


@pytest.mark.parametrize("write, library", [(pytorch.write, "safetensors"), (onnx_model.write, "onnx")])
def test_a_library_that_is_missing(write, library, rng, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UserError, match=rf"needs {library}: pip install 'numlstm\[export\]'"):
        write(tmp_path / "x", model.init_params(CONFIG, 5, rng))


def test_a_network_too_large_for_onnx(monkeypatch, tmp_path):
    monkeypatch.setattr(onnx_model, "LARGEST", 100)
    with pytest.raises(UserError, match="at most 2 GB"):
        onnx_model.write(tmp_path / "x.onnx", {"softmax.b": np.zeros(9)})
    assert not list(tmp_path.iterdir())
