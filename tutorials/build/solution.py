"""The network of the paper in one file: forward, backward, training.

    python tutorials/build/solution.py       trains it on the built-in language, in less than a minute

Shapes: T time steps, B columns of text, H units, L layers, V words, N = T * B. Arrays are time-major: h is (T, B, H).
dh is the gradient of the loss with respect to h, and has the shape of h. Vectors are rows.
"""

import numpy as np

from numlstm.corpus import data

H, L, B, T = 100, 2, 20, 20         # units, layers, columns of text, time steps of a window
P, INIT, CLIP = 0.2, 0.1, 5.0       # share of units dropped, bound of the first parameters, largest gradient norm
EPOCHS, FULL, DECAY = 10, 5, 2.0    # epochs, those at the full learning rate, what divides it in each later one
SEED = 1


def init_params(V, rng):
    """{name: array} of all parameters, drawn from U(-INIT, INIT)."""
    shapes = {"embedding": (V, H)}
    for n in range(L):
        shapes |= zip(names(n), [(H, 4 * H), (H, 4 * H), (4 * H,)])
    shapes |= {"softmax.W": (H, V), "softmax.b": (V,)}
    return {name: rng.uniform(-INIT, INIT, shape).astype(np.float32) for name, shape in shapes.items()}


def zero_state(params, columns):
    """The state before the first word: for each layer h and c, each (columns, H)."""
    return [np.zeros((2, columns, H), params["embedding"].dtype) for _ in range(L)]


def names(n):
    """The names of the parameters of layer n, counted from 0: those of Wx (H, 4H), Wh (H, 4H), b (4H,)."""
    return [f"lstm{n + 1}.{part}" for part in ("Wx", "Wh", "b")]


def weights(params, n):
    """Wx, Wh and b of layer n, counted from 0."""
    return [params[name] for name in names(n)]


def sigmoid(a):
    """1 / (1 + exp(-a)), without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * a)


# --- forward ----------------------------------------------------------------------------------

def dropout_mask(shape, p, rng):
    """A mask, float32: 0 with probability p, else 1 / (1 - p)."""
    # step 1
    keep = rng.random(shape, dtype=np.float32) >= p
    mask = (keep / (1 - p)).astype(np.float32)
    # end
    return mask


def step_forward(x, h_prev, c_prev, Wx, Wh, b):
    """One time step. x, h_prev, c_prev are (B, H) -> h, c (B, H), and what backward needs: gates."""
    # step 2
    a = x @ Wx + h_prev @ Wh + b                        # (B, 4H)
    a_i, a_f, a_o, a_g = np.split(a, 4, axis=1)         # each (B, H)
    i, f, o, g = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)
    c = f * c_prev + i * g
    tanh_c = np.tanh(c)
    h = o * tanh_c
    # end
    return h, c, (i, f, o, g, tanh_c)


def layer_forward(x, state, Wx, Wh, b):
    """One layer over a window. x (T, B, H) -> out (T, B, H), the state carried on, and what backward needs: saved."""
    out, saved = np.empty_like(x), []
    h, c = state
    # step 3
    for t in range(len(x)):
        h_prev, c_prev = h, c
        h, c, gates = step_forward(x[t], h_prev, c_prev, Wx, Wh, b)
        out[t] = h
        saved.append((x[t], h_prev, c_prev, gates))
    # end
    return out, (h, c), saved


def softmax_forward(logits, y):
    """logits (N, V), target words y (N,) -> nll (N,), probs (N, V)."""
    # step 4
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)  # (N, 1)
    probs = np.exp(shifted) / total
    nll = np.log(total[:, 0]) - shifted[np.arange(len(y)), y]
    # end
    return nll, probs


def forward(params, x, y, state, masks):
    """Words x, y (T, B) -> loss, nll (T, B), the state carried on, and what backward needs: cache."""
    h = params["embedding"][x]                          # (T, B, H)
    carried, saved = [], []
    # step 5
    for n in range(L):
        h, layer_state, layer_saved = layer_forward(h * masks[n], state[n], *weights(params, n))
        carried.append(layer_state)
        saved.append(layer_saved)
    top = h * masks[L]
    logits = top.reshape(-1, H) @ params["softmax.W"] + params["softmax.b"]
    nll, probs = softmax_forward(logits, y.ravel())
    loss = nll.sum() / x.shape[1]
    # end
    return loss, nll.reshape(x.shape), carried, (saved, top, probs)


# --- backward ---------------------------------------------------------------------------------

def softmax_backward(probs, y, columns):
    """The gradient dlogits (N, V) of the loss, which is the sum of nll divided by the number of columns."""
    # step 6
    dlogits = probs.copy()
    dlogits[np.arange(len(y)), y] -= 1
    dlogits /= columns
    # end
    return dlogits


def affine_backward(dlogits, top, W):
    """dlogits (N, V), top (T, B, H), W (H, V) -> dtop, dW, db."""
    # step 6
    dtop = (dlogits @ W.T).reshape(top.shape)
    dW = top.reshape(-1, H).T @ dlogits
    db = dlogits.sum(axis=0)
    # end
    return dtop, dW, db


def step_backward(dh, dc_next, c_prev, gates):
    """step_forward in reverse. dh is the whole gradient of h, dc_next the part of c's from the next step."""
    i, f, o, g, tanh_c = gates
    # step 7
    do = dh * tanh_c
    dc = dc_next + dh * o * (1 - tanh_c ** 2)
    di, df, dg = dc * g, dc * c_prev, dc * i
    dc_prev = dc * f
    da_i, da_f, da_o = di * i * (1 - i), df * f * (1 - f), do * o * (1 - o)
    da_g = dg * (1 - g ** 2)
    da = np.concatenate([da_i, da_f, da_o, da_g], axis=1)
    # end
    return da, dc_prev


