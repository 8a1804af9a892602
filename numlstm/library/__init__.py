"""numlstm in Python: `load` a trained network or `fit` one, and ask it. `import numlstm` offers the same names.

Read `network` (what a network can be asked), `rows` (what reading gives), `training` (`fit`).
"""

from .network import Network, load
from .rows import Row, Rows
from .training import fit

__all__ = ["Network", "Row", "Rows", "fit", "load"]
