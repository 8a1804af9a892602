"""The paper, in NumPy alone: read `config`, `layers`, `lstm`, `model`, `optim`.

`backend` lists the functions that have a faster twin elsewhere. Nothing in this room knows who calls it.
"""
