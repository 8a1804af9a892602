"""Ensembles: members by seed, what is done is skipped, probabilities are averaged, and the curve is right."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, wait_for

from numlstm import train
from numlstm.errors import UserError
from numlstm.lab import ensemble
from numlstm.lab.ensembles import averaging, figure, predictions, sources
from numlstm.lab.ensembles.table import ensemble_table
from numlstm.lab.report import paper
from numlstm.lab.report.inputs import read_ensemble
from numlstm.network import model
from numlstm.network.backend import NUMPY
from numlstm.network.config import Config
from numlstm.runs import archive, checkpoint, lock
from numlstm.runs.folders import load_run
from numlstm.runs.version import VERSION

TINY = ["--size", "tiny", "--hidden", "8", "--epochs", "2", "--backend", "numpy", "--jobs", "2", "--members"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A text, and an ensemble of three on it: the folder where both are."""
    folder = tmp_path_factory.mktemp("ensemble")
    words = np.random.default_rng(3).choice("the a dog cat sees likes big red house runs".split(), (400, 6))
    (folder / "story.txt").write_text("\n".join(" ".join(line) for line in words))
    from_a_notebook = ("import os, sys; from numlstm.lab import ensemble; os.chdir(sys.argv[1]); "
                       "ensemble.main(sys.argv[2:])")
    arguments = ["train", *TINY, "3", "--data", "story.txt", "--name", "three"]  # whose processes begin elsewhere
    subprocess.run([sys.executable, "-c", from_a_notebook, folder, *arguments], cwd=folder.parent, check=True)
    return folder


