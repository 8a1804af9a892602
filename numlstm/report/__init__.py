"""Tables, from rows of strings (`tables`), of `runs`, `experiments` and `speed`. Figures, each module a few of them."""
