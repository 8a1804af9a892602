"""Are the derivatives right? `numerical` (finite differences), `problem` (a network to check), `directions` (any size)."""
