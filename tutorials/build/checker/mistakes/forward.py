"""The usual mistakes in steps 1 to 5, forward: [(what is right, what is written by mistake, what to say), ...]."""

MISTAKES = {
    "dropout_mask": [
        (">= p", "< p", "zeros and others are exchanged: p is the share that becomes 0 (1a)"),
        ("keep / (1 - p)", "keep", "the units that are kept are not scaled by 1 / (1 - p) (1a)"),
        ("keep / (1 - p)", "keep / p", "the scale is 1 / p, and should be 1 / (1 - p) (1a)"),
        ("keep / (1 - p)", "keep * (1 - p)", "the mask is multiplied by 1 - p, and should be divided by it (1a)"),
        (".astype(np.float32)", "", "this mask makes everything that it multiplies float64, which takes twice as long. "
         "Add .astype(np.float32) (1a)"),
        ("shape, dtype=np.float32", "shape", "a good mask, but of other random numbers than numlstm's. "
         "Draw rng.random(shape, dtype=np.float32) (1a)"),
        ("rng.random(shape, dtype=np.float32) >= p", "rng.random(shape, dtype=np.float32) < 1 - p", "a good mask, but "
         "it drops other units than numlstm's. Keep where the number is >= p (1a)"),
        ("rng.random(shape, dtype=np.float32)", "rng.random(shape[1:], dtype=np.float32)[None].repeat(shape[0], 0)",
         "all time steps have the same mask. It needs the whole shape (1a)"),
    ],
    "step_forward": [
        (" + b ", " ", "the bias b is missing (2a)"),
        (" + h_prev @ Wh", "", "h_prev @ Wh is missing, so the step doesn't see the step before (2a)"),
        ("x @ Wx + h_prev @ Wh", "x @ Wh + h_prev @ Wx", "Wx and Wh are exchanged: x belongs to Wx (2a)"),
        ("x @ Wx", "x @ Wx.T", "a matrix is transposed here, and must not be: x (B, H) @ Wx (H, 4H), and h_prev (B, H) "
         "@ Wh (H, 4H) (2a)"),
        ("a, 4, axis=1", "a, 4, axis=0", "a is cut into rows. Its four blocks are columns: axis=1 (2b)"),
        ("a_i, a_f, a_o, a_g =", "a_i, a_f, a_g, a_o =", "the blocks are taken in the order i, f, g, o, which is "
         "PyTorch's. Here it is i, f, o, g (2b)"),
        ("a_i, a_f, a_o, a_g =", "a_f, a_i, a_o, a_g =", "the blocks of f and i are exchanged: the order is i, f, o, g "
         "(2b)"),
        ("np.tanh(a_g)", "sigmoid(a_g)", "g is made with sigmoid. It is the one that takes tanh (2b)"),
        ("sigmoid(a_o)", "np.tanh(a_o)", "o is made with tanh. It is a gate, so it takes sigmoid (2b)"),
        ("f * c_prev + i * g", "i * c_prev + f * g", "f and i are exchanged: f keeps the old c, i lets g in (2c)"),
        ("f * c_prev + i * g", "i * g", "f * c_prev is missing, so the cell remembers nothing (2c)"),
        ("f * c_prev + i * g", "f * c_prev + g", "the input gate i is missing: it multiplies g (2c)"),
        ("f * c_prev + i * g", "f * h_prev + i * g", "the new c is made of the old h. It is made of the old c (2c)"),
        ("np.tanh(c)", "c", "the tanh of c is missing (2d)"),
        ("o * tanh_c", "o * c", "h is o * c, so the tanh of c is missing (2d)"),
        ("o * tanh_c", "tanh_c", "the output gate o is missing (2d)"),
    ],
    "layer_forward": [
        ("h_prev, c_prev = h, c\n", "h_prev, c_prev = state\n", "every step begins with the state before the "
         "window. It must begin with h and c of the step before (3a)"),
        ("h_prev, c_prev = h, c\n", "h_prev, c_prev = h, state[1]\n", "h is handed on to the next step, c is not (3a)"),
        ("h_prev, c_prev = h, c\n", "h_prev, c_prev = state[0], c\n", "c is handed on to the next step, h is not (3a)"),
        ("h_prev, c_prev = h, c\n", "h_prev, c_prev = np.zeros_like(state)\n", "every step begins with zeros. It must "
         "begin with h and c of the step before (3a)"),
        ("(x[t], h_prev, c_prev, gates)", "(x[t], h, c, gates)", "saved holds h and c after the step. Backward needs "
         "those before it, h_prev and c_prev (3b)"),
        ("(x[t], h_prev, c_prev, gates)", "(x, h_prev, c_prev, gates)", "saved holds all of x at every step, and "
         "should hold x[t] (3b)"),
        ("out[t] = h", "out = h", "out is replaced in every turn of the loop. Fill its row: out[t] = ... (3a)"),
        ("out[t] = h", "out[t] = c", "out holds c. What goes up to the next layer is h (3a)"),
        ("out[t] = h", "out[t] = h_prev", "out holds h of the step before (3a)"),
    ],
    "softmax_forward": [
        ("logits - logits.max(axis=1, keepdims=True)", "logits", "exp overflows for large logits. Subtract the largest "
         "logit of each row first (4a)"),
        ("logits - logits.max(axis=1, keepdims=True)", "logits - logits.max(axis=0, keepdims=True)", "the largest of "
         "each column is subtracted. It must be that of each row, axis=1, or the probabilities may overflow (4a)"),
        ("sum(axis=1, keepdims=True)  #", "sum(axis=0, keepdims=True)  #", "the sum is over the rows of the batch. It "
         "must be over the words of each row, axis=1 (4a)"),
        ("sum(axis=1, keepdims=True)  #", "sum(axis=1)  #", "the sums have shape (N,). With keepdims=True they have "
         "shape (N, 1), and each divides its row (4a)"),
        ("np.exp(shifted) / total", "np.exp(shifted)", "the exponentials are not divided by their sum (4a)"),
        ("np.log(total[:, 0])", "np.log(total)", "the sums have shape (N, 1), and minus an array (N,) that makes "
         "(N, N). Take their one column: total[:, 0] (4b)"),
        ("np.log(total[:, 0]) - shifted[np.arange(len(y)), y]", "-probs[np.arange(len(y)), y]",
         "the logarithm is missing (4b)"),
        ("np.log(total[:, 0]) - shifted[np.arange(len(y)), y]", "shifted[np.arange(len(y)), y] - np.log(total[:, 0])",
         "the sign is missing: nll is minus the log-probability (4b)"),
        ("np.log(total[:, 0]) - shifted[np.arange(len(y)), y]", "np.log(total[:, 0]) - shifted[:, y]",
         "[:, y] takes all the columns y of every row. [np.arange(len(y)), y] takes one of each (4b)"),
        ("np.log(total[:, 0]) - shifted[np.arange(len(y)), y]", "-np.log2(probs[np.arange(len(y)), y])",
         "the logarithm has base 2, and should be the natural one (4b)"),
        ("np.log(total[:, 0]) - shifted[np.arange(len(y)), y]", "np.log(total[:, 0]) - logits[np.arange(len(y)), y]",
         "the largest logit is subtracted from one term alone (4b)"),
    ],
    "forward": [
        ("h * masks[n]", "h", "the masks below the layers are missing (5a)"),
        ("h * masks[n]", "h * masks[0]", "every layer uses masks[0]. Layer n has masks[n] below it (5a)"),
        ("h * masks[n]", "h * masks[n + 1]", "layer n uses masks[n + 1]. It has masks[n] below it (5a)"),
        ("state[n]", "state[0]", "every layer begins with the state of layer 0 (5a)"),
        ("state[n]", "np.zeros_like(state[n])", "the layers begin with zeros, and not with the state that was carried "
         "here (5a)"),
        ("weights(params, n)", "weights(params, 0)", "every layer uses the weights of layer 0 (5a)"),
        ("append(layer_state)", "append(state[n])", "carried holds the state before the window, and should hold the "
         "one after it (5a)"),
        ("h * masks[L]", "h", "the mask below the softmax, masks[L], is missing (5b)"),
        (' + params["softmax.b"]', "", "the bias of the softmax is missing (5b)"),
        ("nll.sum() / x.shape[1]", "nll.mean()", "the loss is divided by T, too. It is the sum over time, divided by "
         "the number of columns B alone (5c)"),
        ("nll.sum() / x.shape[1]", "nll.sum()", "the loss is not divided by the number of columns B (5c)"),
        ("nll.sum() / x.shape[1]", "nll.sum() / x.shape[0]", "the loss is divided by T. It must be divided by B, which "
         "is x.shape[1] (5c)"),
    ],
}
