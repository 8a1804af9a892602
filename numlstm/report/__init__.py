"""Tables and figures: `tables` (from rows of strings), used by `runs`, `experiments` and `speed`; `figures`."""
