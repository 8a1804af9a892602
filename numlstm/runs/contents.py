"""What the JSON text of a checkpoint must say: its schema, and what its parts must have in common."""

from typing import Any

from ..corpus.agreement import BINS
from ..corpus.text import ENDS, EOS, TOKENS, UNK, Reading, reading_of
from ..network.config import FIELDS, Config
from .schema import FLAG, SHARE, TEXT, Each, Field, Record, check, number_field

FORMAT = "numlstm checkpoint 1"
DIGITS = 40  # of the largest whole number there is, 2 ** 128, in the random generator's state


def count_field(**limits: Any) -> Field:
    """A Field for a whole number, at least 0."""
    return number_field(int, **{"at_least": 0, "at_most": 2 ** 63 - 1} | limits)


CONFIG = Record({name: Field(field.type, field.metadata, needed=False) for name, field in FIELDS.items()})
READING = Record({
    "tokens": Field(str, {"among": TOKENS}), "keep_case": FLAG, "ends": Field(str, {"among": ENDS}),
    "rules": count_field(at_least=1, at_most=2),
}, needed=False)
SETTINGS = Record({
    "data": TEXT, "log_agreement": FLAG,
    "reading": READING, "raw": FLAG._replace(needed=False),  # "raw": what numlstm 0.1 wrote instead of "reading"
    "vocab_size": count_field(at_least=3, empty=True),
    "words": count_field(at_least=1, empty=True, needed=False),
    "size": TEXT._replace(needed=False),
    "backend": Field(str, {"among": ("numba", "numpy")}),
    "products": TEXT._replace(needed=False),
    "patience": count_field(at_least=1, needed=False),
    "changes": Each(TEXT, needed=False),  # of settings, by train --resume
})
RNG = Record({
    "bit_generator": Field(str, {"among": ("PCG64",)}),
    "state": Record({"state": count_field(at_most=2 ** 128 - 1), "inc": count_field(at_most=2 ** 128 - 1)}),
    "has_uint32": count_field(at_most=1), "uinteger": count_field(at_most=2 ** 32 - 1),
})
TOTALS = Record({
    "nll": number_field(above=-1e9), "tokens": count_field(), "clipped": count_field(),
    "norm": number_field(at_least=0), "seconds": number_field(at_least=0), "versions": Each(TEXT, needed=False),
})
WORD = Field(str, {"longest": 1 << 30})  # a text without blanks may be one word
PERPLEXITY = number_field(above=0)
ROW = Record({
    "epoch": count_field(at_least=1), "learning_rate": number_field(at_least=0),
    "train_perplexity": PERPLEXITY, "valid_perplexity": PERPLEXITY, "test_perplexity": PERPLEXITY._replace(empty=True),
    "clipped_share": SHARE, "mean_gradient_norm": number_field(at_least=0), "tokens_per_second": number_field(above=0),
    "seconds": number_field(at_least=0), "validation_seconds": number_field(at_least=0),
    "version": TEXT._replace(needed=False),
    **{f"agreement_{name}": SHARE._replace(needed=False) for name in BINS},
})
META = Record({
    "format": Field(str, {"among": (FORMAT,)}),
    "config": CONFIG, "settings": SETTINGS, "vocabulary": Each(WORD, least=3), "fingerprint": TEXT, "rng": RNG,
    "epoch": count_field(at_least=1), "step": count_field(), "totals": TOTALS, "log": Each(ROW),
})


def whole_number(digits: str) -> int:
    """An int from JSON. Raises ValueError where it has more digits than any that a checkpoint needs."""
    if len(digits) > DIGITS:
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(digits)


def check_meta(meta: dict[str, Any]) -> Config:
    """The Config in a checkpoint's JSON. Raises ValueError where anything is missing, wrong or contradictory."""
    check(META, meta)
    config = Config(**meta["config"])
    check_vocabulary(meta["vocabulary"], check_reading(meta["settings"]))
    if meta["epoch"] > config.epochs + 1:
        raise ValueError(f"it is in epoch {meta['epoch']} of {config.epochs}")
    check_totals(meta, config)
    check_log(meta)
    return config


def check_reading(settings: dict[str, Any]) -> Reading:
    """The Reading in a checkpoint's settings. Raises ValueError where there is none."""
    if "reading" not in settings and "raw" not in settings:
        raise ValueError("settings.reading is missing")
    return reading_of(settings)


def check_vocabulary(words: list[str], reading: Reading) -> None:
    """Raises ValueError unless all words are different, each could have been read from a text, and none is missing."""
    if len(set(words)) != len(words):
        raise ValueError("its vocabulary has a word twice")
    if any("\n" in word if reading.tokens == "characters" else word.split() != [word] for word in words):
        raise ValueError("its vocabulary has a word with a blank in it")
    "".join(words).encode()  # raises a ValueError where they can't have been in a file of UTF-8
    if missing := {EOS, UNK} - set(words):
        raise ValueError(f"its vocabulary has no {min(missing)}")


def check_totals(meta: dict[str, Any], config: Config) -> None:
    """Raises ValueError unless the sums over an epoch's steps are possible for so many steps."""
    step, totals = meta["step"], meta["totals"]
    if step and meta["epoch"] > config.epochs:
        raise ValueError(f"it has done {step} steps after the last epoch")
    if not (step <= totals["tokens"] <= step * config.batch * config.unroll and totals["clipped"] <= step):
        raise ValueError(f"{totals['tokens']} words can't have been read in {step} steps, {totals['clipped']} clipped")
    if step and not totals["seconds"] > 1e-6 * step:
        raise ValueError(f"{step} steps can't have taken {totals['seconds']} seconds")


def check_log(meta: dict[str, Any]) -> None:
    """Raises ValueError unless the log has a row for each finished epoch, all with the same columns."""
    log, agreement = meta["log"], meta["settings"]["log_agreement"]
    if [row["epoch"] for row in log] != list(range(1, meta["epoch"])):
        raise ValueError(f"its log must have a row for each epoch before epoch {meta['epoch']}")
    for row in log:
        if any(name.startswith("agreement_") for name in row) != agreement:
            raise ValueError(f"the log's row {row['epoch']} has " + ("no agreement" if agreement else "agreement"))
        if row.keys() - {"version"} != log[0].keys() - {"version"}:
            raise ValueError(f"the log's row {row['epoch']} has other columns than the first")

