"""The course in tutorials/build: its network is numlstm's, its gaps are gaps, and its checker recognises mistakes."""

import re
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from helpers import ROOT

from numlstm.corpus import data
from numlstm.learning.step import train_step
from numlstm.network import model
from numlstm.network.backend import NUMPY
from numlstm.network.config import Config

sys.path.insert(0, str(ROOT / "tutorials/build"))
import check
import gaps
from checker import mistakes, trying

FOLDER = ROOT / "tutorials/build"
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def with_code(function, code):
    """paper.py with other code in the place of a function's gap."""
    gap = trying.GAPS[function].code
    assert trying.RIGHT.count(gap) == 1
    return trying.RIGHT.replace(gap, textwrap.indent(textwrap.dedent(code).strip("\n"), "    ") + "\n")


def said(function, code):
    """What the checker says about a function with this code."""
    return check.check(function, with_code(function, code), gaps.SOLUTION)


# --- paper.py ------------------------------------------------------------------------------

def test_the_solution_is_right():
    for function in trying.GAPS:
        assert check.check(function, trying.RIGHT) == []
    assert check.check("train_epoch", trying.RIGHT, alone=False) == []


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_it_trains_as_numlstm_does(dtype, tolerance):
    """The same first parameters and masks, the same loss after every step."""
    own = trying.load(trying.RIGHT)
    own.update(H=12, L=2, B=6, T=10, P=0.2, CLIP=5.0)
    config = Config(hidden=12, layers=2, batch=6, unroll=10, dropout=0.2, clip=5.0)
    corpus = data.load()
    columns = data.columns(corpus.train[:2500], 6, 10)
    generators = np.random.default_rng(1), np.random.default_rng(1)
    params = own["init_params"](len(corpus.vocabulary), generators[0])
    package = model.init_params(config, len(corpus.vocabulary), generators[1])
    assert list(params) == list(package)
    assert all(np.array_equal(params[name], package[name]) for name in params)
    params, package = ({name: array.astype(dtype) for name, array in found.items()} for found in (params, package))

    losses, forward = [], own["forward"]
    own["forward"] = lambda *arguments: losses.append(forward(*arguments)) or losses[-1]
    own["train_epoch"](params, columns, 1.0, generators[0])
    state = model.zero_state(package, 6)
    assert len(losses) == data.window_count(columns, 10) > 40
    for n, (loss, *_) in enumerate(losses):
        nll, state, _ = train_step(package, data.window(columns, 10, n), state, config, 1.0, generators[1], NUMPY)
        assert loss.dtype == dtype and loss == pytest.approx(model.loss_forward(nll), rel=tolerance)
    for name in params:
        assert np.allclose(params[name], package[name], rtol=0, atol=tolerance)


# --- gaps -------------------------------------------------------------------------------------

def test_every_gap_is_short_and_the_readme_shows_its_solution():
    assert {gap.step for gap in gaps.gaps()} == set(range(1, 13))
    for gap in gaps.gaps():
        assert 1 <= len(gap.code.splitlines()) <= 8
        assert f"```python\n{textwrap.dedent(gap.code)}```" in README, f"README.md has another {gap.function}"


def test_outside_its_gaps_the_file_is_the_solution():
    filled = gaps.gapped()
    for gap in gaps.gaps():
        filled = filled.replace(f"    your_turn({gap.step})  # write step {gap.step} in place of this line\n",
                                gap.code, 1)
    added = set(filled.splitlines()) - set(trying.RIGHT.splitlines())
    assert len(added) == 4 and all("network.py" in line or "import your_turn" in line for line in added)


def test_an_empty_gap_is_said_in_one_line_and_the_others_are_checked(capsys, tmp_path):
    path = tmp_path / "network.py"
    path.write_text(gaps.gapped(), encoding="utf-8")
    assert len(check.report(path)) == len(trying.GAPS)
    assert capsys.readouterr().out.count("your turn\n") == len(trying.GAPS)
    for gap in gaps.gaps():
        path.write_text(trying.RIGHT.replace(gap.code, "    from gaps import your_turn\n    your_turn(1)\n"), "utf-8")
        left = check.report(path)
        assert [other.function for other in left] == [gap.function]
    assert "WRONG" not in capsys.readouterr().out


