"""The experiment: agreement measured right, arms told apart, stopped and resumed."""

import io
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from numlstm import evaluate, train
from numlstm.checking.numerical import numerical_gradient
from numlstm.corpus import agreement, data, grammar
from numlstm.errors import UserError
from numlstm.lab import compare
from numlstm.lab.experiments import arms, compared, comparison, measures, search, tries
from numlstm.lab.experiments.tables import comparison_table, search_table
from numlstm.lab.report import inputs
from numlstm.learning import evaluation
from numlstm.network import model
from numlstm.network.backend import NUMPY
from numlstm.network.config import Config
from numlstm.runs import curves, files, folders


@pytest.fixture(scope="module")
def learned(tmp_path_factory, learning_curves):
    """A network that has learned some of the built-in language: its run's folder, and what training printed."""
    folder = tmp_path_factory.mktemp("learned")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.chdir(folder)
        patch.setattr(curves, "learning_curves", learning_curves)  # with agreement and floor in them
        train.main(["--size", "tiny", "--lr", "2", "--epochs", "2", "--name", "x", "--log-agreement"])
    return folder / "runs/x", printed.getvalue()


@pytest.fixture
def in_this_process(monkeypatch):
    """Networks train one after the other in the test's own process: a process takes two seconds to start."""
    def one_by_one(function, calls, jobs):
        for name, arguments in calls.items():
            yield name, function(*arguments)
    monkeypatch.setattr(comparison.members, "side_by_side", one_by_one)


# --- what is measured -----------------------------------------------------------------------------

class Oracle:
    """Stands for a model: gives words the grammar's own probabilities, or a choice of wrong ones."""

    def __init__(self, stream, vocabulary, wrong=()):
        self.rows, sentence = [], []
        number = {word: n for n, word in enumerate(vocabulary)}
        for n in stream[:-1]:
            word = vocabulary[n]
            sentence = [] if word == "<eos>" else [*sentence, word]
            row = np.zeros(len(vocabulary))
            for following, p in grammar.next_word_probabilities(sentence).items():
                row[number[following]] = p
            self.rows.append(row[::-1] if len(self.rows) + 1 in wrong else row)

    def predictions(self, *args, **options):
        for start in range(0, len(self.rows), 7):
            probs = np.array(self.rows[start:start + 7])[:, None]
            yield None, probs


def test_the_grammar_itself_agrees_always(monkeypatch):
    corpus, cases = data.load(), agreement.agreements("test")[:300]
    stream = corpus.test[:cases[-1].position + 5]
    monkeypatch.setattr(evaluation, "predictions", Oracle(stream, corpus.vocabulary).predictions)
    assert all(evaluation.right_choices(None, corpus.vocabulary, stream, cases, NUMPY))


def test_a_wrong_choice_is_counted_at_its_place(monkeypatch):
    corpus, cases = data.load(), agreement.agreements("test")[:50]
    stream = corpus.test[:cases[-1].position + 5]
    oracle = Oracle(stream, corpus.vocabulary)
    wrong = cases[20]
    row = oracle.rows[wrong.position - 1]
    numbers = [corpus.vocabulary.index(word) for word in (wrong.right, wrong.wrong)]
    row[numbers] = row[numbers[::-1]]
    monkeypatch.setattr(evaluation, "predictions", oracle.predictions)
    right = evaluation.right_choices(None, corpus.vocabulary, stream, cases, NUMPY)
    assert [n for n, ok in enumerate(right) if not ok] == [20]


def test_bins_of_distances():
    cases = [agreement.Agreement(0, "a", "b", distance, 0, "verb") for distance in (1, 2, 3, 3, 16, 400)]
    assert agreement.by_distance(cases, [True, True, False, False, True, False]) == {
        "1": (1, 1), "2-3": (1 / 3, 3), "16+": (0.5, 2)}
    lows, highs = zip(*agreement.BINS.values())
    assert lows[1:] == tuple(high + 1 for high in highs[:-1]), "no distance is left out or counted twice"


