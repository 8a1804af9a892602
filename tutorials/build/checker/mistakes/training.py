"""The usual mistakes in steps 11 and 12, training: [(what is right, what is written by mistake, what to say), ...]."""

MISTAKES = {
    "learning_rate": [
        ("max(0, epoch - full)", "max(0, epoch - full - 1)", "it falls one epoch too late: epoch full + 1 is the first "
         "with a lower rate (11a)"),
        ("max(0, epoch - full)", "max(0, epoch - full + 1)", "it falls one epoch too early: epoch full still has rate "
         "1 (11a)"),
        ("max(0, epoch - full)", "(epoch - full)", "the rate is above 1 in the first epochs (11a)"),
        ("max(0, epoch - full)", "(epoch > full)", "it is divided once, and should be divided again in every later "
         "epoch (11a)"),
        ("decay ** max(0, epoch - full)", "max(1, decay * (epoch - full))", "the divisor grows by addition. It is "
         "decay to the power epoch - full (11a)"),
        ("1 / decay", "1 * decay", "the rate grows: it must be divided by decay (11a)"),
        ("decay ** max(0, epoch - full)", "1", "the rate never falls (11a)"),
    ],
    "update": [
        ("np.sqrt(sum(np.sum(grad ** 2) for grad in grads.values()))", "sum(np.sum(grad ** 2) for grad in "
         "grads.values())", "the square root is missing in the norm (11b)"),
        ("np.sqrt(sum(np.sum(grad ** 2) for grad in grads.values()))", "sum(np.sqrt(np.sum(grad ** 2)) for grad in "
         "grads.values())", "this is the sum of the norms of the arrays. The norm is that of all together (11b)"),
        ("np.sqrt(sum(np.sum(grad ** 2) for grad in grads.values()))", "np.array([np.sqrt(np.sum(grad ** 2)) for grad "
         "in grads.values()]).max()", "this is the largest norm of one array. The norm is that of all together (11b)"),
        ("rate * scale * grads[name]", "rate * min(1, limit / np.linalg.norm(grads[name])) * grads[name]", "each array "
         "is shortened alone. All are shortened by the same factor, from their norm together (11c)"),
        ("rate * scale * grads[name]", "rate * np.clip(grads[name], -limit, limit)", "each number is limited alone, "
         "which turns the gradient. All are multiplied by the same factor (11c)"),
        ("min(1, limit / norm)", "limit / norm", "gradients that are short already are made longer: the factor is at "
         "most 1 (11c)"),
        ("min(1, limit / norm)", "max(1, limit / norm)", "the factor is at least 1, and should be at most 1 (11c)"),
        ("min(1, limit / norm)", "1", "long gradients are not shortened (11c)"),
        ("min(1, limit / norm)", "min(1, limit / (rate * norm))", "the limit is for the norm of the gradients alone, "
         "without the learning rate (11c)"),
        ("-= rate", "+= rate", "the step goes uphill: the gradient must be subtracted (11c)"),
        ("rate * scale", "scale", "the learning rate is missing (11c)"),
        ("params[name] -= rate * scale * grads[name]", "params = params | {name: params[name] - rate * scale * "
         "grads[name]}", "this makes a new dict, and the caller's parameters stay as they were. Change them in place: "
         "params[name] -= ... (11c)"),
    ],
    "train_epoch": [
        ("loss, nll, state, cache", "loss, nll, _, cache", "the state is not carried: every window begins with zeros. "
         "Hand the state that forward returns to the next window (12a)"),
        ("masks = [dropout_mask((*x.shape, H), P, rng) for _ in range(L + 1)]", "masks = masks if nlls else "
         "[dropout_mask((*x.shape, H), P, rng) for _ in range(L + 1)]", "all windows have the same masks. Draw them "
         "anew for every window (12a)"),
        ("[dropout_mask((*x.shape, H), P, rng) for _ in range(L + 1)]", "[dropout_mask((*x.shape, H), P, rng)] * "
         "(L + 1)", "all layers have the same mask. Draw L + 1 of them (12a)"),
        ("[dropout_mask((*x.shape, H), P, rng) for _ in range(L + 1)]", "[1] * (L + 1)", "there is no dropout. Draw "
         "L + 1 masks for every window (12a)"),
        ("rate, CLIP)", "1, CLIP)", "the learning rate is 1, and should be `rate` (12a)"),
        ("rate, CLIP)", "rate, np.inf)", "the gradients are not clipped at CLIP (12a)"),
    ],
}
