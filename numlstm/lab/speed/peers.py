"""The same model in other libraries, each in the way that is fastest there. `benchmark` compares numlstm with these.

Every class takes a config, the vocabulary's size and a number of threads, and has these methods:

    train(words)      a full training step on words (T + 1, B): masks, forward, backward, clipping, update
    evaluate(words)   the summed nll of one stream's next window, words (T + 1, 1), with the state carried on
    generate(word)    reads a word and draws the next one
"""

import numpy as np


class Torch:
    """nn.LSTM, nn.GRU or nn.RNN in eager mode, which is PyTorch's own CPU code for whole layers."""

    def __init__(self, config, vocab_size, threads):
        import torch
        from torch import nn

        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.torch, self.config, H = torch, config, config.hidden
        self.embedding, self.softmax = nn.Embedding(vocab_size, H), nn.Linear(H, vocab_size)
        layer = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[config.cell]
        self.layers = layer(H, H, config.layers, dropout=config.dropout)
        self.drop = nn.Dropout(config.dropout)
        self.network = nn.ModuleList([self.embedding, self.layers, self.softmax, self.drop])
        for parameter in self.network.parameters():
            nn.init.uniform_(parameter, -config.init, config.init)
        self.optimizer = torch.optim.SGD(self.network.parameters(), config.lr)
        zeros = {batch: torch.zeros(config.layers, batch, H) for batch in (1, config.batch)}
        self.states = {batch: (h, h) if config.cell == "lstm" else h for batch, h in zeros.items()}

    def loss(self, words, state):
        h, state = self.layers(self.drop(self.embedding(words[:-1])), state)
        logits = self.softmax(self.drop(h)).flatten(0, 1)
        return self.torch.nn.functional.cross_entropy(logits, words[1:].flatten(), reduction="sum"), state

    def train(self, words):
        self.network.train()
        batch = words.shape[1]
        loss, state = self.loss(self.torch.from_numpy(words), self.states[batch])
        self.optimizer.zero_grad()
        (loss / batch).backward()
        self.torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimizer.step()
        self.states[batch] = tuple(part.detach() for part in state) if self.config.cell == "lstm" else state.detach()

    def evaluate(self, words):
        self.network.eval()
        with self.torch.inference_mode():
            loss, self.states[1] = self.loss(self.torch.from_numpy(words), self.states[1])
        return float(loss)

    def generate(self, word):
        self.network.eval()
        with self.torch.inference_mode():
            h, self.states[1] = self.layers(self.embedding(self.torch.tensor([[word]])), self.states[1])
            return int(self.torch.multinomial(self.softmax(h[0, 0]).softmax(0), 1))


class Jax:
    """A training step is one jit-compiled function. A layer's time loop is a lax.scan, without the input product."""

    def __init__(self, config, vocab_size, threads):
        import jax
        import jax.numpy as jnp

        self.jax, self.jnp, self.config, H, L = jax, jnp, config, config.hidden, config.layers
        keys = iter(jax.random.split(jax.random.key(0), 2 + 3 * L + 3))

        def uniform(*shape):
            return jax.random.uniform(next(keys), shape, minval=-config.init, maxval=config.init)
        self.params = {"embedding": uniform(vocab_size, H), "W": uniform(H, vocab_size), "b": uniform(vocab_size),
                       "layers": [(uniform(H, 4 * H), uniform(H, 4 * H), uniform(4 * H)) for _ in range(L)]}
        self.states = {batch: [tuple(jnp.zeros((2, batch, H))) for _ in range(L)] for batch in (1, config.batch)}
        self.key = jax.random.key(1)
        self.jit_train = jax.jit(self.step, donate_argnums=(0, 1))
        self.jit_loss = jax.jit(self.loss)
        self.jit_next = jax.jit(self.next)

    def network(self, params, x, state, key=None):
        """Logits (T, B, V) and the state to carry on; with a key, dropout."""
        jax, jnp, keep = self.jax, self.jnp, 1 - self.config.dropout

        def drop(h, n):
            if key is None or keep == 1:
                return h
            return h * jax.random.bernoulli(jax.random.fold_in(key, n), keep, h.shape) / keep

        def step(carry, inputs, Wh):
            h, c = carry
            i, f, o, g = jnp.split(inputs + h @ Wh, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        h, carried = params["embedding"][x], []
        for n, ((Wx, Wh, b), layer_state) in enumerate(zip(params["layers"], state)):
            layer_state, h = jax.lax.scan(lambda carry, inputs, Wh=Wh: step(carry, inputs, Wh),
                                          layer_state, drop(h, n) @ Wx + b)
            carried.append(layer_state)
        return drop(h, len(state)) @ params["W"] + params["b"], carried

    def loss(self, params, words, state, key=None):
        logits, state = self.network(params, words[:-1], state, key)
        target = self.jnp.take_along_axis(logits, words[1:, :, None], axis=2)[..., 0]
        return (self.jax.nn.logsumexp(logits, axis=2) - target).sum(), state

    def step(self, params, state, words, key):
        """A training step: the new parameters and the state to carry on."""
        jax, jnp = self.jax, self.jnp
        grads, state = jax.grad(lambda p: (lambda nll, s: (nll / words.shape[1], s))(*self.loss(p, words, state, key)),
                                has_aux=True)(params)
        norm = jnp.sqrt(sum(jnp.vdot(grad, grad) for grad in jax.tree.leaves(grads)))
        rate = self.config.lr * jnp.minimum(1, self.config.clip / norm)
        return jax.tree.map(lambda p, grad: p - rate * grad, params, grads), state

    def next(self, params, word, state, key):
        logits, state = self.network(params, word, state)
        return self.jax.random.categorical(key, logits[0, 0]), state

    def train(self, words):
        self.key, key = self.jax.random.split(self.key)
        batch = words.shape[1]
        self.params, self.states[batch] = self.jit_train(self.params, self.states[batch], words, key)
        self.jax.block_until_ready(self.params)

    def evaluate(self, words):
        loss, self.states[1] = self.jit_loss(self.params, words, self.states[1])
        return float(loss)

    def generate(self, word):
        self.key, key = self.jax.random.split(self.key)
        word, self.states[1] = self.jit_next(self.params, np.full((1, 1), word), self.states[1], key)
        return int(word)
