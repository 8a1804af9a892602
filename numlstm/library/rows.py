"""What a network's reading gives: a row for each word, which pandas and csv take as they are."""

import html
from typing import NamedTuple


class Row(NamedTuple):
    """How one word met what the network expected after the words before it."""

    word: str           # as in the text
    known: bool         # whether it is in the vocabulary; the network reads <unk> in the place of others
    probability: float
    surprisal: float    # -log2 of the probability, in bits
    rank: int           # 1: no word was more probable
    entropy: float      # of the whole prediction, in bits: how unsure the network was before the word came


class Rows(list[Row]):
    """A list of Rows. In a notebook it shows its words, coloured by surprisal. pandas.DataFrame(rows) is a table."""

    def bits(self) -> float:
        """The sum of the surprisals."""
        return sum(row.surprisal for row in self)

    def perplexity(self) -> float:
        """2 to the power of the mean surprisal."""
        return 2.0 ** (self.bits() / len(self))

    def _repr_html_(self) -> str:
        return f"<p style='line-height: 1.8'>{' '.join(map(coloured, self))}</p>"


def coloured(row: Row) -> str:
    """A word as HTML: the more surprising, the darker its ground. Its numbers appear under the mouse."""
    shade = min(1.0, row.surprisal / 16)
    title = f"{row.surprisal:.1f} bits, probability {row.probability:.3g}, rank {row.rank:,}"
    style = f"background: rgba(213, 94, 0, {shade:.2f}); padding: 1px 3px; border-radius: 3px"
    underlined = "" if row.known else "; text-decoration: underline dotted"
    return f"<span title='{title}' style='{style}{underlined}'>{html.escape(row.word)}</span>"
