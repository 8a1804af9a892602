"""What a run is, and how it is stored: `state`, `checkpoint`, `folders`.

`files` writes them, `lock` keeps a second command out, `stop` and `progress` are between the loop and a person.
"""
