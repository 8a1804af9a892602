"""Puts the page together: the template, with its style, its scripts and the network inside."""

import json
import re
from importlib.resources import files
from typing import Any

from ..runs.state import Checkpoint
from .description import describe, numbers

SCRIPT = re.compile(r'<script src="(\w+\.js)"></script>')
STYLE = re.compile(r'<link rel="stylesheet" href="(\w+\.css)">')
DATA = '<script type="{}" id="{}"></script>'
IN_SCRIPT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def source(name: str) -> str:
    """The text of a file in this folder."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def safe_json(value: Any) -> str:
    """JSON in which no word can end the script that holds it, whatever it is made of: </script> or <!-- has no <."""
    return json.dumps(value, ensure_ascii=False).translate(IN_SCRIPT)


def page(saved: Checkpoint) -> str:
    """The page of a checkpoint's network. Raises UserError if the page can't have such a network."""
    data = {"network": ("application/json", safe_json(describe(saved))),
            "numbers": ("text/plain", numbers(saved.state.params))}
    text = SCRIPT.sub(lambda match: f"<script>\n{source(match[1])}</script>", source("template.html"))
    text = STYLE.sub(lambda match: f"<style>\n{source(match[1])}</style>", text)
    for name, (kind, content) in data.items():
        empty = DATA.format(kind, name)
        text = text.replace(empty, empty.replace("></", f">{content}</"))
    return text
