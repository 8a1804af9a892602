"""Tables and pictures, from the files that runs leave behind (`inputs`).

`runs` is the table of finished runs beside the paper's (`paper`); `tables` makes Markdown of rows of strings.
`unrolled` draws the network; `drawing` has its boxes and arrows. Experiments, ensembles and speed have tables and
figures of their own.
"""
