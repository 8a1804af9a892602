"""What the commands share: `step` (one step of training), `loop` (all of them), `evaluation`, `sample`.

`backends` picks who computes.
"""
