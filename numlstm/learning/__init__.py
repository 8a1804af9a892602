"""Training and use of a network: `step` (one step of training), `loop` (all steps), `evaluation`, `sample`.

`backends` chooses the backend that computes.
"""
