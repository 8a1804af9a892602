"""What the tutorials draw, so that their cells show what teaches: one module for each tutorial that draws.

A function takes numbers that the tutorial has computed, and returns a matplotlib Figure:

    from pictures import step as draw
    figure = draw.memory(held)
    figure.savefig("figures/02_memory.png", dpi=120)
"""
