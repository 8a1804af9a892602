"""Tables and figures, from the files that runs leave behind (`inputs`).

Tables: of `runs` beside the paper's (`paper`), of `experiments`, `ensembles` and `speed`, all from rows of strings
(`tables`). Figures: `figures` (an ensemble), `compared` and `ranked` (an experiment), `speed_figures`, and `unrolled`
(the network; `drawing` has its boxes and arrows).
"""