def test_no_model_is_better_than_the_grammar(learned):
    saved, corpus = folders.load_run(learned[0])
    for split in ("valid", "test"):
        value, _ = evaluation.perplexity(saved.state.params, getattr(corpus, split), NUMPY)
        assert grammar.floor_perplexity(split) < value < 60


# --- the command --------------------------------------------------------------------------------

QUICK = ["--hidden", "5", "--epochs", "1", "--words", "3000", "--seeds", "2", "--jobs", "2", "--name", "c",
         "--arms", "recurrent-h", "paper"]


def test_the_command_makes_table_and_picture_and_skips_what_is_done(in_tmp, in_this_process, capsys):
    assert compare.main(QUICK) == 0
    first = capsys.readouterr().out
    folder = in_tmp / "runs/c"
    rows = inputs.read_comparison(folder / "results.csv")
    names = "paper", "recurrent-h"
    assert [(row["arm"], row["seed"]) for row in rows] == [(arm, seed) for arm in names for seed in (1, 2)]
    assert (table := comparison_table(rows)) in first
    assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == [
        f"| {arms.PLACES[arm].title}" for arm in names]
    assert (folder / "compare.png").read_bytes().startswith(b"\x89PNG")
    perplexities = {row["test_perplexity"] for row in rows}
    assert len(perplexities) == 4, "every arm and seed is another network"
    before = (folder / "paper-seed2/checkpoint.npz").read_bytes()
    train.main(["--resume", "runs/c/recurrent-h-seed1"])  # a network of the comparison is a run like any other
    assert compare.main(QUICK) == 0 and table in capsys.readouterr().out
    assert (folder / "paper-seed2/checkpoint.npz").read_bytes() == before
    with pytest.raises(UserError, match="other settings"):
        compare.main([*QUICK, "--lr", "0.5"])
    with pytest.raises(UserError, match="other settings"):
        compare.main([*QUICK, "--words", "6000"])


