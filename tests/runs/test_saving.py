"""What is written can be read: strange vocabularies, long logs, long words; and what couldn't be isn't written."""

import gzip
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tampered import parts_of

from numlstm import evaluate, generate, train
from numlstm.corpus import data
from numlstm.corpus.text import Reading
from numlstm.errors import UserError
from numlstm.learning import loop
from numlstm.network.config import Config
from numlstm.runs import checkpoint, folders
from numlstm.runs.checkpoint import LONGEST_RUN, ROW_BYTES, TEXT_BYTES
from numlstm.runs.state import MOST_VERSIONS, Totals, new_checkpoint

TINY = Config(hidden=2, layers=1, batch=1, unroll=2, epochs=LONGEST_RUN)
LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=12), min_size=1,
                 max_size=8)


def job_on(corpus, config=TINY):
    return new_checkpoint(config, folders.new_settings(corpus, "/x/y.txt", None, "numpy"), corpus)


def finish_epochs(state, count, rng):
    """Adds epochs to a run's log, as long as rows can be."""
    for _ in range(count):
        state.totals = Totals(nll=float(rng.exponential(1e5)), tokens=40, clipped=3, norm=1 / 3, seconds=1 / 7)
        for n in range(50):
            state.totals.sign(f"10.11.12+{n:07x}")
        loop.finish_epoch(state, 1 / 3e-7, 20, {"valid_perplexity": float(np.exp(rng.normal() * 99))}, 1e-7 / 3)
        state.log[-1]["test_perplexity"] = 1e300 / 3


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.sampled_from(["words", "blanks", "characters"]), st.integers(0, 30))
def test_every_text_is_refused_or_saved_and_loaded_again(tmp_path, lines, tokens, epochs):
    try:
        corpus = data.one_text("x", lines * 20, None, Reading(tokens))
    except UserError:
        return
    job = job_on(corpus)
    finish_epochs(job.state, epochs, np.random.default_rng(epochs))
    folders.save(tmp_path, job)
    same(job, checkpoint.load(tmp_path))


def same(job, loaded):
    assert (loaded.vocabulary, loaded.settings, loaded.state.log) == (job.vocabulary, job.settings, job.state.log)
    assert (loaded.config, loaded.fingerprint, loaded.state.epoch) == (job.config, job.fingerprint, job.state.epoch)


def test_the_longest_log_has_room(tmp_path):
    job = job_on(data.one_text("x", ["a b a b"] * 20, None, Reading()))
    finish_epochs(job.state, LONGEST_RUN, np.random.default_rng(1))
    for row in job.state.log:
        row.update({f"agreement_{name}": 1 / 3 for name in ("1", "2-3", "4-6", "7-10", "11-15", "16+")})
        assert len(row["version"].split()) == MOST_VERSIONS
    job.settings["log_agreement"] = True
    folders.save(tmp_path, job)
    same(job, checkpoint.load(tmp_path))
    meta, _ = parts_of(tmp_path / "checkpoint.npz")
    assert len(str(meta["log"][0])) < ROW_BYTES


def test_a_run_that_could_not_be_read_again_makes_no_folder(in_tmp, text_file, monkeypatch):
    """Too many epochs, or words so long that their list would be too large."""
    tiny = ["--size", "tiny", "--backend", "numpy", "--hidden", "2", "--batch", "2", "--unroll", "2"]
    with pytest.raises(UserError, match="room for 10,000 epochs, not for 10,001"):
        train.main([*tiny, "--data", str(text_file), "--epochs", "10001"])
    monkeypatch.setattr(checkpoint, "ROW_BYTES", 1)  # so that it takes a shorter word
    long = "x" * (TEXT_BYTES + LONGEST_RUN + 10_000)
    (in_tmp / "long.txt").write_text(f"a b {long} c\n" * 2 + "a b c\n" * 40)
    with pytest.raises(UserError, match="whole paragraphs.*--tokens characters"):
        train.main([*tiny, "--data", "long.txt"])
    with pytest.raises(UserError, match="nothing to learn"):
        (in_tmp / "names.txt").write_text("\n".join(f"name{n}" for n in range(300)))
        train.main([*tiny, "--data", "names.txt"])
    assert not (in_tmp / "runs").exists()


def test_a_network_that_is_not_finite_is_not_saved_over_the_last_one(tmp_path, text_file):
    job = job_on(data.load(text_file))
    folders.save(tmp_path, job)
    job.state.params["embedding"][0, 0] = np.nan
    with pytest.raises(UserError, match="embedding has numbers that are not finite"):
        folders.save(tmp_path, job)
    assert np.isfinite(checkpoint.load(tmp_path).state.params["embedding"]).all()


def test_an_older_run_with_more_epochs_than_fit_goes_on(tmp_path, text_file):
    job = job_on(data.load(text_file), replace(TINY, epochs=10 ** 6))
    folders.save(tmp_path, job)
    assert checkpoint.load(tmp_path).config.epochs == 10 ** 6


