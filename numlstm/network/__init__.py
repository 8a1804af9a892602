"""The paper, in NumPy alone. Nothing in this room knows who calls it.

Read `config` (the sizes), `layers` (embedding, dropout, affine map, softmax), `cells` (LSTM, GRU, RNN), `unroll` (a cell
over T steps), `model` (the stack, and where dropout goes), `optim` (clipping, SGD).

Then `regularize` (L2, L1, drop-connect) and `recurrent_dropout` (what the paper argues against). `backend` lists the
operations that may have a faster twin elsewhere.
"""
