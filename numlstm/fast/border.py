"""The border of the compiled backend: a kernel sees only arrays that it was made for.

NumPy's functions define what a backend computes, for any arrays: of other strides or types, empty, read-only, or
overlapping. A kernel takes less for granted the more it checks, and is slower for it. So nothing is checked inside.
Instead each method of the compiled backend looks at its arguments once, here, which takes a microsecond. Where they
aren't ordinary, NumPy's definition computes, or refuses.

Tutorial: tutorials/12_fast.md
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..network.backend import Backend

Method = TypeVar("Method", bound=Callable[..., Any])
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def compiled_for(ordinary: Callable[..., bool]) -> Callable[[Method], Method]:
    """Decorates a method: where ordinary(*arguments) is False, the definition of the same name in Backend is called."""
    def decorate(method: Method) -> Method:
        definition = getattr(Backend, method.__name__)

        @functools.wraps(method)
        def checked(self: Backend, *arguments: Any, **named: Any) -> Any:
            if ordinary(*arguments, **named):
                return method(self, *arguments, **named)
            return definition(*arguments, **named)
        return checked  # type: ignore[return-value]
    return decorate


def floats(*arrays: np.ndarray) -> bool:
    """Whether the arrays are not empty, and of one type, float32 or float64 in the machine's order of bytes.

    Nor may they be read-only: for numba that is another type, even where nothing is written.
    """
    dtype = arrays[0].dtype
    return dtype in FLOATS and all(array.dtype == dtype and array.size and array.flags.writeable for array in arrays)


def in_order(*arrays: np.ndarray) -> bool:
    """Whether the arrays are `floats`, each in one piece of memory, row after row, beginning at a whole number."""
    return floats(*arrays) and all(array.flags.c_contiguous and array.flags.aligned for array in arrays)


def lines(*arrays: np.ndarray) -> bool:
    """Whether the rows or the columns of each matrix lie in one piece, and forwards, as in parts and transposes."""
    return all(array.itemsize in array.strides and min(array.strides) > 0 and array.flags.aligned for array in arrays)


def apart(out: np.ndarray, *arrays: np.ndarray) -> bool:
    """Whether the memory of `out` is not that of another array."""
    return not any(np.may_share_memory(out, array) for array in arrays)


# --- what is ordinary for each method -------------------------------------------------------------

def for_update(array: np.ndarray, rate: float, grad: np.ndarray) -> bool:
    return in_order(array, grad) and array.shape == grad.shape and apart(array, grad)


def for_penalty(grad: np.ndarray, weight: np.ndarray, l2: float, l1: float) -> bool:
    return in_order(grad, weight) and grad.shape == weight.shape and apart(grad, weight)


def for_sum(array: np.ndarray) -> bool:
    return in_order(array)


def for_column_sums(array: np.ndarray) -> bool:
    return in_order(array) and array.ndim == 2


def for_row_sums(array: np.ndarray, order: np.ndarray, start: np.ndarray) -> bool:
    return for_column_sums(array) and start.size > 0 and words(order, len(array)) and words(start, len(order))


def for_softmax(logits: np.ndarray, y: np.ndarray) -> bool:
    return in_order(logits) and words(y, logits.shape[1]) and y.shape == logits.shape[:1]


def for_softmax_backward(dnll: np.ndarray, probs: np.ndarray, y: np.ndarray) -> bool:
    return floats(dnll, probs) and dnll.shape == y.shape and for_softmax(probs, y) and apart(probs, dnll)


def words(numbers: np.ndarray, count: int) -> bool:
    """Whether these are whole numbers from 0 up to `count`."""
    return numbers.size > 0 and numbers.dtype.kind == "i" and 0 <= numbers.min() and numbers.max() < count


def for_product(left: np.ndarray, right: np.ndarray, bias: np.ndarray | None = None,
                out: np.ndarray | None = None) -> bool:
    given = [array for array in (bias, out) if array is not None]
    return (floats(left, right, *given) and left.ndim == right.ndim == 2 and left.shape[1] == right.shape[0]
            and lines(left, right)
            and (bias is None or bias.shape == right.shape[1:] and in_order(bias))
            and (out is None or out.shape == (len(left), right.shape[1]) and out.strides[1] == out.itemsize
                 and lines(out) and apart(out, left, right, *given[:-1])))


def for_loop(cell: Any, a: np.ndarray, Wh: np.ndarray, state: np.ndarray) -> bool:
    return floats(a, Wh, state) and in_order(a) and lines(Wh)


def for_loop_backward(cell: Any, dout: np.ndarray, dstate: np.ndarray, cache: Any) -> bool:
    return floats(dout, dstate, cache.weights.Wh) and in_order(dout, cache.a) and lines(cache.weights.Wh)
