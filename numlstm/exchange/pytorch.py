"""A network as a PyTorch state_dict, in a safetensors file: names, shapes and numbers, nothing that could be executed.

The names are those of this module, in which LSTM may also be GRU (then gru) or RNN (then rnn):

    class Network(torch.nn.Module):
        def __init__(self, V, H, L):
            super().__init__()
            self.embedding = torch.nn.Embedding(V, H)
            self.lstm = torch.nn.LSTM(H, H, L)
            self.softmax = torch.nn.Linear(H, V)

        def forward(self, x, state=None):                    # x (T, B)
            out, state = self.lstm(self.embedding(x), state)
            return self.softmax(out).log_softmax(-1), state  # (T, B, V)

    network.load_state_dict(safetensors.torch.load_file("model.safetensors"))

`read` also takes such a network that PyTorch has trained.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError, one_line
from ..network import model
from ..network.cells import CELLS
from ..network.config import Config
from ..network.layers import Array, Params
from ..runs.files import write_whole
from . import layout
from .library import library

PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")  # PyTorch's names for the parts of a Layout


def state_dict(params: Params) -> dict[str, Array]:
    """A network's parameters under PyTorch's names and in its layout."""
    arrays = {"embedding.weight": params["embedding"]}
    for number, (_, cell, weights) in enumerate(model.recurrent_layers(params)):
        parts = layout.lay_out(cell, weights, layout.PYTORCH)
        arrays |= {f"{cell.name}.{part}_l{number}": array for part, array in zip(PARTS, parts)}
    return arrays | {"softmax.weight": np.ascontiguousarray(params["softmax.W"].T), "softmax.bias": params["softmax.b"]}


def parameters(array: Callable[[str], Array], config: Config) -> Params:
    """`state_dict` in reverse. array(name) gives the array of that name."""
    cell = CELLS[config.cell]
    params = {"embedding": array("embedding.weight")}
    for number in range(config.layers):
        parts = layout.Layout(*(array(f"{cell.name}.{part}_l{number}") for part in PARTS))
        weights = layout.take_back(cell, parts, layout.PYTORCH)
        params |= {f"{cell.name}{number + 1}.{part}": value for part, value in weights._asdict().items()}
    return params | {"softmax.W": np.ascontiguousarray(array("softmax.weight").T), "softmax.b": array("softmax.bias")}


def shapes(config: Config, vocab_size: int) -> dict[str, tuple[int, ...]]:
    """{name: shape} of the state_dict of such a network."""
    cell, H, V = CELLS[config.cell], config.hidden, vocab_size
    layout.orders_of(cell, layout.PYTORCH)
    of_layer = {"weight_ih": (cell.x_blocks * H, H), "weight_hh": (cell.h_blocks * H, H),
                "bias_ih": (cell.x_blocks * H,), "bias_hh": (cell.h_blocks * H,)}
    wanted = {"embedding.weight": (V, H), "softmax.weight": (V, H), "softmax.bias": (V,)}
    return wanted | {f"{cell.name}.{part}_l{number}": shape
                    for number in range(config.layers) for part, shape in of_layer.items()}


def write(path: Path, params: Params) -> None:
    """Writes a network as a safetensors file."""
    write_whole(path, library("safetensors.numpy").numpy.save(state_dict(params)))


def read(path: Path, config: Config, vocab_size: int) -> Params:
    """The parameters in a safetensors file, for a network of this Config and so many words.

    Raises UserError where the file is damaged, or holds other arrays than such a network has. That is found out before
    any array is read.
    """
    safetensors = library("safetensors.numpy")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            check_arrays(path, file, config, vocab_size)
            return parameters(lambda name: finite(path, name, file.get_tensor(name)), config)
    except (safetensors.SafetensorError, OSError) as error:
        raise UserError(f"{path} is damaged or no safetensors file ({one_line(error)}): use another copy") from None


def check_arrays(path: Path, file: Any, config: Config, vocab_size: int) -> None:
    """Raises UserError unless an open safetensors file holds exactly the arrays of such a network, in float32."""
    names, advice = set(file.keys()), f"it doesn't belong to the {path.with_suffix('.json').name} beside it"
    if len(names) != 3 + len(PARTS) * config.layers:
        raise UserError(f"{path} holds {len(names)} arrays, and a network of {config.layers} layers has "
                        f"{3 + len(PARTS) * config.layers}: {advice}")
    for name, shape in shapes(config, vocab_size).items():
        if name not in names:
            raise UserError(f"{path} holds no {name}: {advice}")
        array = file.get_slice(name)
        if tuple(array.get_shape()) != shape:
            raise UserError(f"{path}: {name} is {tuple(array.get_shape())}, and must be {shape}: {advice}")
        if array.get_dtype() != "F32":
            raise UserError(f"{path}: {name} is {array.get_dtype()}, and must be F32: save the network in float32")


def finite(path: Path, name: str, array: Array) -> Array:
    """The array. Raises UserError if it holds a number that is not finite."""
    if not np.isfinite(array).all():
        raise UserError(f"{path}: {name} holds numbers that are not finite: the network diverged while it was trained")
    return array