# --- 30 texts, each from the file to the last command ------------------------------------------------

def words(*some, count=60):
    """Lines of these words, in a fixed order that looks random."""
    return "\n".join(" ".join(some[(n * n + k * 7 + n * k) % len(some)] for k in range(5)) for n in range(count)) + "\n"


WRAPPED = ("It was the best of times, it was the worst of times, it was the age\n"
           "of wisdom, it was the age of foolishness, it was the epoch of belief,\nit was the end.\n\n") * 8
TEXTS = {  # a file's text or bytes, and options
    "English": (words("the", "cat", "doesn't", "see", "a", "dog.", "U-Bahn"), []),
    "German": (words("die", "Größe", "der", "U-Bahn", "„gut“."), []),
    "French": (words("l’élève", "dit", ":", "«oui»", "où"), []),
    "Vietnamese": (words("tie\u0302\u0301ng", "Vie\u0323\u0302t", "đẹp"), []),
    "Turkish": (words("İstanbul", "ılık", "güzel"), []),
    "Russian": (words("Ёлка", "стоит", "в", "лесу,"), []),
    "Greek": (words("καλημέρα", "κόσμε", "ΟΔΟΣ"), []),
    "Hebrew": (words("שָׁלוֹם", "עוֹלָם", "צה״ל"), []),
    "Arabic": (words("كَتَبَ", "الوَلَدُ،", "نعم"), []),
    "Persian": (words("می\u200cخواهم", "بروم", "خانه"), []),
    "Hindi": (words("हिन्दी", "में", "लिखो।"), []),
    "Tamil": (words("தமிழ்", "மொழி", "சேவை"), []),
    "Korean": (words("한국어", "문장을", "쓴다."), []),
    "Thai": (words("ภาษา", "ไทย", "ดีที่สุด").replace(" ", ""), ["--tokens", "characters"]),
    "Chinese": (words("你好", "世界", "春眠不覺曉，").replace(" ", ""), ["--tokens", "characters"]),
    "Japanese": (words("「ガラス」", "を", "見た。").replace(" ", ""), ["--tokens", "characters"]),
    "emoji": (words("👩\u200d👩\u200d👧", "👍🏽", "ok"), []),
    "names": ("\n".join(f"Name{n}" for n in range(90)), ["--tokens", "characters"]),
    "capital letters": (words("The", "Cat", "SAW", "it."), ["--keep-case"]),
    "prepared": (words("the", "N", "<unk>", "cat's", "a", "big", "dog"), ["--tokens", "blanks"]),
    "one line": (words("the", "cat", "sees", "it.").replace("\n", " "), []),
    "wrapped": (WRAPPED, []),
    "blank lines": (words("a", "b", "c").replace("\n", "\n\n\n"), ["--tokens", "characters"]),
    "paragraphs": (words("a", "b", "c").replace("\n", "\n\n"), ["--ends", "paragraphs"]),
    "Windows' line ends": (words("a", "b", "c.").replace("\n", "\r\n"), []),
    "control characters": (words("a\x1b", "\x1cb", "\x85", "\u2028"), []),
    "UTF-16": (words("größer", "als").encode("utf-16"), []),
    "UTF-8 with a mark": (words("größer", "als").encode("utf-8-sig"), []),
    "gzip": (gzip.compress(words("a", "b", "c").encode()), []),
    "code": (words("if (a[i] != b)", "{", "x += '\\n';", "}"), ["--tokens", "characters"]),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_is_trained_on_resumed_evaluated_and_written(kind, in_tmp, capsys):
    content, options = TEXTS[kind]
    (in_tmp / "text").write_bytes(content if isinstance(content, bytes) else content.encode())
    tiny = ["--size", "tiny", "--hidden", "3", "--batch", "2", "--unroll", "4", "--epochs", "1", "--backend", "numpy"]
    assert train.main([*tiny, "--data", "text", "--name", "x", *options]) == 0
    assert "warning" not in capsys.readouterr().err
    assert train.main(["--resume", "runs/x"]) == 0
    first = capsys.readouterr().out
    evaluate.main(["runs/x", "--backend", "numpy"])
    out = capsys.readouterr().out
    assert out.startswith("test perplexity ") and ("bits per character" in out) == ("characters" in options)
    said = re.search(r"test perplexity ([\d.]+)", first)
    assert float(said[1]) == pytest.approx(float(out.split()[2]), abs=0.006)
    vocabulary = checkpoint.load("runs/x").vocabulary
    prompt = next(word for word in vocabulary if word not in ("<eos>", "<unk>") and word.isprintable())
    generate.main(["runs/x", "--prompt", prompt, "--words", "20", "--backend", "numpy"])
    written = capsys.readouterr()
    assert written.out.startswith(prompt) and not written.err