def test_the_commands_lead_on(tmp_path):
    """gaps.py writes the file, once. The file says which gap is the next, and so does check.py."""
    folder = shutil.copytree(FOLDER, tmp_path / "tutorials/build", ignore=shutil.ignore_patterns("network.py"))
    (tmp_path / "numlstm").mkdir()
    shutil.copy(gaps.SOLUTION, tmp_path / "numlstm")

    def call(*command):
        return subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=120)

    assert call("check.py").stderr.startswith("error: there is no network.py yet")
    assert call("gaps.py").returncode == 0
    assert "exists already" in call("gaps.py").stderr
    done = call("network.py")
    assert done.returncode == 1 and done.stderr == "Step 1 is next: write dropout_mask\n"
    network = folder / "network.py"
    network.write_text(network.read_text(encoding="utf-8").replace("your_turn(1)", "mask = rng.random(shape) >= p"))
    done = call("check.py", "1")
    assert done.returncode == 1 and done.stderr == "" and "WRONG" in done.stdout and "Next: step 1" in done.stdout
    network.write_text("def forward(:\n")
    done = call("check.py")
    assert done.returncode == 1 and done.stderr.startswith("error: network.py can't be read. SyntaxError")
    assert done.stderr.count("\n") == 1


# --- mistakes ---------------------------------------------------------------------------------

@pytest.mark.parametrize("function", trying.GAPS)
def test_the_usual_mistakes_are_recognised(function):
    for mistake in mistakes.MISTAKES[function]:
        code = trying.GAPS[function].code
        assert code.count(mistake.right) == 1
        found = [line for line in said(function, code.replace(mistake.right, mistake.wrong)) if "erhaps" in line]
        assert len(found) == 1 and found[0].endswith(mistake.message), (mistake, found)


def test_messages_point_to_equations_that_exist():
    messages = [mistake.message for some in mistakes.MISTAKES.values() for mistake in some]
    named = {re.search(r"\((\d+[a-e])\)$", message)[1] for message in messages}
    assert named <= set(re.findall(r"\((\d+[a-e])\)", README)) and len(named) > 25


