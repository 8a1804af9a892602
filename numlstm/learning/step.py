"""One step of learning: gradients of a window's loss, clipping, update.

T time steps, B batch columns. A window is x, y (T, B): the words read, and the words to predict, each
one place later (there is a picture in corpus/data.py). nll (T, B) is the negative log-probability of each word
of y, in nats. The carried state is the memory at a window's end: h and c, (B, H), of every layer.

Tutorial: tutorials/05_training.md
"""

from ..errors import Diverged
from ..network import model, optim
from ..runs.state import MAX_NLL


def gradients(params, x, y, carried, config, rng, backend):
    """Gradients of one window's loss, with fresh masks on the non-recurrent connections.

    Returns: nll (T, B) of the words y; the state to carry on; the gradients, a dict like params.
    Raises Diverged as `check_loss` does.
    """
    masks = model.draw_masks(config, *x.shape, rng)
    nll, carried, cache = model.forward(params, x, y, carried, masks, backend)
    check_loss(nll)
    grads, _ = model.backward(model.loss_backward(nll), cache, backend=backend)
    return nll, carried, grads


def check_loss(nll):
    """Raises Diverged where the mean of nll (T, B) is no number, or so large that its perplexity is none.

    Whether parameters of 1e30 make a NaN or a huge number depends on the order in which products are summed.
    """
    mean = nll.mean(dtype=float)
    if not mean < MAX_NLL:
        raise Diverged(f"the loss is {mean:.3g} nats per word")


def train_step(params, x, y, carried, config, lr, rng, backend, gradients_of=gradients):
    """One window: gradients, clipping, update (in place).

    `gradients_of` is `gradients`, or another way to compute them (`recurrent` drops the state, too).

    Returns: nll (T, B) of the words y; the state to carry on; the gradient's norm before clipping.
    Raises Diverged, with params untouched, where the loss is too large or no number, or the gradient not finite.
    """
    nll, carried, grads = gradients_of(params, x, y, carried, config, rng, backend)
    norm = optim.sgd_step(params, grads, lr, config.clip, backend.square_sum, backend.subtract)
    return nll, carried, norm
