"""The laboratory: experiments, ensembles, speed, and the tables and pictures of results. Nothing outside needs it.

Its commands: `compare`, `ensemble`, `benchmark`, `results`, `plots`. Its rooms: `experiments` (which networks are
compared, and what of them is measured), `ensembles` (many networks trained side by side and averaged, also on a
cluster), `speed` (measurements, beside other programs), and `report` (tables and pictures that several of them need).
"""
