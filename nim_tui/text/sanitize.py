"""Text from other people, made harmless: names, and sentences that a server sends.

What comes out holds no control characters, no marks that turn the writing direction, and no markup
that anything here would obey: it is to be shown through `Content` or with `markup=False` only.
"""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len

NAME_WIDTH = 12
"""How many columns a person's name may fill."""

SENTENCE_WIDTH = 300
"""How many columns a sentence from elsewhere may fill."""

# Controls (ESC among them), formats (writing direction), surrogates, private use, unassigned, and
# the separators of lines and paragraphs.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COMBINING = frozenset({"Mn", "Me", "Mc"})
# More marks than this over one letter paint outside of their line.
_MOST_MARKS = 2


def clean(text: str, width: int = NAME_WIDTH) -> str:
    """`text` without what could harm a terminal, cut with `…` to at most `width` columns.

    Nothing left to show is `?`, so that a name always has a shape.
    """
    return cut(harmless(text[: width * 8]).strip(), width) or "?"


def harmless(text: str) -> str:
    """`text` without the characters that could harm a terminal, at its full length."""
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in _DROPPED:
            continue
        marks = marks + 1 if category in _COMBINING else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def cut(text: str, width: int) -> str:
    """`text`, ended with `…` where it does not fit into `width` columns."""
    if cell_len(text) <= width:
        return text
    shown = ""
    for char in text:
        if cell_len(shown + char) > width - 1:
            break
        shown += char
    return shown.rstrip() + "…"
