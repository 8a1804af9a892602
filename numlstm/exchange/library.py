"""The libraries of formats, which need not be installed."""

import importlib
from typing import Any

from ..errors import UserError


def library(name: str) -> Any:
    """The package that a module of this name, such as onnx.numpy_helper, is in. Raises UserError without it."""
    package = name.partition(".")[0]
    try:
        importlib.import_module(name)
        return importlib.import_module(package)
    except ImportError:
        raise UserError(f"this needs {package}: pip install 'numlstm[export]'") from None
