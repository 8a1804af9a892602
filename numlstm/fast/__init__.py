"""Compiled twins of the network's inner loops. Without this room numlstm runs on NumPy, more slowly.

Read `compiled` (the twins), `kernels` (gates, softmax, sums), `loops` (time loops), `tiles` and `registers`
(matrix products), `threads`, `buffers`, `fastest` (which products are the fastest here), `jit` (compilation).
"""