@pytest.fixture
def there(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained / "runs/three"


def test_members_are_runs_that_differ_in_their_seed(there):
    jobs = [checkpoint.load(there / f"member-0{n}") for n in range(3)]
    assert [job.config.seed for job in jobs] == [1, 2, 3]
    assert all((there / f"member-0{n}" / name).exists() for n in range(3) for name in ("log.csv", "config.json"))
    assert not list(there.glob("*/progress.json")) and not list(there.glob("*/*.tmp"))
    assert len({job.state.log[-1]["valid_perplexity"] for job in jobs}) == 3


def test_what_is_done_is_skipped_and_more_members_are_added(there, capsys):
    before = [(there / f"member-0{n}/checkpoint.npz").stat().st_mtime_ns for n in range(3)]
    assert ensemble.main(["train", *TINY, "4", "--data", "story.txt", "--name", "three"]) == 0
    assert "member-03" in capsys.readouterr().out
    assert [(there / f"member-0{n}/checkpoint.npz").stat().st_mtime_ns for n in range(3)] == before
    assert checkpoint.load(there / "member-03").config.seed == 4


@pytest.fixture
def start(tmp_path):
    """A function that trains the ensemble `killed` in a process group of its own, until a file `sign` appears."""
    begun = []

    def begin(sign, *arguments):
        command = [sys.executable, "-m", "numlstm", "ensemble", "train", *TINY, *map(str, arguments),
                   "--name", "killed"]
        heeding = {} if os.name == "nt" else {  # also where pytest ignores it
            "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
        begun.append(subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      start_new_session=True, **heeding))
        wait_for(lambda: list(tmp_path.glob(f"runs/killed/*/{sign}")))
        return begun[0], command

    yield begin
    kill_all(begun[0])


def kill_all(process):
    """kill -9, for the whole process group."""
    if os.name == "nt":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_killed_ensemble_goes_on_to_the_same_result(start, there, tmp_path):
    """Every process of it is killed in the middle; the members end bit for bit as those that nothing disturbed."""
    process, command = start("log.csv", 2, "--data", there.parents[1] / "story.txt")
    kill_all(process)
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
    for n in range(2):
        disturbed, quiet = (checkpoint.load(path / f"member-0{n}").state for path in (tmp_path / "runs/killed", there))
        for name, array in quiet.params.items():
            np.testing.assert_array_equal(disturbed.params[name], array)


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")
@pytest.mark.parametrize("number, everybody", [
    (signal.SIGKILL, False), (signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGINT, True)])
def test_members_save_and_end_with_their_command(number, everybody, start, trained, tmp_path):
    """However it ends, and if its terminal is closed, too; and nobody begins with another member."""
    (tmp_path / "long.txt").write_text((trained / "story.txt").read_text() * 30)
    process, _ = start("progress.json", 4, "--data", "long.txt", "--hidden", 200)
    (os.killpg if everybody else os.kill)(process.pid, number)
    err = process.communicate(timeout=60)[1].decode()  # returns when the last process that can write to it is gone
    if number != signal.SIGKILL:
        assert process.returncode == 128 + number and "Traceback" not in err
        assert err.endswith("stopped and saved. Run the same command again to go on\n")
        assert err.count("stopping once") == (number == signal.SIGINT), "the command says it, and no member"
    saved = list(tmp_path.glob("runs/killed/*/checkpoint.npz"))
    assert 1 <= len(saved) <= 2, "two at a time"
    for path in saved:
        state = checkpoint.load(path).state
        assert state.epoch == 1 and state.step > 0, "saved when it was told to stop, long before the epoch's end"


def refused(*options):
    """The error of the command that trains the three, with more options."""
    with pytest.raises(UserError) as error:
        ensemble.main(["train", *TINY, "3", "--data", "story.txt", "--name", "three", *options])
    return str(error.value)


def test_a_second_command_is_refused(there, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    with lock.alone(there):
        assert "another command is at work" in refused()


def test_other_settings_are_refused(there):
    assert "has other settings" in refused("--dropout", "0.5")


def test_evaluate_averages_probabilities(there, capsys):
    found = []
    for _ in range(2):
        assert not ensemble.main(["evaluate", str(there), "--backend", "numpy"])
        found.append(capsys.readouterr().out)
    assert "| members averaged |" in found[0]
    assert (there / "ensemble.png").stat().st_size > 10_000 and (there / "ensemble.csv").exists()
    assert found[1] == found[0], "now from the files of predictions"


def by_hand(folder, split):
    """The nll of a split's words, one after the other, by NumPy."""
    job, corpus = load_run(folder, None)
    words, params = getattr(corpus, split)[:, None], job.state.params
    nll, _, _ = model.forward(params, words[:-1], words[1:], model.zero_state(params, 1))
    return nll.ravel().astype(float)


def test_the_average_is_that_of_the_members_probabilities(there):
    """An arithmetic mean of probabilities over the whole text: neither a geometric one, nor one of its beginning."""
    folders = [there / f"member-0{n}" for n in range(3)]
    members = [found.probabilities("test") for found in sources.read_all(folders, None, NUMPY)]
    expected = np.exp([-by_hand(folder, "test") for folder in folders])
    np.testing.assert_allclose(members, expected, rtol=1e-3)
    average = np.exp(-np.log(expected.mean(axis=0)).mean())
    assert averaging.perplexity(members) == pytest.approx(average, rel=1e-5)
    assert averaging.perplexity(np.tile(expected, 200)) == pytest.approx(average, rel=1e-9), "more than one stretch"
    ends = np.concatenate([np.full((2, averaging.STRETCH), 0.5), np.full((2, 10), 0.1)], axis=1)
    assert averaging.perplexity(ends) == pytest.approx(np.exp(-np.log(ends[0]).mean()), rel=1e-12)
    assert averaging.perplexity(members) <= max(averaging.perplexity([member]) for member in members)


def test_new_weights_give_new_predictions(there, tmp_path):
    shutil.copytree(there / "member-00", tmp_path / "member-00")
    job, corpus = load_run(tmp_path / "member-00", None)
    first = predictions.of_run(tmp_path / "member-00", job, corpus, NUMPY)
    job.state.params["softmax.b"][3] += 1
    checkpoint.save(tmp_path / "member-00/checkpoint.npz", job)
    second = predictions.of_run(tmp_path / "member-00", job, corpus, NUMPY)
    assert not np.array_equal(first.nll["test"], second.nll["test"])


@pytest.fixture
def kept(there, tmp_path):
    """A copy of a member's folder, with its predictions in it."""
    folder = tmp_path / "member-00"
    shutil.copytree(there / "member-00", folder, ignore=shutil.ignore_patterns("predictions.npz"))
    predictions.of_run(folder, *load_run(folder, None), NUMPY)
    return folder / "predictions.npz"


def test_a_file_of_predictions_is_exact_enough_and_holds_no_words(kept):
    """Half a unit of 16 bits for a word; its perplexity within 0.001; settings, versions, checksums, but no path."""
    found, job = predictions.read(kept), checkpoint.load(kept.parent)
    for split in predictions.PARTS:
        right = by_hand(kept.parent, split)
        assert abs(found.nll[split] - right).max() <= 0.51 * right.max() / 65535 + 1e-5
        assert abs(averaging.perplexity([found.probabilities(split)]) - np.exp(right.mean())) < 0.001
    assert (found.config, found.fingerprint, found.text) == (job.config, job.fingerprint, "")
    assert found.versions[-1] == VERSION and len(found.checkpoint) == 64
    content = kept.read_bytes()
    assert not any(word.encode() in content for word in job.vocabulary if len(word) > 3)
    assert b"story" not in content and b"tmp" not in content


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-1000]),
    "one bit": lambda path: path.write_bytes(path.read_bytes()[:900] + b"?" + path.read_bytes()[901:]),
    "no archive": lambda path: path.write_bytes(b"x" * path.stat().st_size),
    "without its checksum": lambda path: path.write_bytes(path.read_bytes()[:-64]),
    "a checkpoint": lambda path: shutil.copy(path.with_name("checkpoint.npz"), path),
    "another type": lambda path: rewrite(path, valid=np.zeros(9, np.float32)),
    "no words": lambda path: rewrite(path, valid=np.zeros(0, np.uint16)),
    "objects": lambda path: rewrite(path, test=np.array([{}], dtype=object)),
    "more arrays": lambda path: rewrite(path, train=np.zeros(9, np.uint16)),
    "other JSON": lambda path: rewrite(path, meta=np.frombuffer(b'{"format": "numlstm predictions 2"}', np.uint8)),
    "no JSON": lambda path: rewrite(path, meta=np.frombuffer(b"{", np.uint8)),
}


