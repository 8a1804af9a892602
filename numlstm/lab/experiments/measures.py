"""What an experiment measures of a trained network. Each function returns columns of results.csv: {name: number}.

They take a trained run (a Checkpoint), its data.Corpus, and the backend that computes.

Tutorial: tutorials/05_other_cells.md (the gradient through time)
"""

import math

import numpy as np

from ...corpus import agreement, data, grammar
from ...corpus.text import encode
from ...learning.evaluation import perplexity, right_choices
from ...network import model
from ...network.backend import Backend
from ...network.layers import Array, Params
from ...network.regularize import is_weight
from ...runs.state import Checkpoint

PROBE_SEEDS = (1, 2, 3)        # agreement is measured on these test texts, for enough cases at long distances
NEAR_ZERO = 0.01               # a tenth of the a of U(-a, a), from which the weights are drawn
LAGS = (1, 2, 4, 8, 16, 32)    # steps


def perplexities(job: Checkpoint, corpus: data.Corpus, backend: Backend) -> dict[str, float]:
    """Of the three texts, after the last epoch. That of the training text is measured like the others: no dropout."""
    last = job.state.log[-1]
    train_perplexity, _ = perplexity(job.state.params, corpus.train, backend, job.config.batch)
    measured = {"train_perplexity": train_perplexity, "valid_perplexity": last["valid_perplexity"],
             "best_valid_perplexity": min(entry["valid_perplexity"] for entry in job.state.log),
             "test_perplexity": last["test_perplexity"]}
    if corpus.built_in:
        measured["ratio_to_floor"] = measured["test_perplexity"] / grammar.floor_perplexity("test")
    return measured


def agreement_by_distance(job: Checkpoint, corpus: data.Corpus, backend: Backend) -> dict[str, float]:
    """{"agreement_" + bin of distances: share of right choices} on the test texts of PROBE_SEEDS."""
    if not corpus.built_in:
        return {}
    cases: list[agreement.Agreement] = []
    right: list[bool] = []
    for seed in PROBE_SEEDS:
        stream = encode(data.grammar_words("test", seed), job.vocabulary)
        new = agreement.agreements("test", seed)
        cases += new
        right += right_choices(job.state.params, job.vocabulary, stream, new, backend)
    return agreement.columns(cases, right)


def perplexities_and_gap(job: Checkpoint, corpus: data.Corpus, backend: Backend) -> dict[str, float]:
    """And how many times as high the perplexity of the validation text is as that of the training text."""
    measured = perplexities(job, corpus, backend)
    return measured | {"gap": measured["valid_perplexity"] / measured["train_perplexity"]}


def weights(job: Checkpoint, corpus: data.Corpus, backend: Backend) -> dict[str, float]:
    """The L2 norm of all weights (biases and embeddings left out) together, and the share that is near zero."""
    values = np.concatenate([array.ravel() for name, array in job.state.params.items() if is_weight(name)])
    return {"weight_norm": float(np.sqrt(np.square(values).sum(dtype=float))),
            "near_zero_share": float(np.mean(np.abs(values) < NEAR_ZERO))}


def size_and_speed(job: Checkpoint, corpus: data.Corpus, backend: Backend) -> dict[str, float]:
    """The number of parameters, and tokens per second in the fastest epoch, which other work disturbed least."""
    return {"parameters": model.parameter_count(job.state.params),
            "tokens_per_second": max(row["tokens_per_second"] for row in job.state.log)}


def gradient_through_time(job: Checkpoint, corpus: data.Corpus, backend: Backend) -> dict[str, float]:
    """{"gradient_8": how strongly a prediction depends on the state 8 steps before, as a share of that 1 step before}.

    The measure is the norm of the gradient of a word's nll with respect to all that the layers remember at that step:
    the mean over places in the validation text, without dropout.
    """
    norms = [gradient_norm(job.state.params, corpus.valid, lag, backend) for lag in LAGS]
    return {f"gradient_{lag}": norm / norms[0] for lag, norm in zip(LAGS[1:], norms[1:])}


def gradient_norm(params: Params, stream: Array, lag: int, backend: Backend, batch: int = 20) -> float:
    """The mean norm of d nll_t / d state_{t-lag}, with t at the end of each window of `lag` steps."""
    cols, state = data.columns(stream, batch, lag), model.zero_state(params, batch)
    norms: list[float] = []
    for n in range((len(cols) - 1) // lag):                                      # whole windows only
        nll, state, cache = model.forward(params, *data.window(cols, lag, n), state, backend=backend)
        dnll = np.zeros_like(nll)
        dnll[-1] = 1
        _, dstate = model.backward(dnll, cache, backend=backend)
        squares = sum(np.square(layer).sum(axis=(0, 2), dtype=float) for layer in dstate)    # (B,)
        norms += map(math.sqrt, squares)
    return sum(norms) / len(norms)
