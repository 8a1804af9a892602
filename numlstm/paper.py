"""The whole paper in one file: model, backward pass by hand, dropout, clipping, schedule, training, perplexity.

    python -m numlstm.paper               trains on the language that comes with numlstm, in about half a minute
    python -m numlstm.paper mytext.txt    trains on a text; a copy of this file can do so without numlstm
    python -m numlstm.paper --check       compares the derivatives with finite differences

Zaremba, Sutskever, Vinyals (2014), "Recurrent Neural Network Regularization"; tutorials/00_the_paper.md explains it.
Their idea is in `forward`: dropout acts on what goes up, h * masks[n], and never on what goes through time, state[n].

Shapes: T time steps, B columns of text, H units, L layers, V words, N = T * B. Arrays are time-major: h is (T, B, H).
dh is the gradient of the loss with respect to h, and has the shape of h. Vectors are rows.
"""

import sys
import time
from collections import Counter

import numpy as np

H, L, B, T = 100, 2, 20, 20         # the paper's small network has H = 200, its large one 1,500 and T = 35
P, INIT, CLIP = 0.2, 0.1, 5.0       # share of units dropped, bound of the first parameters, largest gradient norm
EPOCHS, FULL, DECAY = 10, 5, 2.0    # epochs, those at the full learning rate, what divides it in each later one


def init_params(V, rng):
    """{name: array} of all parameters, biases too, drawn from U(-INIT, INIT)."""
    layers = [named for n in range(L) for named in zip(names(n), [(H, 4 * H), (H, 4 * H), (4 * H,)])]
    shapes = [("embedding", (V, H)), *layers, ("softmax.W", (H, V)), ("softmax.b", (V,))]
    return {name: rng.uniform(-INIT, INIT, shape).astype(np.float32) for name, shape in shapes}

def names(n):
    """The names of the parameters of layer n, counted from 0: those of Wx (H, 4H), Wh (H, 4H), b (4H,)."""
    return [f"lstm{n + 1}.{part}" for part in ("Wx", "Wh", "b")]

def weights(params, n):
    """Wx, Wh and b of layer n, counted from 0."""
    return [params[name] for name in names(n)]

def zero_state(params, columns):
    """The state before the first word: for each layer h and c, each (columns, H)."""
    return [np.zeros((2, columns, H), params["embedding"].dtype) for _ in range(L)]

# --- forward ----------------------------------------------------------------------------------
def dropout_mask(shape, p, rng):
    """A mask for the operator D, float32: 0 with probability p, else 1 / (1 - p), so that D(h) is h on average."""
    keep = rng.random(shape, dtype=np.float32) >= p
    mask = (keep / (1 - p)).astype(np.float32)
    return mask

def sigmoid(a):
    """1 / (1 + exp(-a)), without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * a)

def step_forward(x, h_prev, c_prev, Wx, Wh, b):
    """One time step (section 3.1). x, h_prev, c_prev are (B, H) -> h, c (B, H), and what backward needs: gates."""
    a = x @ Wx + h_prev @ Wh + b                        # (B, 4H), the paper's T_2n,4n (D(h^l-1_t), h^l_t-1)
    a_i, a_f, a_o, a_g = np.split(a, 4, axis=1)         # each (B, H)
    i, f, o, g = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)
    c = f * c_prev + i * g                              # c^l_t = f ⊙ c^l_t-1 + i ⊙ g
    tanh_c = np.tanh(c)
    h = o * tanh_c                                      # h^l_t = o ⊙ tanh(c^l_t)
    return h, c, (i, f, o, g, tanh_c)

def layer_forward(x, state, Wx, Wh, b):
    """One layer over a window. x (T, B, H) -> out (T, B, H), the state carried on, and what backward needs: saved."""
    out, saved = np.empty_like(x), []
    h, c = state
    for t in range(len(x)):
        h_prev, c_prev = h, c
        h, c, gates = step_forward(x[t], h_prev, c_prev, Wx, Wh, b)
        out[t] = h
        saved.append((x[t], h_prev, c_prev, gates))
    return out, (h, c), saved

def softmax_forward(logits, y):
    """logits (N, V), target words y (N,) -> nll (N,), the negative log-probability of each, and probs (N, V)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)  # (N, 1)
    probs = np.exp(shifted) / total
    nll = np.log(total[:, 0]) - shifted[np.arange(len(y)), y]
    return nll, probs

