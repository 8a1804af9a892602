"""An independent opinion: PyTorch's LSTM and its automatic differentiation give the same loss and gradients."""

import numpy as np
import pytest

from numlstm.checking.numerical import dense
from numlstm.learning.backends import choose
from numlstm.network import model
from numlstm.network.config import Config

torch = pytest.importorskip("torch", reason="needs PyTorch, which numlstm doesn't")


def to_torch_order(array):
    """Gates i, f, o, g -> PyTorch's i, f, g, o; and transposed, as PyTorch's weights act from the left."""
    i, f, o, g = np.split(array, 4, axis=-1)
    return torch.tensor(np.concatenate([i, f, g, o], axis=-1).T)


def torch_network(params, layers):
    """PyTorch leaves with the same numbers: {numlstm's name: tensor}, and an nn.LSTM that uses them."""
    H = params["embedding"].shape[1]
    lstm = torch.nn.LSTM(H, H, layers, dtype=torch.float64)
    leaves = {name: torch.tensor(params[name], requires_grad=True) for name in ("embedding", "softmax.W", "softmax.b")}
    with torch.no_grad():
        for layer in range(layers):
            for ours, theirs in (("Wx", "weight_ih"), ("Wh", "weight_hh"), ("b", "bias_ih")):
                parameter = getattr(lstm, f"{theirs}_l{layer}")
                parameter.copy_(to_torch_order(params[f"lstm{layer + 1}.{ours}"]))
                leaves[f"lstm{layer + 1}.{ours}"] = parameter
            getattr(lstm, f"bias_hh_l{layer}").zero_()  # PyTorch has a second bias; the paper has one
    return leaves, lstm


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_loss_and_all_gradients_agree_with_autograd(layers, backend, rng):
    config = Config(hidden=13, layers=layers, batch=4, unroll=6, init=0.4)
    V = 23
    params = model.init_params(config, V, rng, np.float64)
    words = rng.integers(0, V, (7, 4))
    state = [tuple(rng.normal(size=(2, 4, 13))) for _ in range(layers)]
    dstate = [tuple(rng.normal(size=(2, 4, 13))) for _ in range(layers)]

    nll, carried, cache = model.forward(params, words[:-1], words[1:], state, backend=choose(backend))
    grads, dcarried = model.backward(model.loss_backward(nll), cache, dstate, choose(backend))

    leaves, lstm = torch_network(params, layers)
    h0, c0 = (torch.tensor(np.stack(part), requires_grad=True) for part in zip(*state))
    out, (h, c) = lstm(leaves["embedding"][torch.tensor(words[:-1])], (h0, c0))
    logits = out @ leaves["softmax.W"] + leaves["softmax.b"]
    targets = torch.tensor(words[1:]).flatten()
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets, reduction="sum") / 4
    dh, dc = (torch.tensor(np.stack(part)) for part in zip(*dstate))
    (loss + (h * dh).sum() + (c * dc).sum()).backward()

    assert model.loss_forward(nll) == pytest.approx(loss.item(), rel=1e-13)
    np.testing.assert_allclose([pair[0] for pair in carried], h.detach(), rtol=1e-12)
    np.testing.assert_allclose([pair[1] for pair in carried], c.detach(), rtol=1e-12)
    for name, grad in grads.items():
        ours = dense(grad, params[name])
        ours = to_torch_order(ours) if name.startswith("lstm") else ours
        np.testing.assert_allclose(ours, leaves[name].grad, rtol=1e-9, atol=1e-13, err_msg=name)
    np.testing.assert_allclose([pair[0] for pair in dcarried], h0.grad, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose([pair[1] for pair in dcarried], c0.grad, rtol=1e-9, atol=1e-13)
