"""What a run is (`state`), and how it is stored (`checkpoint`, `folders`).

`files` writes files, `lock` keeps a second command out of a folder, `stop` handles Ctrl-C, and `progress` shows how far
a run is.
"""
