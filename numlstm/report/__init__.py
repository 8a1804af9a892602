"""Tables, from rows of strings (`tables`): of `runs` beside the paper's (`paper`), `experiments` and `speed`.

Figures, each module a few of them.
"""