def rewrite(path, **arrays):
    """The archive with some arrays replaced or added, and the right checksum."""
    with np.load(path) as file:
        archive.write_archive(path, dict(file) | arrays)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_predictions_are_computed_anew_in_a_run_and_refused_elsewhere(damage, kept, tmp_path):
    right = predictions.read(kept)
    DAMAGE[damage](kept)
    elsewhere = shutil.copy(kept, tmp_path / "sent.npz")
    with pytest.raises(UserError, match="is no file of predictions") as error:
        predictions.read(elsewhere)
    assert "\n" not in str(error.value)
    again = predictions.of_run(kept.parent, *load_run(kept.parent, None), NUMPY)
    assert all(np.array_equal(again.nll[split], right.nll[split]) for split in predictions.PARTS)


def test_a_folder_in_the_place_of_predictions(kept):
    kept.unlink()
    kept.mkdir()
    with pytest.raises(UserError, match="could not be written"):
        predictions.of_run(kept.parent, *load_run(kept.parent, None), NUMPY)
    with pytest.raises(UserError, match="can't be read"):
        predictions.read(kept)


def test_kept_files_give_the_same_averages_without_text_and_networks(there, tmp_path, monkeypatch, capsys):
    ensemble.main(["evaluate", str(there), "--backend", "numpy"])
    first = capsys.readouterr().out.partition("\n\nwrote")[0]
    ensemble.main(["keep", str(there), "--to", str(tmp_path / "results"), "--name", "ours", "--backend", "numpy"])
    files = sorted((tmp_path / "results").rglob("*.*"))
    count = len(sources.networks_in(there))
    assert [path.name for path in files if path.suffix == ".npz"] == [f"ours-seed{n + 1}.npz" for n in range(count)]
    assert (tmp_path / "results/ours-seed2.csv").read_bytes() == (there / "member-01/log.csv").read_bytes()
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    with pytest.raises(UserError, match="--name"):
        ensemble.main(["evaluate", "results/members"])
    ensemble.main(["evaluate", "results/members", "--name", "again"])
    assert capsys.readouterr().out.partition("\n\nwrote")[0] == first
    ensemble.main(["evaluate", str(there / "member-00"), "results/members/ours-seed2.npz", "--name", "both"])
    assert "| 2 |" in capsys.readouterr().out, "a network and a file"


