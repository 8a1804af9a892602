"""The benchmark and the profile: they run, their tables say what was measured. (How fast it is, is for them to say.)"""

import json
import sys
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial

import numpy as np
import pytest

pytest.importorskip("numba", reason="needs numba")

from numlstm.errors import UserError
from numlstm.fast import fastest, tiles
from numlstm.lab import benchmark
from numlstm.lab.speed import contest, measure, profiling
from numlstm.lab.speed import figures as speed_figures
from numlstm.lab.speed import tables as speed
from numlstm.learning.step import train_step
from numlstm.network import model
from numlstm.network.backend import NUMPY, Backend
from numlstm.network.cells import CELLS
from numlstm.network.config import SIZES


def measured(*rates, memory=2e8, start=1.5):
    return [{"rate": rate, "memory": memory, "start": start} for rate in rates]


TRAINING = {"small": {"roofline": measured(300, 300, 400), "numlstm": measured(200, 210, 190),
                      "plain": measured(90, 95, 99), "torch": measured(100, 120, 110), "jax": measured(50, 60, 130)}}


def test_operations_per_token_are_those_of_all_matrix_products():
    for size in ("small", "medium", "large"):
        L, H, V = SIZES[size].layers, SIZES[size].hidden, 10_000
        assert contest.operations_per_token(SIZES[size]) == 3 * (L * 2 * 2 * H * 4 * H + 2 * H * V)


def test_speed_table_has_medians_and_the_ratios_within_rounds_to_the_fastest_peer():
    header, _, row = speed.speed_table(TRAINING, measure.CONTESTANTS).splitlines()
    assert "PyTorch" in header and "JAX" in header
    assert row == ("| `small` | 200 (190 to 210) | 95 (90 to 99) | 110 (100 to 120) | 60 (50 to 130) | "
                   "1.75 (1.73 to 2.00) | 67 (48 to 70) % |")


def test_other_tables():
    table = speed.needs_table(TRAINING, {"small": 11.23}, measure.CONTESTANTS)
    assert "| `small` | numlstm | 200 | 1.5 | 11.2 |" in table and "| `small` | JAX | 200 | 1.5 |  |" in table
    tasks = {"small": {"generate": {"numlstm": [30, 10, 20], "torch": [5]}}}
    assert speed.tasks_table(tasks, measure.CONTESTANTS).splitlines()[2] == (
        "| `small`, generate | 20 (10 to 30) | 5 (5 to 5) |")


def test_pictures(tmp_path):
    speed_figures.speed(TRAINING, measure.CONTESTANTS).savefig(tmp_path / "speed.png")
    points = [{"field": field, "value": value, "rate": 1000 / value, "roofline": 1500 / value}
              for field, values in contest.SWEEP.items() for value in values]
    speed_figures.cost(points).savefig(tmp_path / "cost.png")
    assert all((tmp_path / name).stat().st_size > 10_000 for name in ("speed.png", "cost.png"))


def test_a_profile_covers_the_whole_step():
    found = profiling.profile(SIZES["tiny"], 50, NUMPY, steps=3)
    assert set(found) == {*profiling.PARTS, "step"}
    worked = {"input products", "recurrence, forward", "softmax product", "softmax and loss", "recurrence, backward",
              "softmax products, backward", "gradients of weights and inputs", "norm and update"}
    assert all(found[part] > 0 for part in worked)
    assert sum(found[part] for part in profiling.PARTS) < 2 * found["step"]


@pytest.mark.parametrize("limit, count", [(float("inf"), 20), (0, 3)])
def test_a_short_measurement_has_fewer_calls(limit, count):
    calls = []
    assert fastest.seconds(lambda: calls.append(1), limit) > 0
    assert len(calls) == count


@pytest.mark.parametrize("contestant", measure.PEERS)
def test_a_peer_that_is_not_installed_is_named(contestant, monkeypatch):
    library = contestant.partition("-")[0]
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.setitem(sys.modules, library, None)  # no import of it succeeds
    with pytest.raises(ImportError, match=library):
        measure.build(contestant, SIZES["tiny"], 1, ExitStack())


QUICK = ["--size", "tiny", "--threads", "1", "--seconds", "0.01"]


