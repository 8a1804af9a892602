"""Many networks: `members` (in processes, side by side), `averaging`, `comparison`, `cluster` (on other machines).

`board` shows how far the members of an ensemble are.
"""