OWN_WAYS = {  # written otherwise than the solution: (function, code, what is said about it)
    "two mistakes, other names": ("step_backward", """
        dc = dc_next + dh * o * (1 - tanh_c ** 2)
        gradient = np.empty((len(dh), 4 * H))
        gradient[:, :H] = dc * g
        gradient[:, H:2 * H] = dc * c_prev * f * (1 - f)
        gradient[:, 2 * H:3 * H] = dh * tanh_c * o * (1 - o)
        gradient[:, 3 * H:] = dc * i * (1 - g)
        da, dc_prev = gradient, dc * f
        """, ["dc, dc_prev: right", "block i of da: WRONG, perhaps the derivative of the sigmoid, i * (1 - i)",
              "block g of da: WRONG, perhaps the derivative of tanh is 1 - g^2"]),
    "two mistakes in two lines": ("layer_backward", """
        for t in range(len(dout) - 1, -1, -1):
            x, h_prev, c_prev, gates = saved[t]
            da, dc_next = step_backward(dout[t], dc_next, c_prev, gates)
            dWx, dWh, db = dWx + x.T @ da, h_prev.T @ da, db + np.sum(da, axis=0)
            dx[t] = da @ Wx.T
        """, ["da: WRONG, perhaps the gradient from the next step, dh_next", "dWh: WRONG, perhaps = instead of +="]),
    "an error": ("affine_backward", """
        dtop = np.dot(dlogits, W.T).reshape(top.shape)
        dW = top.reshape(-1, H) @ dlogits
        db = dlogits.sum(0)
        """, ["line ", "ValueError", "Perhaps top must be transposed here"]),
    "an own order of the blocks": ("step_backward", """
        dc = dc_next + dh * o * (1 - tanh_c ** 2)
        dc_prev = dc * f
        da_o, da_i = dh * tanh_c * o * (1 - o), dc * g * i * (1 - i)
        da_f, da_g = dc * c_prev * f * (1 - f), dc * i * (1 - g ** 2)
        gates = np.concatenate([da_o, da_i, da_f, da_g], axis=1)
        da = gates
        """, ["da: WRONG, its blocks are in the order o, i, f, g, and should be i, f, o, g"]),
    "a scale": ("softmax_backward", "dlogits = (probs - np.eye(probs.shape[1])[y]) / columns / columns / 5",
                ["dlogits: WRONG, it should be T * B times as large"]),
    "a transpose": ("embedding_backward", "dtable = np.zeros_like(table).T\nnp.add.at(dtable.T, x, dout)",
                    ["dtable: WRONG, its shape is (4, 7), and should be (7, 4): it is the transpose"]),
    "nothing": ("learning_rate", "rate = None", ["rate in epoch 1", "WRONG, it is a NoneType, and should be a number"]),
    "too few": ("forward", "top = probs = h\nnll = np.zeros(x.size)\nloss = 0.0",
                ["carried: WRONG, it holds 0 arrays, and should hold 4", "loss: WRONG"]),
    "infinite": ("update", "for name in params:\n    params[name] /= 0", ["params", "it is not finite"]),
}


@pytest.mark.parametrize("case", OWN_WAYS)
def test_mistakes_in_code_of_ones_own(case):
    function, code, wanted = OWN_WAYS[case]
    found = "\n".join(said(function, code))
    assert all(text in found for text in wanted), found


@pytest.mark.parametrize("function, code", [
    ("step_forward", """
        a = h_prev @ Wh
        a += x @ Wx
        gates = np.tanh(a + b) if False else a + b
        i, f, o = (1 / (1 + np.exp(-gates[:, n * H:(n + 1) * H])) for n in range(3))
        g = np.tanh(gates[:, -H:])
        c = i * g + c_prev * f
        tanh_c = np.tanh(c)
        h = tanh_c * o
        """),
    ("layer_backward", """
        das = []
        for (x, h_prev, c_prev, gates), d in zip(saved[::-1], dout[::-1]):
            da, dc_next = step_backward(d + dh_next, dc_next, c_prev, gates)
            dh_next = da @ Wh.T
            das.insert(0, da)
        xs, hs = (np.concatenate([step[n] for step in saved]) for n in (0, 1))
        das = np.concatenate(das)
        dWx, dWh, db, dx = xs.T @ das, hs.T @ das, das.sum(axis=0), (das @ Wx.T).reshape(dout.shape)
        """),
    ("learning_rate", """
        rate = 1
        for _ in range(full, epoch):
            rate /= decay
        """),
    ("embedding_backward", "dtable = (np.eye(len(table))[x.ravel()].T @ dout.reshape(-1, table.shape[1]))"),
    ("update", """
        long = np.concatenate([grad.ravel() for grad in grads.values()])
        for name, grad in grads.items():
            params[name][:] = params[name] - rate * grad / max(1, np.linalg.norm(long) / limit)
        """),
])
def test_another_right_way_is_right(function, code):
    assert said(function, code) == []


def test_other_arguments_and_no_function():
    changed = trying.RIGHT.replace("def update(params, grads, rate, limit)", "def update(params, grads)")
    assert check.check("update", changed, gaps.SOLUTION)[0] == "it can't be called as the course does"
    gone = trying.RIGHT.replace("def update(", "def change(")
    assert check.check("update", gone, gaps.NETWORK) == ["there is no function update in network.py"]


def test_every_link_of_the_readme_exists():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert link.startswith("https://") or (FOLDER / link).exists(), link
