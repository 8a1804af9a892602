"""The project's docstrings are plain text with `code` and indented blocks. Sphinx reads reStructuredText."""

import re

from names import meaning

SPECIAL = re.compile(r"([*|\\]|(?<=\w)_(?!\w))")  # what reStructuredText would take for markup
TUTORIAL = re.compile(r"tutorials/(\w+)\.md")


def to_rest(app, what, name, obj, options, lines):
    """Translates the lines of a docstring in place: `code` becomes ``code``, an indented block stays as it is."""
    found, indented = [], False
    for before, line in zip(["", *lines], lines):
        if line.startswith("    ") and not indented and not before.strip() and found:
            found += ["::", ""]
            indented = True
        elif line.strip() and not line.startswith(" "):
            indented = False
        found.append(line if indented else TUTORIAL.sub(r":doc:`/tutorials/\1`", translated(line)))
    lines[:] = found


def translated(line):
    """A line outside of an indented block."""
    parts = line.split("`")  # every second one is code
    if len(parts) % 2 == 0:
        return SPECIAL.sub(r"\\\1", line)
    parts[::2] = [SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
    after = [r"\ " if part[:1].isalnum() else "" for part in parts[2::2]]  # is nothing, and lets a word follow at once
    parts[1::2] = [code(part) + nothing for part, nothing in zip(parts[1::2], after)]
    return "".join(parts)


def code(text):
    """`text` as code and, where it is a name with a dot, as a link to what it means."""
    target = meaning(text) if re.fullmatch(r"\w+(\.\w+)+", text) else None
    return f":py:obj:`{text} <{target}>`" if target else f"``{text}``"
