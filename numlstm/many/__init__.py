"""Many networks, trained side by side and compared or averaged.

Read `members` (in processes of this machine). Then, for ensembles, `probabilities` (what each member predicts),
`averaging`, and `board` (how far the members are). For experiments: `arms`, `tries`, `search`, `measures`,
`comparison`. For other machines: `cluster`, `leg` (a worker's part), `scheduler`.
"""
