"""What the commands share: `step` (one step of training), `loop` (all of them), `evaluation`, `sample`.

`recurrent` is dropout in the standard manner, which the paper argues against. `backends` picks who computes.
"""
