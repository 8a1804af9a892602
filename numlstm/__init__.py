"""Recurrent Neural Network Regularization (Zaremba, Sutskever, Vinyals, 2014) in NumPy.

    import numlstm
    net = numlstm.load()                        # a trained network: the one that comes with numlstm, or "runs/mine"
    net.next("the keys that the king hides")    # the next words, with their probabilities

`paper` is the whole paper in one file of 250 lines. The rest is the same network as a library: faster, with more cells
and regularizers, and with all that a person needs who trains one. To read it, start at the command `train` and follow
the calls: the training loop in `learning.loop`, one step of training in `learning.step`, the network in
`network.model`, its layers in `network.unroll`, and one time step of a cell in `network.cells`.

Each folder is called a room. In reading order: network (the paper), learning, corpus (texts), runs (what a run writes),
checking (are the derivatives right?), fast (compiled versions of the inner loops), exchange (networks for other
programs), page (what `explore` writes), library (numlstm in Python). Behind them lies a laboratory that none of them
needs, `lab`: experiments, ensembles, speed, and the tables and pictures of results. `python -m numlstm` lists the
commands.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import UserError
    from .library import Network, Row, Rows, fit, load

__version__ = "0.1.0"
__all__ = ["Network", "Row", "Rows", "UserError", "fit", "load"]

if sys.argv[:1] == ["-m"]:  # `python -m numlstm.NAME` is about to import the command, which takes a while
    from .errors import while_importing

    sys.excepthook = while_importing


def __getattr__(name: str) -> Any:
    """The names of __all__ are imported when they are used: `import numlstm` takes no time."""
    if name in __all__:
        from importlib import import_module
        return getattr(import_module(f"{__name__}.{'errors' if name == 'UserError' else 'library'}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