def test_networks_of_another_text_are_refused(there, kept, tmp_path):
    rewritten = predictions.read(kept)._replace(fingerprint="another")
    predictions.write(tmp_path / "other.npz", rewritten)
    for paths in ([there / "member-01", tmp_path / "other.npz"], [tmp_path / "other.npz", there / "member-01"]):
        with pytest.raises(UserError, match="different texts"):
            sources.read_all(paths, None, NUMPY)
    job = checkpoint.load(there / "member-01")
    job.fingerprint = "another"
    checkpoint.save(kept.parent / "checkpoint.npz", job)
    with pytest.raises(UserError, match="different texts"):
        sources.read_all([there / "member-00", kept.parent], None, NUMPY)


def test_nothing_to_average(there, tmp_path, capsys):
    with pytest.raises(UserError, match="holds no network"):
        sources.finished([tmp_path])
    job = checkpoint.load(there / "member-00")
    job.config = replace(job.config, epochs=9)
    checkpoint.save(tmp_path / "checkpoint.npz", job)
    with pytest.raises(UserError, match=r"no network is trained to the end \(1 begun\)"):
        sources.finished([tmp_path])
    assert sources.finished([tmp_path, there / "member-01"]) == [(there / "member-01").resolve()]
    assert "1 of 2 members are not trained to the end" in capsys.readouterr().err


def test_a_member_named_twice_counts_once(there, capsys):
    named = [there, there.absolute(), there / "member-00"]
    assert sources.finished(named) == sources.networks_in(there) and not capsys.readouterr().err


def test_probabilities_that_are_no_numbers(there, tmp_path):
    job, corpus = load_run(there / "member-00", None)
    job.state.params["lstm2.b"][:] = 100      # h is 1 everywhere
    job.state.params["softmax.W"][:] = 3e38  # finite, but sums of it aren't
    checkpoint.save(tmp_path / "checkpoint.npz", job)
    with pytest.raises(UserError, match="no numbers"), np.errstate(all="ignore"):
        predictions.of_run(tmp_path, job, corpus, NUMPY)


def test_many_kinds_have_no_table_of_mixtures(rng):
    kinds = {str(n): [n] for n in range(averaging.KINDS + 1)}
    assert not averaging.mixtures({"test": [rng.uniform(size=9)] * 5}, kinds)


def test_mixtures(rng):
    """None, one or all members of each kind, and never nothing."""
    members = [rng.uniform(0.01, 0.2, 50) for _ in range(4)]
    rows = {row["average"]: row for row in averaging.mixtures({"test": members}, {"a": [0, 2, 3], "b": [1]})}
    assert list(rows) == ["1 b", "1 a", "1 a + 1 b", "3 a", "3 a + 1 b"]
    assert [row["subsets"] for row in rows.values()] == [1, 3, 3, 1, 1]
    assert [row["members"] for row in rows.values()] == [1, 1, 2, 3, 4]
    assert rows["3 a"]["test"] == averaging.perplexity([members[n] for n in (0, 2, 3)])
    ones = [averaging.perplexity([members[n], members[1]]) for n in (0, 2, 3)]
    assert rows["1 a + 1 b"]["test"] == pytest.approx(np.mean(ones)) and rows["1 a + 1 b"]["test_highest"] == max(ones)


