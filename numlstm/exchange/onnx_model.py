"""A network as an ONNX model, which ONNX Runtime and many other programs run.

Inputs: x (T, B), numbers of words; h (L, B, H), and in an LSTM c, the carried state: zeros at the beginning of a text.
Outputs: log_probabilities (T, B, V) of the next words; h_next and c_next, the state to carry on.

The embedding is a Gather, each layer an LSTM, GRU or RNN operator, the softmax a MatMul, an Add and a LogSoftmax.
Shapes: T time steps, B batch columns, H hidden units, V vocabulary, L layers. T and B may be different in every call.
"""

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..network import model
from ..network.cells.cell import Cell
from ..network.layers import Array, Params
from ..network.unroll import Weights
from ..runs.files import write_whole
from . import layout
from .library import library

OPSET, IR = 17, 8  # versions of 2022, so that older programs read the file, too
Ends = dict[str, tuple[int, list]]  # {name of an input or output: its element type and shape}
LARGEST = 2 ** 31 - 1  # bytes: the limit of protobuf, the format of an ONNX file


def write(path: Path, params: Params) -> None:
    """Writes a network as an ONNX file. Raises UserError if it is too large for one."""
    if 4 * model.parameter_count(params) > LARGEST - 2 ** 20:
        raise UserError("an ONNX file can hold at most 2 GB of parameters: export this network as safetensors")
    write_whole(path, build(params).SerializeToString())


def build(params: Params) -> Any:
    """The network as an onnx.ModelProto."""
    onnx = library("onnx.numpy_helper")
    graph = Graph(onnx)
    layers = model.recurrent_layers(params)
    parts = layers[0][1].state
    H, L = params["embedding"].shape[1], len(layers)

    graph.node("Gather", [graph.constant("embedding", params["embedding"]), "x"], ["out0"])
    ones = graph.constant("ones", np.ones(L, np.int64))
    for part in parts:
        graph.node("Split", [part, ones], [f"{part}{n}" for n in range(L)], axis=0)  # L times (1, B, H)
    for n, (_, cell, weights) in enumerate(layers):
        graph.layer(n, cell, weights)
    for part in parts:
        graph.node("Concat", [f"{part}{n}_next" for n in range(L)], [f"{part}_next"], axis=0)
    graph.node("MatMul", [f"out{L}", graph.constant("softmax.W", params["softmax.W"])], ["product"])
    graph.node("Add", ["product", graph.constant("softmax.b", params["softmax.b"])], ["logits"])
    graph.node("LogSoftmax", ["logits"], ["log_probabilities"], axis=-1)

    inputs: Ends = {"x": (onnx.TensorProto.INT64, ["T", "B"])}
    inputs |= {part: (onnx.TensorProto.FLOAT, [L, "B", H]) for part in parts}
    outputs: Ends = {"log_probabilities": (onnx.TensorProto.FLOAT, ["T", "B", len(params["softmax.b"])])}
    outputs |= {f"{part}_next": (onnx.TensorProto.FLOAT, [L, "B", H]) for part in parts}
    return graph.finish(inputs, outputs)


class Graph:
    """An ONNX graph that grows node by node."""

    def __init__(self, onnx: Any):
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, array: Array) -> str:
        """Adds an array, and returns its name."""
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def node(self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        """Adds an operator between named arrays."""
        self.nodes.append(self.onnx.helper.make_node(operator, inputs, outputs, **attributes))

    def layer(self, n: int, cell: Cell, weights: Weights) -> None:
        """Adds a recurrent layer: out{n} (T, B, I), state h{n}, c{n} -> out{n+1} (T, B, H), h{n}_next, c{n}_next."""
        parts = layout.lay_out(cell, weights, layout.ONNX)
        named = {"W": parts.Wx, "R": parts.Wh, "B": np.concatenate([parts.bx, parts.bh])}
        arrays = [self.constant(f"{cell.name}{n + 1}.{name}", array[None]) for name, array in named.items()]
        option = {"linear_before_reset": 1} if cell.name == "gru" else {}  # the reset comes after the product
        states, next_states = [f"{part}{n}" for part in cell.state], [f"{part}{n}_next" for part in cell.state]
        self.node(cell.name.upper(), [f"out{n}", *arrays, "", *states], [f"directions{n}", *next_states],
                  hidden_size=len(weights.Wh), **option)
        axis = self.constant(f"axis{n}", np.array([1]))
        self.node("Squeeze", [f"directions{n}", axis], [f"out{n + 1}"])  # the operator's output is (T, 1, B, H)

    def finish(self, inputs: Ends, outputs: Ends) -> Any:
        """The onnx.ModelProto of the graph, checked. inputs, outputs: {name: (element type, shape)}."""
        helper = self.onnx.helper
        infos = [[helper.make_tensor_value_info(name, *info) for name, info in ends.items()]
                 for ends in (inputs, outputs)]
        graph = helper.make_graph(self.nodes, "numlstm", *infos, self.constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR,
                                 producer_name="numlstm")
        self.onnx.checker.check_model(made)
        return made
