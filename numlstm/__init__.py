"""Recurrent Neural Network Regularization (Zaremba, Sutskever, Vinyals, 2014) in NumPy.

Where to begin reading: `learning.step` is one step of training; it calls `forward` and `backward` of
`network.model`, and these those of `network.lstm`. `python -m numlstm` lists the commands.
"""

__version__ = "0.1.0"
