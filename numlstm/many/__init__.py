"""Many networks: `members` (in processes, side by side), `cluster` (on other machines), `averaging`, `comparison`.

`probabilities` keeps what each member predicts. `board` shows how far the members of an ensemble are.
"""
