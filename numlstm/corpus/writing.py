"""From tokens back to text, as people write it: "don't pay $ 1,000 ." becomes "don't pay $1,000."

Which signs touch the word before or after them is mostly what Unicode says of them: opening brackets and quotes touch
the next word, closing ones and most other punctuation the one before.
"""

from collections.abc import Iterable
from unicodedata import category, east_asian_width

from .text import Reading

BETWEEN = set("/@\\~")           # touch both sides
ALONE = set("&*+=<>|—–·•")      # have a blank on both sides
NEXT = set("#¿¡")                # touch the next word
# An opening quote: what closes it. Unicode can't say which is which: they look alike, or languages differ.
PAIRED = {'"': '"', "'": "'", "„": "“", "‚": "‘", "»": "«", "«": "»"}


def written(tokens: Iterable[str], reading: Reading) -> str:
    """The text of a line's tokens, without <eos>."""
    if reading.tokens == "characters":
        return "".join(tokens)
    if reading.tokens == "blanks":
        return " ".join(tokens)
    text, glued = "", True
    closing: list[str] = []
    for token in tokens:
        before, after = sides(token, closing)
        repeated = token == text[-1:] and token in "-.!?"  # "--" and "..." are written without blanks
        text += token if glued or before or repeated else f" {token}"
        glued = after
    return text


def sides(token: str, closing: list[str]) -> tuple[bool, bool]:
    """Whether a token touches the one before it, and the one after it. `closing` holds the quotes yet to be closed."""
    if len(token) > 1 or token.isalnum():
        return False, False
    if token in closing:
        del closing[closing.index(token):]
        return True, False
    if token in PAIRED:
        closing.append(PAIRED[token])
        return False, True
    if token in BETWEEN:
        return True, True
    if token in ALONE:
        return False, False
    kind = category(token)
    if kind[0] == "P" and east_asian_width(token) in "WF":  # such a sign has its blank within
        return True, True
    if token in NEXT or kind in ("Ps", "Pi", "Sc"):
        return False, True
    return kind in ("Pe", "Pf", "Po") or token in "%°", False
