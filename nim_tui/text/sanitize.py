"""Makes text from outside harmless: names, and sentences that a server sends.

The result has no control characters and no marks that change the writing direction. Markup stays in
it: show it only through `Content` or with `markup=False`.
"""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len

NAME_WIDTH = 20
"""The most columns that a player's name may fill; no account of ours has a longer one."""

SENTENCE_WIDTH = 300
"""The most columns that a sentence from outside may fill."""

# Controls (ESC among them), formats (writing direction), surrogates, private use, unassigned, and
# line and paragraph separators.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COMBINING = frozenset({"Mn", "Me", "Mc"})
# More combining marks than this on one letter are drawn outside its line.
_MOST_MARKS = 2


def clean(text: str, width: int = NAME_WIDTH) -> str:
    """`text` without what could harm a terminal, shortened with `…` to at most `width` columns.

    If nothing is left, `?`, so that a name is never invisible.
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
    """`text`, shortened with `…` where it does not fit into `width` columns."""
    if cell_len(text) <= width:
        return text
    shown = ""
    for char in text:
        if cell_len(shown + char) > width - 1:
            break
        shown += char
    return shown.rstrip() + "…"


def fitting(text: str, width: int) -> str:
    """`text`; of two sentences only the first, and of a long one its beginning, where they fit."""
    if cell_len(text) > width and ". " in text:
        text = text.partition(". ")[0] + "."
    return cut(text, width)
