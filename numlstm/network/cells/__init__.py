"""Recurrent cells, one file each. Read `cell` (what a cell is), then `lstm`, `gru`, `rnn`.

To make a cell of your own, write its file, import it here and add a line to CELLS. Then
`python -m numlstm.gradcheck --cell NAME` checks its derivatives, and `python -m numlstm.train --cell NAME` trains it.
It needs no compiled version.

Tutorial: tutorials/05_other_cells.md
"""

from . import gru, lstm, rnn

CELLS = {
    "lstm": lstm.CELL,
    "gru": gru.CELL,
    "rnn": rnn.CELL,
}