@pytest.fixture
def small_products(monkeypatch):
    """The best speed is measured with matrices of 256 x 256, not 2048 x 2048."""
    monkeypatch.setattr(profiling, "best_rates", partial(profiling.best_rates, size=256))


def test_the_profile_command(small_products, capsys):
    benchmark.main(["--profile", *QUICK])
    out = capsys.readouterr().out
    for part in (contest.processor(), "1 threads, products by", "recurrence, backward"):
        assert part in out


def test_the_benchmark_command(small_products, in_tmp, monkeypatch):
    """Measured in processes that have just started, as far as their start is looked at; the others in this one."""
    fresh = contest.in_fresh_process

    def measured(contestant, task, config, args, cold=False):
        if contestant == "numlstm":
            return fresh(contestant, task, config, args, cold)
        own = ["--measure", contestant, task, json.dumps(asdict(config))]
        return benchmark.measurement(benchmark.parse([*QUICK, *own])) | {"start": 1.0}

    monkeypatch.setattr(contest, "in_fresh_process", measured)
    monkeypatch.setitem(SIZES, "tiny", replace(SIZES["tiny"], unroll=3, batch=4))  # so short, it needs few kernels
    monkeypatch.setattr(benchmark.importlib.util, "find_spec", lambda name: name in ("numpy", "numba"))  # no peers
    benchmark.main(["--quick", "--rounds", "1", *QUICK])
    found = json.loads((in_tmp / "runs/benchmark/benchmark.json").read_text())
    assert set(found["training"]["tiny"]) == {"roofline", "numlstm", "plain"}
    assert all(result["rate"] > 0 for rounds in found["training"]["tiny"].values() for result in rounds)
    assert found["cold start"]["tiny"] > found["training"]["tiny"]["numlstm"][0]["start"] > 0
    assert (in_tmp / "runs/benchmark/speed.png").exists()
    assert tiles.SHAPE is None or found["machine"]["processor"].endswith(tiles.SHAPE.processor)


def test_a_benchmark_that_is_stopped_keeps_the_rounds_that_are_done(in_tmp, monkeypatch):
    def stopped_in_round_2(contestant, task, config, args, cold=False):
        calls.append(contestant)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return {"rate": 1e6, "memory": 2e8, "start": 1.5}
    calls = []
    monkeypatch.setattr(contest, "in_fresh_process", stopped_in_round_2)
    args = benchmark.parse(["--quick", "--size", "tiny", "--rounds", "3", "--threads", "1", "--peers", "torch"])
    found = {"machine": contest.machine(args), "names": measure.CONTESTANTS, "training": {}, "cold start": {}}
    with pytest.raises(KeyboardInterrupt):
        contest.training(["numlstm", "torch"], args, found)
    line, table, _ = speed.speed_tables(in_tmp / "runs/benchmark/benchmark.json")
    assert line.startswith(found["machine"]["processor"]) and "| `tiny` | 1,000,000" in table


@pytest.mark.parametrize("cell", CELLS)
def test_operations_of_every_cell_are_those_of_its_products(cell, monkeypatch):
    """Counted once more, by the products that a step multiplies."""
    config, counted = replace(SIZES["tiny"], cell=cell), []

    class Counting(Backend):
        def product(self, left, right, bias=None, out=None):
            counted.append(2 * left.shape[0] * right.size)
            return super().product(left, right, bias, out)

    rng = np.random.default_rng(0)
    params = model.init_params(config, 90, rng)
    words = rng.integers(0, 90, (config.unroll + 1, config.batch))
    train_step(params, (words[:-1], words[1:]), model.zero_state(params, config.batch), config, 1.0, rng, Counting())
    found, tokens = profiling.operations(config, 90), config.unroll * config.batch
    loops = found.pop("recurrence, forward") + found.pop("recurrence, backward")
    assert sum(counted) == tokens * sum(found.values())
    assert loops == 2 * 2 * config.layers * params[f"{cell}1.Wh"].size


def test_a_peer_without_the_cell_is_refused():
    with pytest.raises(UserError, match="--peers jax has no --cell gru: it has lstm"):
        benchmark.parse(["--cell", "gru", "--peers", "jax"])