def forward(params, x, y, state, masks):
    """Words x, y (T, B), L + 1 masks -> loss, nll (T, B), the state carried on, and what backward needs: cache."""
    h = params["embedding"][x]                          # (T, B, H)
    carried, saved = [], []
    for n in range(L):
        h, layer_state, layer_saved = layer_forward(h * masks[n], state[n], *weights(params, n))
        carried.append(layer_state)
        saved.append(layer_saved)
    top = h * masks[L]
    logits = top.reshape(-1, H) @ params["softmax.W"] + params["softmax.b"]
    nll, probs = softmax_forward(logits, y.ravel())
    loss = nll.sum() / x.shape[1]
    return loss, nll.reshape(x.shape), carried, (saved, top, probs)

# --- backward: each function is its forward twin in reverse -------------------------------------
def softmax_backward(probs, y, columns):
    """The gradient dlogits (N, V) of the loss, which is the sum of nll divided by the number of columns."""
    dlogits = probs.copy()
    dlogits[np.arange(len(y)), y] -= 1
    dlogits /= columns
    return dlogits

def affine_backward(dlogits, top, W):
    """dlogits (N, V), top (T, B, H), W (H, V) -> dtop, dW, db."""
    dtop = (dlogits @ W.T).reshape(top.shape)
    dW = top.reshape(-1, H).T @ dlogits
    db = dlogits.sum(axis=0)
    return dtop, dW, db

def step_backward(dh, dc_next, c_prev, gates):
    """step_forward in reverse. dh is the whole gradient of h, dc_next the part of c's from the next step."""
    i, f, o, g, tanh_c = gates
    do = dh * tanh_c
    dc = dc_next + dh * o * (1 - tanh_c ** 2)
    di, df, dg = dc * g, dc * c_prev, dc * i
    dc_prev = dc * f
    da_i, da_f, da_o = di * i * (1 - i), df * f * (1 - f), do * o * (1 - o)
    da_g = dg * (1 - g ** 2)
    da = np.concatenate([da_i, da_f, da_o, da_g], axis=1)
    return da, dc_prev

def layer_backward(dout, saved, Wx, Wh, b):
    """layer_forward in reverse. dout (T, B, H) -> dx (T, B, H) and the gradients of Wx, Wh, b."""
    dx, dWx, dWh, db = np.empty_like(dout), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dh_next, dc_next = np.zeros_like(dout[0]), np.zeros_like(dout[0])  # nothing comes from beyond the window
    for t in reversed(range(len(dout))):
        x, h_prev, c_prev, gates = saved[t]
        dh = dout[t] + dh_next                          # (B, H)
        da, dc_next = step_backward(dh, dc_next, c_prev, gates)
        dWx += x.T @ da
        dWh += h_prev.T @ da
        db += da.sum(axis=0)
        dx[t], dh_next = da @ Wx.T, da @ Wh.T
    return dx, dWx, dWh, db

def embedding_backward(dout, x, table):
    """The gradient (V, H) of the table. dout (T, B, H) is the gradient of the rows table[x]."""
    dtable = np.zeros_like(table)
    np.add.at(dtable, x, dout)
    return dtable

def backward(params, x, y, masks, cache):
    """forward in reverse: {name: gradient of the loss} of all parameters."""
    saved, top, probs = cache
    grads = {}
    dlogits = softmax_backward(probs, y.ravel(), x.shape[1])
    dtop, grads["softmax.W"], grads["softmax.b"] = affine_backward(dlogits, top, params["softmax.W"])
    dh = dtop * masks[L]
    for n in reversed(range(L)):
        dx, *dweights = layer_backward(dh, saved[n], *weights(params, n))
        grads |= zip(names(n), dweights)
        dh = dx * masks[n]
    grads["embedding"] = embedding_backward(dh, x, params["embedding"])
    return grads

def check(rng):
    """The largest relative error of `backward`, by central differences of `forward` along random directions."""
    params = {name: rng.uniform(-0.3, 0.3, array.shape) for name, array in init_params(7, rng).items()}  # float64
    x, y = rng.integers(0, 7, (2, T, 3))
    state = [rng.normal(size=(2, 3, H)) for _ in range(L)]
    masks = [dropout_mask((*x.shape, H), 0.4, rng) for _ in range(L + 1)]
    grads, worst = backward(params, x, y, masks, forward(params, x, y, state, masks)[-1]), 0
    for name, array in params.items():
        step = 1e-5 * rng.normal(size=array.shape)
        above, below = (forward(params | {name: array + s}, x, y, state, masks)[0] for s in (step, -step))
        worst = max(worst, abs((above - below) / 2 - np.sum(grads[name] * step)) / abs(above - below))
    return worst

