"""Dropout in the standard manner, on the recurrent connections too: what the paper argues against.

It is built outside the model, from its public functions, a step at a time: between two steps the
state is taken out, dropped out, and handed back. (`lstm` itself can't drop what it remembers.)

    h_{t-1} -> D(h_{t-1}),  and with places "hc" also  c_{t-1} -> D(c_{t-1})       in every layer

in addition to D on the L + 1 upward arrows. So on its way through n steps h meets n masks more, and with
"hc" so does c, the memory itself.

Shapes: T time steps, B batch columns, H hidden units, L layers.

Tutorial: tutorials/04_dropout.md
"""

import numpy as np

from ..network import model
from ..network.backend import NUMPY
from ..network.layers import Rows, dropout_backward, dropout_forward, dropout_mask
from .step import check_loss


def draw_state_masks(config, T, B, rng, places):
    """For every step and layer a pair of masks for (h, c), each (B, H); None where nothing is dropped."""
    def draw(part):
        return dropout_mask((B, config.hidden), config.dropout, rng) if part in places else None
    return [[(draw("h"), draw("c")) for _ in range(config.layers)] for _ in range(T)]


def on_state(operation, state, masks):
    """dropout_forward or dropout_backward on the h and c of every layer."""
    return [tuple(operation(part, mask) for part, mask in zip(*pairs)) for pairs in zip(state, masks)]


def add(total, grads):
    """Adds one step's gradients to `total`, in place; sparse ones to their rows."""
    for name, grad in grads.items():
        if isinstance(grad, Rows):
            total[name][grad.index] += grad.values
        else:
            total[name] += grad


def gradients(params, x, y, carried, config, rng, backend=NUMPY, places="h"):
    """As `step.gradients`, with the state dropped between steps: h for places "h", h and c for "hc"."""
    T, B = x.shape
    steps = [slice(t, t + 1) for t in range(T)]
    masks = model.draw_masks(config, T, B, rng)
    state_masks = draw_state_masks(config, T, B, rng, places)

    nll, caches = [], []
    for step, dropped in zip(steps, state_masks):
        state = on_state(dropout_forward, carried, dropped)
        step_nll, carried, cache = model.forward(
            params, x[step], y[step], state, [mask[step] for mask in masks], backend)
        nll.append(step_nll)
        caches.append(cache)
    nll = np.concatenate(nll)                                                      # (T, B)
    check_loss(nll)

    dnll, dstate = model.loss_backward(nll), None
    total = {name: np.zeros_like(array) for name, array in params.items()}
    for step, dropped, cache in zip(steps[::-1], state_masks[::-1], caches[::-1]):
        grads, dstate = model.backward(dnll[step], cache, dstate, backend)
        dstate = on_state(dropout_backward, dstate, dropped)
        add(total, grads)
    return nll, carried, total
