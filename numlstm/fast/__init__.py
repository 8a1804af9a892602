"""Compiled twins of the network's inner loops. Without this room numlstm runs on NumPy, more slowly.

Read `compiled` (the backend), `kernels` (gates, softmax, sums: a file for each cell), `loops` (time loops), `tiles` and
`registers` (matrix products). Then `threads`, `buffers`, `fastest` (which products are the fastest here) and `jit`
(compilation, and machine code on disk).
"""
