"""Whose inner loops run: NumPy's, which define the model, or their compiled twins."""

import sys
from typing import Callable, NamedTuple

from . import layers, lstm
from .errors import UserError


class Backend(NamedTuple):
    """The functions that have a twin."""

    name: str
    lstm_step_forward: Callable
    lstm_step_backward: Callable
    softmax_cross_entropy_forward: Callable
    softmax_cross_entropy_backward: Callable


NUMPY = Backend("numpy", lstm.step_forward, lstm.step_backward,
                layers.softmax_cross_entropy_forward, layers.softmax_cross_entropy_backward)


def choose(name="numba"):
    """The backend called "numba" or "numpy". Without a working numba: NumPy's, and a line that says so."""
    if name == "numpy":
        return NUMPY
    if name != "numba":
        raise UserError(f"--backend must be numba or numpy, not {name}")
    try:
        from . import kernels
    except Exception as error:  # not installed, or made for another Python or NumPy: all kinds of errors
        print(f"numba can't be used here ({' '.join(str(error).split())}); the NumPy loops run instead: "
              "the same numbers but for rounding, more slowly.", file=sys.stderr)
        return NUMPY
    return Backend("numba", kernels.lstm_step_forward, kernels.lstm_step_backward,
                   kernels.softmax_cross_entropy_forward, kernels.softmax_cross_entropy_backward)