# --- training (section 4.1) ---------------------------------------------------------------------
def learning_rate(epoch, full, decay):
    """1 in the first `full` epochs, counted from 1. Then it is divided by `decay` again in every epoch."""
    rate = 1 / decay ** max(0, epoch - full)
    return rate

def update(params, grads, rate, limit):
    """One step of gradient descent, in place. All gradients together are first shortened to a norm of at most limit."""
    norm = np.sqrt(sum(np.sum(grad ** 2) for grad in grads.values()))
    scale = min(1, limit / norm)
    for name in params:
        params[name] -= rate * scale * grads[name]

def windows(columns):
    """(x, y), each (up to T, B): the columns (words, B) in pieces. y holds the word that comes after each word of x."""
    for start in range(0, len(columns) - 1, T):
        yield columns[:-1][start:start + T], columns[1:][start:start + T]

def train_epoch(params, columns, rate, rng):
    """Trains on all windows of the text, columns (words, B). Returns the mean nll of the windows' words."""
    nlls = []
    state = zero_state(params, columns.shape[1])
    for x, y in windows(columns):
        masks = [dropout_mask((*x.shape, H), P, rng) for _ in range(L + 1)]
        loss, nll, state, cache = forward(params, x, y, state, masks)
        update(params, backward(params, x, y, masks, cache), rate, CLIP)
        nlls.append(nll)
    return np.concatenate(nlls).mean()

def cut(stream, count):
    """A text (words,) in `count` columns that stand side by side: (words of a column, count)."""
    return stream[:len(stream) // count * count].reshape(count, -1).T

def perplexity(params, stream, count=1):
    """exp of the mean nll of a text (words,), read in `count` columns, without dropout."""
    state, nlls = zero_state(params, count), []
    for x, y in windows(cut(stream, count)):
        _, nll, state, _ = forward(params, x, y, state, [1] * (L + 1))
        nlls.append(nll)
    return np.exp(np.concatenate(nlls).mean())

def read(path):
    """A text file -> its vocabulary, and three streams of word numbers: 90 % of its lines, 5 % and 5 %."""
    with open(path, encoding="utf-8-sig") as file:
        lines = [[*line.split(), "<eos>"] for line in file if line.strip()]
    ends = [0, len(lines) * 90 // 100, len(lines) * 95 // 100, len(lines)]
    parts = [[word for line in lines[start:end] for word in line] for start, end in zip(ends, ends[1:])]
    vocabulary = ["<unk>", *(word for word, count in Counter(parts[0]).items() if count > 1)]
    number = {word: n for n, word in enumerate(vocabulary)}
    return vocabulary, *(np.array([number.get(word, 0) for word in part], int) for part in parts)

def main(arguments):
    rng = np.random.default_rng(1)
    if arguments[:1] in (["-h"], ["--help"]):
        return print(__doc__)
    if arguments == ["--check"]:
        worst = check(rng)
        return print(f"largest error of a derivative: {worst:.1e}") if worst < 1e-5 else f"error: wrong by {worst:.1e}"
    try:
        if arguments:
            vocabulary, train, valid, test = read(arguments[0])
        else:
            from numlstm.corpus import data
            vocabulary, train, valid, test = data.load()[1:5]
    except (ImportError, OSError, UnicodeDecodeError) as error:
        return f"error: name a text file in UTF-8, as in: python paper.py mytext.txt ({error})"
    if min(len(train), len(valid), len(test)) < 2 * B or len(vocabulary) < 3:
        return f"error: too little text: each part of it needs {2 * B} words (the last is 5 % of the lines), some twice"
    params, columns, begun = init_params(len(vocabulary), rng), cut(train, B), time.perf_counter()
    print(f"{L} layers of {H}, dropout {P}; {len(train):,} words, {len(vocabulary):,} different", flush=True)
    for epoch in range(1, EPOCHS + 1):
        rate, start = learning_rate(epoch, FULL, DECAY), time.perf_counter()
        nll, speed = train_epoch(params, columns, rate, rng), columns.size / (time.perf_counter() - start)
        of_valid, left = perplexity(params, valid, B), (time.perf_counter() - begun) * (EPOCHS / epoch - 1)
        print(f"epoch {epoch:2}/{EPOCHS}  rate {rate:<6.2g}  train {np.exp(nll):7.2f}  valid {of_valid:7.2f}  "
              f"{speed:6,.0f} tokens/s  {left // 60:.0f}:{left % 60:02.0f} left", flush=True)
    return print(f"\ntest perplexity {perplexity(params, test):.2f}")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
