"""What a run is (`state`), and how it is stored (`checkpoint`, `folders`).

A file from outside is read by `archive` (arrays), and compared with a schema by `contents` and `schema`; `published`
downloads one. `files` writes files, `lock` keeps a second command out of a folder, `stop` handles Ctrl-C, `progress`
shows how far a run is, `memory` says whether a network fits in, and `version` which numlstm this is.
"""