def test_ensembles_and_single_networks_of_other_sizes_are_averaged(there, capsys):
    """The second network is larger, and a run by itself. What is written goes to runs/NAME."""
    train.main(["--data", "story.txt", "--size", "tiny", "--epochs", "1", "--backend", "numpy", "--name",
                "large-seed1"])
    with pytest.raises(UserError, match="--name"):
        ensemble.main(["evaluate", str(there), "runs/large-seed1"])
    before = (there / "ensemble.csv").read_bytes() if (there / "ensemble.csv").exists() else b""
    capsys.readouterr()
    ensemble.main(["evaluate", str(there), "runs/large-seed1", "--name", "mixed", "--backend", "numpy"])
    lines = [line.split(" | ")[0] for line in capsys.readouterr().out.splitlines()]
    count = len(sources.networks_in(there))
    assert [line for line in lines if "large" in line or "three" in line] == [
        "| 1 large", "| 1 three", "| 1 three + 1 large", f"| {count} three", f"| {count} three + 1 large"]
    written = {path.name for path in (there.parent / "mixed").iterdir()}
    assert written == {"ensemble.csv", "ensemble.png", "mixtures.csv"}
    kept = there.parent / "mixed/mixtures.csv"
    assert ensemble_table(read_ensemble(kept)).splitlines()[2].startswith("| 1 large |")
    ensemble.main(["evaluate", "runs/large-seed1", "--name", "mixed", "--backend", "numpy"])
    assert not kept.exists(), "it was about other runs"
    for name in ("three", "large-seed1"):
        with pytest.raises(UserError, match="choose another --name"):
            ensemble.main(["evaluate", "runs/large-seed1", "--name", name])
    assert before == ((there / "ensemble.csv").read_bytes() if before else b"")


def test_kinds_of_one_folder_have_different_names():
    small, large = Config(), Config(hidden=650)

    def network(path, config):
        return predictions.Predictions(Path(path), config, "", "", "", [], {})

    found = [network(f"runs/x/member-0{n}", config) for n, config in enumerate((small, large, replace(small, seed=2)))]
    assert sources.kinds_of(found) == {"x": [0, 2], "x (kind 2)": [1]}
    assert sources.kinds_of([network("runs/ptb-large-seed7", large)]) == {"ptb-large": [0]}


def test_the_curve(rng):
    members = [rng.uniform(0.01, 0.2, 50) for _ in range(6)]
    rows = averaging.curve({"valid": members, "test": members})
    assert [row["members"] for row in rows] == [1, 2, 5, 6]
    assert [row["subsets"] for row in rows] == [6, 15, 6, 1]
    singles = [np.exp(-np.log(member).mean()) for member in members]
    assert rows[0]["test"] == pytest.approx(np.mean(singles)) and rows[0]["test_lowest"] == pytest.approx(min(singles))
    assert rows[0]["test"] > rows[1]["test"] > rows[2]["test"] > rows[3]["test"]
    assert len(ensemble_table(rows).splitlines()) == 6
    for published in (paper.curves(), {}):
        axes, = figure.ensemble(rows, published).axes
        low, high = axes.get_ylim()
        assert sum(low <= tick <= high for tick in axes.get_yticks()) >= 3, "the scale can be read"
    assert figure.equals(82.67, paper.curves()) == [(1, "paper, medium regularized")]
    assert figure.equals(60, paper.curves()) == figure.equals(82.67, {}) == []


def test_subsets_are_different_and_not_too_many():
    import random
    found = averaging.subsets(38, 10, random.Random(0))
    assert len(set(found)) == averaging.SUBSETS and all(len(set(subset)) == 10 for subset in found)


def test_the_package_knows_the_command():
    done = subprocess.run([sys.executable, "-m", "numlstm"], capture_output=True, text=True, cwd=ROOT)
    assert "numlstm ensemble" in done.stdout
