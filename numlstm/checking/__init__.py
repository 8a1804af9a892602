"""Are the derivatives right? Read `numerical` (finite differences) and `problem` (a small network to check).

Then `directions` checks networks of any size.
"""
