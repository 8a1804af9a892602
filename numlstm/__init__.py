"""Recurrent Neural Network Regularization (Zaremba, Sutskever, Vinyals, 2014) in NumPy.

Begin with the command `train`. It calls the training loop in `learning.loop`, that a step in `learning.step`, that the
network in `network.model`, that its layers in `network.unroll`, and these the steps of a cell in `network.cells`.
The rooms, in the order in which to read them: network (the paper), learning, corpus (texts), runs (what a run writes),
checking (are the derivatives right?), fast (compiled twins), many (many networks), speed, report (tables, figures).
`python -m numlstm` lists the commands.
"""

__version__ = "0.1.0"
