"""The colours of all figures: distinguishable to the colour-blind, and in print."""

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#808080"
