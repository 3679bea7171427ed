"""What other people have chosen, as part of a sentence: names, ids, codes, fields. Pure.

Stores that others write to, and the tutorial's pools, may hold any text. In a sentence it must not
control a terminal, look like the sentence's own words, or become a link in a text message.
"""

from __future__ import annotations

import re
import unicodedata

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONGEST = 40
# Control, format, surrogate, private and unassigned characters, and separators of lines.
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def quoted(text: str) -> str:
    """The text for a sentence: as it is, if it is plain; otherwise cleaned, short and in quotes."""
    if _PLAIN.fullmatch(text):
        return text
    safe = "".join(char for char in text if unicodedata.category(char) not in _UNSAFE)
    safe = " ".join(safe.replace('"', "'").split())
    return f'"{safe[:_LONGEST]}{"…" if len(safe) > _LONGEST else ""}"'


def plain(text: str, otherwise: str) -> str:
    """The text for a text message, where even a dot may make a link; `otherwise` if not plain."""
    return text if _PLAIN.fullmatch(text) else otherwise
