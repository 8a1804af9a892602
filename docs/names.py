"""What a name of the code, as it stands in a text, means: `data.load` is numlstm.corpus.data.load."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def sources():
    """{module: its text}, with the paper's room first: `lstm.step_forward` is the cell's, not its compiled twin."""
    paths = sorted((ROOT / "numlstm").rglob("*.py"), key=lambda path: ("network" not in path.parts, path))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path.read_text("utf-8")
            for path in paths}


SOURCES = sources()


def meaning(name):
    """The full name of a module, or of what a module defines, for a name with a dot in it. None if it means neither."""
    module, _, last = name.rpartition(".")
    defined = re.compile(rf"^(?:def|class) {last}\b|^{last} = ", re.MULTILINE)
    for full, text in SOURCES.items():
        if f".{full}".endswith(f".{name}"):
            return full
        if f".{full}".endswith(f".{module}") and not last.startswith("_") and defined.search(text):
            return f"{full}.{last}"
    return None
