"""Recurrent cells, one file each: read `cell` (what a cell is), then `lstm`, `gru`, `rnn`.

A cell of your own: write its file, and add a line to CELLS. `python -m numlstm.gradcheck --cell NAME` then checks its
derivatives, and `python -m numlstm.train --cell NAME` trains it. It needs no kernel.

Tutorial: tutorials/09_your_own_cell.md
"""

from . import gru, lstm, rnn

CELLS = {
    "lstm": lstm.CELL,
    "gru": gru.CELL,
    "rnn": rnn.CELL,
}
