"""Recurrent Neural Network Regularization (Zaremba, Sutskever, Vinyals, 2014) in NumPy.

Where to begin reading: `train.train_step` is one step of learning; it calls `model.forward` and
`model.backward`, and these `lstm.forward` and `lstm.backward`. `python -m numlstm` lists the commands.
"""

__version__ = "0.1.0"
