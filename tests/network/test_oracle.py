"""An independent opinion: PyTorch's layers and its automatic differentiation give the same loss and gradients."""

import numpy as np
import pytest

from numlstm.checking.numerical import dense
from numlstm.learning.backends import choose
from numlstm.network import model
from numlstm.network.config import Config

torch = pytest.importorskip("torch", reason="needs PyTorch, which numlstm doesn't")

LAYERS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
ORDER = {"lstm": (0, 1, 3, 2), "gru": (1, 2, 0), "rnn": (0,)}  # of the blocks in PyTorch: i f g o; r z n


def in_torch_order(array, order):
    """The blocks of an array's columns in another order, and transposed, as PyTorch's weights act from the left."""
    blocks = np.split(array, len(order), axis=-1)
    return np.ascontiguousarray(np.concatenate([blocks[n] for n in order], axis=-1).T)


def torch_parameters(cell, layer):
    """A layer's {"Wx", "Wh", "b"} under PyTorch's names: weight_ih, weight_hh, bias_ih, bias_hh."""
    Wx, Wh, b = layer["Wx"], layer["Wh"], layer["b"]
    if cell == "gru":  # n r z m: Wh feeds r z m, and of PyTorch's second bias only m's matters
        n, r, z, m = np.split(b, 4)
        h_order, biases = (0, 1, 2), (np.concatenate([r, z, n]), np.concatenate([0 * r, 0 * z, m]))
    else:
        h_order, biases = ORDER[cell], (in_torch_order(b[None], ORDER[cell])[:, 0], np.zeros_like(b))
    return {"weight_ih": in_torch_order(Wx, ORDER[cell]), "weight_hh": in_torch_order(Wh, h_order),
            "bias_ih": biases[0], "bias_hh": biases[1]}


def torch_network(cell, params, layers):
    """PyTorch's layer and its leaves, with the same numbers."""
    H = params["embedding"].shape[1]
    network = LAYERS[cell](H, H, layers, dtype=torch.float64)
    leaves = {name: torch.tensor(params[name], requires_grad=True) for name in ("embedding", "softmax.W", "softmax.b")}
    with torch.no_grad():
        for number in range(layers):
            layer = {part: params[f"{cell}{number + 1}.{part}"] for part in ("Wx", "Wh", "b")}
            for name, array in torch_parameters(cell, layer).items():
                getattr(network, f"{name}_l{number}").copy_(torch.tensor(array))
    return network, leaves


def assert_same_layer_gradients(cell, network, number, grads):
    ours = {part: grads[f"{cell}{number + 1}.{part}"] for part in ("Wx", "Wh", "b")}
    for name, array in torch_parameters(cell, ours).items():
        theirs = getattr(network, f"{name}_l{number}").grad.numpy()
        if name == "bias_hh":  # in a GRU, the last block: m. Elsewhere, and in its other blocks, the first bias again
            theirs, array = (theirs[-len(theirs) // 3:], array[-len(theirs) // 3:]) if cell == "gru" else (0, 0)
        np.testing.assert_allclose(array, theirs, rtol=1e-9, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", LAYERS)
def test_loss_and_all_gradients_agree_with_autograd(cell, layers, backend, rng):
    config = Config(cell=cell, hidden=13, layers=layers, batch=4, unroll=6, init=0.4)
    V = 23
    params = model.init_params(config, V, rng, np.float64)
    words = rng.integers(0, V, (7, 4))
    state, dstate = ([rng.normal(size=array.shape) for array in model.zero_state(params, 4)] for _ in range(2))

    nll, carried, cache = model.forward(params, words[:-1], words[1:], state, backend=choose(backend))
    grads, dcarried = model.backward(model.loss_backward(nll), cache, dstate, choose(backend))

    network, leaves = torch_network(cell, params, layers)
    parts = [torch.tensor(np.stack(part), requires_grad=True) for part in zip(*state)]  # h (and c), each (L, B, H)
    out, last = network(leaves["embedding"][torch.tensor(words[:-1])], tuple(parts) if cell == "lstm" else parts[0])
    last = last if cell == "lstm" else (last,)
    logits = out @ leaves["softmax.W"] + leaves["softmax.b"]
    targets = torch.tensor(words[1:]).flatten()
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets, reduction="sum") / 4
    upstream = [torch.tensor(np.stack(part)) for part in zip(*dstate)]
    (loss + sum((part * dpart).sum() for part, dpart in zip(last, upstream))).backward()

    assert model.loss_forward(nll) == pytest.approx(loss.item(), rel=1e-13)
    for number, part in enumerate(last):
        np.testing.assert_allclose([array[number] for array in carried], part.detach(), rtol=1e-12)
        np.testing.assert_allclose([array[number] for array in dcarried], parts[number].grad, rtol=1e-9, atol=1e-13)
    for name, leaf in leaves.items():
        np.testing.assert_allclose(dense(grads[name], params[name]), leaf.grad, rtol=1e-9, atol=1e-13, err_msg=name)
    for number in range(layers):
        assert_same_layer_gradients(cell, network, number, grads)