def test_all_arms_are_the_default():
    comparison, _ = compare.begin(compare.parse([]))
    assert comparison.arms == arms.PLACES and list(comparison.arms) == ["none", "paper", "recurrent-h", "recurrent-hc"]


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")
def test_stopped_it_goes_on(in_tmp, text_file, in_this_process, capsys):
    """Ctrl-C, then to the end: the same table as without, and as of networks that train one after the other."""
    text_file.write_text(text_file.read_text() * 4)
    arguments = ["--data", str(text_file), "--hidden", "5", "--epochs", "2", "--seeds", "1", "--jobs", "2",
                 "--backend", "numpy", "--arms", "none", "recurrent-h", "recurrent-hc", "--name"]

    def start():
        return subprocess.Popen([sys.executable, "-m", "numlstm", "compare", *arguments, "stopped"], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    process = start()
    while not Path("runs/stopped/recurrent-h-seed1/checkpoint.npz").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # a terminal's Ctrl-C reaches all of its processes
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Run the same command again" in err and "Traceback" not in err
    process = start()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    compare.main([*arguments, "unbroken"])
    expected = capsys.readouterr().out
    assert out.partition("| arm")[2].partition("Everything")[0] == \
           expected.partition("| arm")[2].partition("Everything")[0] != ""


@pytest.mark.parametrize("words, message", [
    ("--name a/b", "plain name"), ("--dropout 0", "needs a --dropout"), ("--seeds 0", "at least 1"),
    ("--jobs 0", "at least 1"), ("--words 0", "at least 1"), ("--words 50", "too short"),
    ("--arms none,paper", "none,paper is no arm of this experiment; it has none, paper"),
    ("--arms recurrent-hc --cell gru", "is no arm"), ("--arms", "no arm to train"),
    ("--arms none --arm other dropout=0", "the arms none and other are the same network"),
    ("--arm paper dropout=0.1", "an arm of this name already"), ("--arm a/b dropout=0.1", "the arm's name"),
    ("--arm mine", "same network"), ("--arm mine p=0.1", "'p=0.1' should be FIELD=VALUE"),
    ("--arm mine dropout=high", "dropout can't be high"), ("--arm mine dropout=0.1,1", "--dropout must be"),
    ("--arm mine seed=5", "should be FIELD=VALUE")])
def test_settings_without_sense(words, message, in_tmp):
    with pytest.raises(UserError, match=message):
        compare.main([*QUICK, *words.split()])
    assert not (in_tmp / "runs").exists()


# --- arms, and the search for their settings ------------------------------------------------------

def test_every_combination_of_values_is_tried():
    arm = arms.Arm("net", {"l1": (1, 2), "cell": "gru", "l2": (3, 4)})
    assert tries.tries(arm) == [{"l1": l1, "cell": "gru", "l2": l2} for l1 in (1, 2) for l2 in (3, 4)]
    assert tries.tried(arm, tries.tries(arm)[1]) == {"l1": 1, "l2": 4}
    assert tries.own_arm("mine", "l2=1e-4,1e-3", "drop-connect-place=x") == arms.Arm(
        "mine", {"l2": (1e-4, 1e-3), "drop_connect_place": "x"})


def test_the_regularizers_have_the_same_number_of_tries():
    counts = {name: len(tries.tries(arm)) for name, arm in arms.REGULARIZERS.items()}
    assert counts.pop("none") == 1 and set(counts.values()) == {6}


@pytest.mark.parametrize("vocab_size", [585, 10_000])
def test_the_cells_have_the_same_number_of_parameters(vocab_size):
    experiment, sizes = arms.EXPERIMENTS["cells"], {}
    for arm in experiment.arms.values():
        config = tries.configure(experiment, experiment.config, tries.tries(arm)[0], vocab_size)
        sizes[config.hidden] = model.parameter_count(model.init_params(config, vocab_size, np.random.default_rng()))
        assert sizes[config.hidden] == model.param_total(config, vocab_size)
    assert len(sizes) == 3 and max(sizes.values()) < 1.01 * min(sizes.values())


@pytest.mark.filterwarnings("ignore:overflow encountered")  # a try diverges, on purpose
def test_the_search_decides_by_validation_and_the_seeds_are_fresh(in_tmp, in_this_process, capsys):
    arguments = ("--experiment regularizers --hidden 5 --epochs 3 --words 3000 --seeds 1 --name s "
                 "--arms none --arm mine lr=1e-6,2 dropout=0.1 --arm bad lr=1,1e30")
    assert compare.main(arguments.split()) == 0
    out, folder = capsys.readouterr().out, in_tmp / "runs/s"
    tried, rows = inputs.read_search(folder / "search.csv"), inputs.read_comparison(folder / "results.csv")
    assert search_table(tried) in out and comparison_table(rows) in out
    assert [(row["arm"], row["settings"], row["chosen"]) for row in tried] == [
        ("mine", "lr=1e-06", "no"), ("mine", "lr=2.0", "yes"), ("bad", "lr=1.0", "yes"), ("bad", "lr=1e+30", "no")]
    assert tried[0]["valid_perplexity"] > tried[1]["valid_perplexity"] and tried[3]["valid_perplexity"] is None
    for path in folder.glob("search/*/log.csv"):
        assert all(row["test_perplexity"] is None for row in files.read_csv(path)), "the test text isn't read"
    assert [(row["arm"], row["chosen"]) for row in rows] == [("none", "-"), ("mine", "lr=2.0"), ("bad", "lr=1.0")]
    saved, _ = folders.load_run(folder / "mine-seed1")
    found, _ = folders.load_run(folder / "search/mine-lr=2.0")
    assert (saved.config.dropout, saved.config.lr, saved.config.seed, found.config.seed) == (0.1, 2, 1, 0)
    for row in rows:
        assert row["gap"] == pytest.approx(row["valid_perplexity"] / row["train_perplexity"])


def test_early_stopping_takes_the_epochs_that_were_best(in_tmp, in_this_process, monkeypatch):
    curves = iter([[9, 6, 7, 8], [9, 7, 5, 7]])
    monkeypatch.setattr(search, "try_one", lambda *_: next(curves))
    job, _ = compare.begin(compare.parse(["--experiment", "regularizers", "--arms", "early"]))
    arm = arms.Arm("early", {"decay_after": (1, 2)}, stop_early=True)
    chosen, rows = search.search(job._replace(arms={"early": arm}))
    assert chosen == {"early": {"decay_after": 2, "epochs": 3}}
    assert [(row["valid_perplexity"], row["best_valid_perplexity"], row["best_epoch"], row["chosen"])
            for row in rows] == [(8, 6, 2, "no"), (7, 5, 3, "yes")]
    assert tries.label(tries.tried(arm, chosen["early"])) == "decay_after=2 epochs=3"


def test_the_gradient_through_time_is_that_of_finite_differences(rng):
    config = Config(hidden=3, layers=2, init=0.8)
    params, stream = model.init_params(config, 7, rng, np.float64), rng.integers(0, 7, 8)
    x, y, first = stream[:3, None], stream[1:4, None], model.zero_state(params, 1)
    numerical = [numerical_gradient(lambda: model.forward(params, x, y, first)[0][-1].sum(), layer) for layer in first]
    expected = np.sqrt(sum((layer ** 2).sum() for layer in numerical))
    assert measures.gradient_norm(params, stream[:4], 3, NUMPY, batch=1) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("count", [2, len(compared.STYLES), len(compared.STYLES) + 1, 20])
@pytest.mark.parametrize("built_in", [True, False])
def test_every_arm_is_in_the_picture(count, built_in):
    rows = [{"arm": f"a{n}", "title": f"arm {n}", "seed": seed, "train_perplexity": 5 + n, "test_perplexity": 9.0 + n}
            | ({f"agreement_{bin}": 0.5 for bin in agreement.BINS} if built_in else {})
            for n in range(count) for seed in (1, 2)]
    logs = {row["arm"]: [[{"epoch": 1, "valid_perplexity": 20.0}]] * 2 for row in rows}
    figure = compared.draw(rows, logs, {"valid": 4, "test": 4} if built_in else {})
    shown = {text.get_text() for legend in figure.legends for text in legend.get_texts()}
    shown |= {text.get_text() for text in figure.axes[0].get_yticklabels()}
    assert {row["title"] for row in rows} <= shown
    assert len(figure.axes) == 1 + built_in


# --- the built-in language in the other commands --------------------------------------------------

def test_training_and_evaluation_tell_how_far_the_floor_is(learned, capsys):
    folder, out = learned
    floor = grammar.floor_perplexity("test")
    assert f"the best possible is {floor:.2f}" in out
    log = files.read_csv(folder / "log.csv")
    assert all(0.3 < log[1][f"agreement_{name}"] <= 1 for name in agreement.BINS)
    evaluate.main([str(folder), "--split", "valid"])
    out = capsys.readouterr().out
    assert f"{log[1]['agreement_2-3']:.1%}" in out, "the log's last epoch is what evaluate finds"
    assert f"the best possible is {grammar.floor_perplexity('valid'):.2f}" in out


def test_only_the_built_in_language_has_a_floor(in_tmp, text_file, capsys):
    with pytest.raises(UserError, match="--log-agreement needs"):
        train.main(["--size", "tiny", "--data", str(text_file), "--log-agreement"])
    train.main(["--size", "tiny", "--vocab-size", "50", "--epochs", "1"])  # no longer all of its words
    assert "best possible" not in capsys.readouterr().out
