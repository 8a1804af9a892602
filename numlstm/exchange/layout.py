"""How other libraries lay out a recurrent layer, and the way there and back.

PyTorch and ONNX multiply a matrix by a column, so their matrices are the transposes of ours. They have the blocks of a
pre-activation (`network.cells.cell` explains them) in orders of their own. And they add a bias beside each of the two
products. Here the first one holds our bias. The second is zero, except in a block that only h Wh feeds: a GRU's m.

Shapes: H hidden units, I the width of x, X and M the rows of the two matrices: H for each block that x or h feeds.
"""

from typing import NamedTuple

import numpy as np

from ..errors import UserError
from ..network.cells.cell import Cell
from ..network.layers import Array
from ..network.unroll import Weights


class Layout(NamedTuple):
    """A recurrent layer's parameters as another library has them."""

    Wx: Array  # (X, I)
    Wh: Array  # (M, H)
    bx: Array  # (X,)
    bh: Array  # (M,)


Orders = dict[str, tuple[str, str]]  # {cell: the blocks that x feeds and those that h feeds, in the library's order}

PYTORCH: Orders = {"lstm": ("ifgo", "ifgo"), "gru": ("rzn", "rzm"), "rnn": ("a", "a")}
ONNX: Orders = {"lstm": ("iofg", "iofg"), "gru": ("zrn", "zrm"), "rnn": ("a", "a")}  # its LSTM calls g c, its GRU n h


def orders_of(cell: Cell, orders: Orders) -> tuple[str, str]:
    """The two orders of a cell's blocks. Raises UserError if the library has no such cell."""
    if cell.name not in orders:
        raise UserError(f"PyTorch and ONNX have no cell called {cell.name}: only {', '.join(orders)} can be exported")
    return orders[cell.name]


def lay_out(cell: Cell, weights: Weights, orders: Orders) -> Layout:
    """A layer's weights, in another library's layout."""
    x_order, h_order = orders_of(cell, orders)
    from_x = split(weights.Wx, cell.blocks[:cell.x_blocks])  # {block: (I, H)}
    from_h = split(weights.Wh, cell.blocks[-cell.h_blocks:])
    bias = split(weights.b, cell.blocks)
    return Layout(np.ascontiguousarray(np.hstack([from_x[block] for block in x_order]).T),
                  np.ascontiguousarray(np.hstack([from_h[block] for block in h_order]).T),
                  np.hstack([bias[block] for block in x_order]),
                  np.hstack([0 * bias[block] if block in x_order else bias[block] for block in h_order]))


def take_back(cell: Cell, layout: Layout, orders: Orders) -> Weights:
    """`lay_out` in reverse. Where two biases are added to one block, ours is their sum."""
    x_order, h_order = orders_of(cell, orders)
    from_x, from_h = split(layout.Wx.T, x_order), split(layout.Wh.T, h_order)
    bx, bh = split(layout.bx, x_order), split(layout.bh, h_order)
    none = np.zeros(layout.Wh.shape[1], layout.Wh.dtype)
    sums = [bx.get(block, none) + bh.get(block, none) for block in cell.blocks]
    return Weights(np.ascontiguousarray(np.hstack([from_x[block] for block in cell.blocks[:cell.x_blocks]])),
                   np.ascontiguousarray(np.hstack([from_h[block] for block in cell.blocks[-cell.h_blocks:]])),
                   np.hstack(sums))


def split(array: Array, blocks: str | tuple[str, ...]) -> dict[str, Array]:
    """{block: its columns}."""
    return dict(zip(blocks, np.split(array, len(blocks), axis=-1)))
