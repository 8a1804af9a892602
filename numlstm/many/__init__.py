"""Many networks: `members` (side by side, in processes), `averaging`, `comparison`, `cluster` (on other machines).

`board` shows how far they are.
"""
