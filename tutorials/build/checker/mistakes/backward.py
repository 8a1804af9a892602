"""The usual mistakes in steps 6 to 10, backward: [(what is right, what is written by mistake, what to say), ...]."""

MISTAKES = {
    "softmax_backward": [
        ("dlogits /= columns", "pass", "it is not divided by the number of columns B (6a)"),
        ("dlogits /= columns", "dlogits /= len(y)", "it is divided by N = T * B. The loss is the sum over time, so "
         "divide by B alone (6a)"),
        ("dlogits /= columns", "dlogits /= columns ** 2", "it is divided by B twice (6a)"),
        ("dlogits[np.arange(len(y)), y] -= 1", "pass", "the 1 at the word that came is not subtracted (6a)"),
        ("dlogits[np.arange(len(y)), y] -= 1", "dlogits[np.arange(len(y)), y] += 1", "the 1 at the word that came is "
         "added. It must be subtracted (6a)"),
        ("dlogits[np.arange(len(y)), y] -= 1", "dlogits[:, y] -= 1", "[:, y] takes the columns y of every row. "
         "[np.arange(len(y)), y] takes one place of each row (6a)"),
    ],
    "affine_backward": [
        ("dlogits @ W.T", "dlogits @ W", "W must be transposed here: (N, V) @ (V, H) (6b)"),
        ("top.reshape(-1, H).T @ dlogits", "dlogits.T @ top.reshape(-1, H)", "this is the transpose of dW, which has "
         "the shape of W (6c)"),
        ("top.reshape(-1, H).T @", "top.reshape(-1, H) @", "top must be transposed here: (H, N) @ (N, V) (6c)"),
        ("top.reshape(-1, H).T @", "top.T @", "top has three axes. Make it (N, H) first, then transpose it (6c)"),
        ("sum(axis=0)", "sum(axis=1)", "the bias is added to every row, so its gradient is the sum over the rows, "
         "axis=0 (6d)"),
        ("sum(axis=0)", "mean(axis=0)", "this is the mean over the rows, and should be the sum (6d)"),
        (".reshape(top.shape)", "", "dtop must have the shape of top, (T, B, H) (6b)"),
    ],
    "step_backward": [
        ("dh * tanh_c", "dh", "the factor tanh(c) is missing: h = o * tanh(c) (7a)"),
        ("dh * tanh_c", "dh * o", "the factor is o, and should be tanh(c): h = o * tanh(c) (7a)"),
        ("dc_next + dh * o * (1 - tanh_c ** 2)", "dh * o * (1 - tanh_c ** 2)", "the gradient from the next step, "
         "dc_next, is not added (7b)"),
        ("dc_next + dh * o * (1 - tanh_c ** 2)", "dc_next", "the way through h = o * tanh(c) is missing (7b)"),
        ("* (1 - tanh_c ** 2)", "", "the derivative of tanh, 1 - tanh(c)^2, is missing (7b)"),
        ("* (1 - tanh_c ** 2)", "* (1 - tanh_c)", "the derivative of tanh is 1 - tanh(c)^2, with a square (7b)"),
        ("dh * o * (1 - tanh_c ** 2)", "dh * (1 - tanh_c ** 2)", "the output gate o is missing: h = o * tanh(c) (7b)"),
        ("dc * g, dc * c_prev, dc * i", "dc * i, dc * c_prev, dc * g", "di and dg have each other's factor: the "
         "derivative of i * g with respect to i is g (7c)"),
        ("dc * c_prev,", "dc * f,", "the factor of df is f, and should be c_prev: c = f * c_prev + ... (7c)"),
        ("dc * c_prev,", "dc,", "the factor c_prev of df is missing: c = f * c_prev + ... (7c)"),
        ("dc * g, dc * c_prev", "dc * c_prev, dc * g", "di and df are exchanged: f multiplies c_prev, i multiplies g "
         "(7c)"),
        ("dc * f\n", "dc\n", "the factor f is missing: c = f * c_prev + ... (7d)"),
        ("dc * f\n", "dc * i\n", "f and i are exchanged: f multiplies c_prev (7d)"),
        ("dc * f\n", "dc_next * f\n", "dc_prev is made of dc_next. It needs the whole gradient of c, dc (7d)"),
        ("di * i * (1 - i)", "di", "the derivative of the sigmoid, i * (1 - i), is missing (7e)"),
        ("df * f * (1 - f)", "df", "the derivative of the sigmoid, f * (1 - f), is missing (7e)"),
        ("do * o * (1 - o)", "do", "the derivative of the sigmoid, o * (1 - o), is missing (7e)"),
        ("di * i * (1 - i)", "di * (1 - i)", "a factor of the sigmoid's derivative i * (1 - i) is missing: i (7e)"),
        ("df * f * (1 - f)", "df * (1 - f)", "a factor of the sigmoid's derivative f * (1 - f) is missing: f (7e)"),
        ("do * o * (1 - o)", "do * (1 - o)", "a factor of the sigmoid's derivative o * (1 - o) is missing: o (7e)"),
        ("di * i * (1 - i)", "di * i", "a factor of the sigmoid's derivative i * (1 - i) is missing: 1 - i (7e)"),
        ("df * f * (1 - f)", "df * f", "a factor of the sigmoid's derivative f * (1 - f) is missing: 1 - f (7e)"),
        ("do * o * (1 - o)", "do * o", "a factor of the sigmoid's derivative o * (1 - o) is missing: 1 - o (7e)"),
        ("dg * (1 - g ** 2)", "dg", "the derivative of tanh, 1 - g^2, is missing (7e)"),
        ("dg * (1 - g ** 2)", "dg * g * (1 - g)", "g is made with tanh, so its derivative is 1 - g^2 (7e)"),
        ("dg * (1 - g ** 2)", "dg * (1 - g)", "the derivative of tanh is 1 - g^2, with a square (7e)"),
        ("[da_i, da_f, da_o, da_g]", "[da_i, da_f, da_g, da_o]", "the blocks of da are in the order i, f, g, o, and "
         "should be i, f, o, g (7e)"),
        ("[da_i, da_f, da_o, da_g]", "[da_f, da_i, da_o, da_g]", "the blocks of da are in the order f, i, o, g, and "
         "should be i, f, o, g (7e)"),
    ],
    "layer_backward": [
        ("reversed(range(len(dout)))", "range(len(dout))", "the steps are taken from the first to the last. Backward "
         "begins with the last (8a)"),
        ("dout[t] + dh_next ", "dout[t] ", "the gradient from the next step, dh_next, is not added (8a)"),
        ("dout[t] + dh_next ", "dh_next ", "the gradient from the layer above, dout[t], is missing (8a)"),
        ("da, dc_next = ", "da, _ = ", "dc_next is not handed on: what step_backward returns for the step before is "
         "lost (8a)"),
        ("da @ Wh.T", "dh_next + da @ Wh.T", "dh_next grows from step to step. It must be replaced: each step has told "
         "its own dh already (8a)"),
        ("da @ Wh.T", "da @ Wx.T", "dh_next is made with Wx. h_prev was multiplied by Wh (8a)"),
        ("dWx += x.T @ da", "dWx = x.T @ da", "= instead of +=, so that dWx is that of one step only (8b)"),
        ("dWh += h_prev.T @ da", "dWh = h_prev.T @ da", "= instead of +=, so that dWh is that of one step only (8b)"),
        ("db += da.sum(axis=0)", "db = da.sum(axis=0)", "= instead of +=, so that db is that of one step only (8b)"),
        ("h_prev.T @ da", "x.T @ da", "dWh is made with x. Wh was multiplied by h_prev (8b)"),
        ("dWx += x.T", "dWx += h_prev.T", "dWx is made with h_prev. Wx was multiplied by x (8b)"),
        ("x.T @ da", "x @ da", "x must be transposed here: (H, B) @ (B, 4H) (8b)"),
        ("h_prev.T @ da", "h_prev @ da", "h_prev must be transposed here: (H, B) @ (B, 4H) (8b)"),
        ("sum(axis=0)", "sum(axis=1)", "the bias is added to every row, so its gradient is the sum over the rows, "
         "axis=0 (8b)"),
        ("sum(axis=0)", "mean(axis=0)", "this is the mean over the columns of text, and should be the sum (8b)"),
        ("dx[t], dh_next", "dx, dh_next", "dx is replaced in every turn of the loop. Fill its row: dx[t] = ... (8c)"),
        ("da @ Wx.T", "da @ Wh.T", "dx is made with Wh. x was multiplied by Wx (8c)"),
        ("da @ Wx.T", "da @ Wx", "a matrix must be transposed here: da (B, 4H) @ Wx.T or Wh.T (4H, H) (8c)"),
    ],
    "embedding_backward": [
        ("np.add.at(dtable, x, dout)", "dtable[x] += dout", "a word that occurs more than once gets one of its "
         "gradients only. np.add.at adds all of them (9a)"),
        ("np.add.at(dtable, x, dout)", "for words, rows in zip(x, dout):\n        dtable[words] += rows", "a word that "
         "occurs more than once in a time step gets one of its gradients only. np.add.at adds all of them (9a)"),
        ("np.zeros_like(table)", "table.copy()", "the gradients are added to the table itself. Begin with zeros (9a)"),
    ],
    "backward": [
        ("x.shape[1]", "x.size", "dlogits is divided by N = T * B. softmax_backward wants the number of columns B "
         "(10a)"),
        ("x.shape[1]", "len(x)", "dlogits is divided by T. softmax_backward wants the number of columns B, which is "
         "x.shape[1] (10a)"),
        ("x.shape[1]", "1", "dlogits is not divided by the number of columns B (10a)"),
        ("dtop * masks[L]", "dtop", "the gradient doesn't go through the mask below the softmax: dh is used before the "
         "mask (10b)"),
        ("dx * masks[n]", "dx", "the gradient doesn't go through the masks below the layers: dx is used before the "
         "mask (10c)"),
        ("dx * masks[n]", "dx * masks[n + 1]", "dx goes through masks[n + 1]. Below layer n is masks[n] (10c)"),
        ("dx * masks[n]", "dx * (masks[n] > 0)", "the mask's scale 1 / (1 - p) is missing in backward (10c)"),
        ("dtop * masks[L]", "dtop * (masks[L] > 0)", "the mask's scale 1 / (1 - p) is missing in backward (10b)"),
        ("reversed(range(L))", "range(L)", "the layers are taken from below. Backward begins with the top one (10c)"),
        ("embedding_backward(dh,", "embedding_backward(dx,", "the embedding gets dx from before masks[0] (10c)"),
        ("layer_backward(dh,", "layer_backward(dtop,", "every layer gets the gradient of the top. It needs that of its "
         "own output, dh (10c)"),
    ],
}
