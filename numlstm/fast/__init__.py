"""Compiled twins of the network's inner loops. Without this subpackage numlstm runs on NumPy, more slowly.

Read `compiled` (the backend), `kernels` (a file for each cell, one for softmax and sums), `loops` (time loops), and
`tiles`, `blocks`, `registers` and `skipping` (matrix products). Then read `threads`, `buffers`, `fastest` (which
products are the fastest on this machine) and `jit` (compilation, and machine code on disk).
"""
