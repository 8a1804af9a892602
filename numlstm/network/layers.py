"""Embedding, dropout, affine map and softmax cross-entropy, each with a forward and a backward function.

Shapes: T time steps, B batch columns, H hidden units, V vocabulary, N = T*B. Arrays are time-major.
A gradient is named after its array, with a `d` in front: dx is dLoss/dx and has the shape of x. dout is the gradient
of a function's result.

Tutorial: tutorials/03_backward.md, tutorials/06_dropout.md
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

if TYPE_CHECKING:
    from .backend import Backend

Array = np.ndarray  # of floats, or of integers where it holds words


@dataclass(frozen=True)
class Rows:
    """A gradient that is zero except in some rows. A window uses only few of the V embeddings."""

    index: Array   # (U,) the U different words of the window, ascending
    values: Array  # (U, H) the gradients of their rows


Params = dict[str, Array]  # {name: a parameter}
Grads = dict[str, Any]     # {name: its gradient}: an Array, or Rows
State = list[Array]        # of every layer (S, B, H), what it remembers


# --- embedding: h_t^0 is a row of the table -----------------------------------------------------

def embedding_forward(x: Array, table: Array) -> Array:
    """Words x (T, B) -> their rows of table (V, H): an array (T, B, H)."""
    return table[x]


def row_sums(array: Array, order: Array, start: Array) -> Array:
    """Reorders the rows of array (N, H), then sums them from each start up to the next: (len(start), H)."""
    return np.add.reduceat(array[order], start, axis=0)


def embedding_backward(dout: Array, x: Array, backend: "Backend") -> Rows:
    """Gradient of the table, as Rows. The row of a word that occurs n times gets the sum of its n gradients."""
    flat = x.ravel()
    order = np.argsort(flat, kind="stable")  # brings equal words together
    index, start = np.unique(flat[order], return_index=True)
    return Rows(index, backend.row_sums(dout.reshape(flat.size, -1), order, start))


# --- dropout: the operator D of section 3.2 --------------------------------------------------

def dropout_mask(shape: tuple[int, ...], p: float, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Array:
    """A mask for D: 0 with probability p, else 1 / (1 - p), so that the expectation of D(x) is x."""
    keep = rng.random(shape, dtype=np.float32) >= p
    return np.multiply(keep, 1 / (1 - p), dtype=dtype)


def dropout_forward(x: Array, mask: Array | None) -> Array:
    """D(x). Without a mask (evaluation) D is the identity."""
    return x if mask is None else x * mask


def dropout_backward(dout: Array, mask: Array | None) -> Array:
    """The units that were dropped, and only those, get no gradient."""
    return dout if mask is None else dout * mask


# --- affine map: logits = h W + b -------------------------------------------------------------

def product(left: Array, right: Array, bias: Array | None = None, out: Array | None = None) -> Array:
    """left (M, K), right (K, N) -> left @ right (M, N), plus bias (N,) in every row; in `out` if given."""
    out = np.matmul(left, right, out=out)
    if bias is not None:
        out += bias
    return out


def column_sums(array: Array) -> Array:
    """array (M, N) -> (N,): the gradient of a bias that was added to every row."""
    return array.sum(axis=0)


def affine_forward(h: Array, W: Array, b: Array, backend: "Backend") -> Array:
    """h (T, B, H), W (H, V), b (V,) -> logits (T*B, V)."""
    return backend.product(h.reshape(-1, W.shape[0]), W, b)


def affine_backward(dlogits: Array, h: Array, W: Array, backend: "Backend") -> tuple[Array, Array, Array]:
    """-> dh (T, B, H), dW (H, V), db (V,)."""
    dh = backend.product(dlogits, W.T).reshape(h.shape)
    dW = backend.product(h.reshape(-1, W.shape[0]).T, dlogits)
    return dh, dW, backend.column_sums(dlogits)


# --- softmax cross-entropy: y_t = softmax(logits), nll = -log y_t[target] ------------------------

def softmax_cross_entropy_forward(logits: Array, y: Array) -> tuple[Array, Array]:
    """logits (N, V) and targets y (N,) -> nll (N,), probs (N, V). The logits' memory becomes probs."""
    logits -= logits.max(axis=1, keepdims=True)  # doesn't change probs, and keeps exp from overflowing
    rows = np.arange(y.size)
    target = logits[rows, y]
    probs = np.exp(logits, out=logits)
    total = probs.sum(axis=1)
    probs /= total[:, None]
    return np.log(total) - target, probs  # -log(exp(target) / total)


def softmax_cross_entropy_backward(dnll: Array, probs: Array, y: Array) -> Array:
    """dlogits (N, V) = dnll * (probs - onehot(y)). The memory of probs becomes dlogits.

    nll = log(sum(exp(logits))) - logits[y]. The derivative of the first term is softmax(logits), that is probs.
    The derivative of logits[y] is onehot(y).
    """
    dlogits = probs
    dlogits[np.arange(y.size), y] -= 1
    dlogits *= dnll[:, None]
    return dlogits
