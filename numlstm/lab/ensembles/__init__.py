"""Ensembles: many networks trained side by side, and their predictions averaged.

Read `members` (in processes of this machine; experiments use it, too), `predictions` (what a network predicts, in a
small file), `sources` (where the networks of an average come from) and `averaging`. `board` shows how far the members
are. For other machines: `cluster`, `leg` (a worker's part), `scheduler`. `table` and `figure` show the results.
"""