def layer_backward(dout, saved, Wx, Wh, b):
    """layer_forward in reverse. dout (T, B, H) -> dx (T, B, H) and the gradients of Wx, Wh, b."""
    dx, dWx, dWh, db = np.empty_like(dout), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dh_next, dc_next = np.zeros_like(dout[0]), np.zeros_like(dout[0])  # nothing comes from beyond the window
    # step 8
    for t in reversed(range(len(dout))):
        x, h_prev, c_prev, gates = saved[t]
        dh = dout[t] + dh_next                          # (B, H)
        da, dc_next = step_backward(dh, dc_next, c_prev, gates)
        dWx += x.T @ da
        dWh += h_prev.T @ da
        db += da.sum(axis=0)
        dx[t], dh_next = da @ Wx.T, da @ Wh.T
    # end
    return dx, dWx, dWh, db


def embedding_backward(dout, x, table):
    """The gradient (V, H) of the table. dout (T, B, H) is the gradient of the rows table[x]."""
    # step 9
    dtable = np.zeros_like(table)
    np.add.at(dtable, x, dout)
    # end
    return dtable


def backward(params, x, y, masks, cache):
    """forward in reverse: {name: gradient of the loss} of all parameters."""
    saved, top, probs = cache
    grads = {}
    # step 10
    dlogits = softmax_backward(probs, y.ravel(), x.shape[1])
    dtop, grads["softmax.W"], grads["softmax.b"] = affine_backward(dlogits, top, params["softmax.W"])
    dh = dtop * masks[L]
    for n in reversed(range(L)):
        dx, *dweights = layer_backward(dh, saved[n], *weights(params, n))
        grads |= zip(names(n), dweights)
        dh = dx * masks[n]
    grads["embedding"] = embedding_backward(dh, x, params["embedding"])
    # end
    return grads


# --- training ---------------------------------------------------------------------------------

def learning_rate(epoch, full, decay):
    """1 in the first `full` epochs, counted from 1. Then it is divided by `decay` again in every epoch."""
    # step 11
    rate = 1 / decay ** max(0, epoch - full)
    # end
    return rate


def update(params, grads, rate, limit):
    """One step of gradient descent, in place. All gradients together are first shortened to a norm of at most limit."""
    # step 11
    norm = np.sqrt(sum(np.sum(grad ** 2) for grad in grads.values()))
    scale = min(1, limit / norm)
    for name in params:
        params[name] -= rate * scale * grads[name]
    # end


def train_epoch(params, columns, rate, rng):
    """Trains on all windows of the text, columns (words, B). Returns the mean nll of the windows' words."""
    nlls = []
    # step 12
    state = zero_state(params, columns.shape[1])
    for n in range(data.window_count(columns, T)):
        x, y = data.window(columns, T, n)
        masks = [dropout_mask((*x.shape, H), P, rng) for _ in range(L + 1)]
        loss, nll, state, cache = forward(params, x, y, state, masks)
        update(params, backward(params, x, y, masks, cache), rate, CLIP)
        nlls.append(nll)
    # end
    return np.concatenate(nlls).mean()


def perplexity(params, stream, count=1):
    """exp of the mean nll of a text (words,), read in `count` columns, without dropout."""
    columns, state, nlls = data.columns(stream, count), zero_state(params, count), []
    for n in range(data.window_count(columns, T)):
        _, nll, state, _ = forward(params, *data.window(columns, T, n), state, [1] * (L + 1))
        nlls.append(nll)
    return np.exp(np.concatenate(nlls).mean())


def main():
    corpus, rng = data.load(), np.random.default_rng(SEED)
    params, columns = init_params(len(corpus.vocabulary), rng), data.columns(corpus.train, B, T)
    print(f"{len(corpus.vocabulary)} words; before training: valid {perplexity(params, corpus.valid, B):.2f}")
    for epoch in range(1, EPOCHS + 1):
        rate = learning_rate(epoch, FULL, DECAY)
        nll = train_epoch(params, columns, rate, rng)
        valid = perplexity(params, corpus.valid, B)
        print(f"epoch {epoch:2}/{EPOCHS}  rate {rate:<6.2g}  train {np.exp(nll):7.2f}  valid {valid:7.2f}", flush=True)
    print(f"test perplexity {perplexity(params, corpus.test):.2f}")


if __name__ == "__main__":
    main()
