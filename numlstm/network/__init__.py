"""The paper, in NumPy alone. This room imports no other room.

Read `config` (the sizes), `layers` (embedding, dropout, affine map, softmax), `cells` (LSTM, GRU, RNN),
`unroll` (a cell over T steps), `model` (the stack, and where dropout goes), `optim` (clipping, SGD).

Then read `regularize` (L2, L1, drop-connect) and `recurrent_dropout` (what the paper argues against). `backend` lists
the operations for which another room may provide a faster version.
"""
