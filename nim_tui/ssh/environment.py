"""What the other end of a line says of its terminal. Everything in it is untrusted."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_SIZE = (80, 24)
# A wall of screens; what is larger shows the app in its corner. A frame costs time and memory by
# its area, and everybody shares this process.
MOST_COLUMNS, MOST_ROWS = 320, 100

_ALLOWED = re.compile(r"COLORTERM|LANG|LC_[A-Z]{1,24}")
_VALUE = re.compile(r"[A-Za-z0-9_.@+:-]{0,64}")
_MOST_VARIABLES = 32


@dataclass(frozen=True, slots=True)
class RemoteTerminal:
    """A terminal as its client describes it.

    Attributes:
        environ: TERM, COLORTERM and the locale, as far as they were sent.
        size: columns and rows, at least one and no more than anybody needs.
        wide: whether characters of ambiguous width fill two columns; None: it was not asked.

    """

    environ: Mapping[str, str]
    size: tuple[int, int] = DEFAULT_SIZE
    wide: bool | None = None

    @property
    def encoding(self) -> str:
        """What to encode output in: what the locale names; UTF-8 where none was sent."""
        locale = next(filter(None, map(self.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
        if not locale:
            return "utf-8"
        name = locale.partition("@")[0].partition(".")[2]
        try:
            found = codecs.lookup(name).name if name else "ascii"
            # Escape sequences are ASCII, and so they must stay.
            return found if "\x1b[m".encode(found) == b"\x1b[m" else "ascii"
        except (LookupError, UnicodeError, TypeError):
            return "ascii"


def allowed_environment(term: str, sent: Mapping[bytes, bytes]) -> dict[str, str]:
    """TERM and those of the sent variables that describe a terminal; nothing else is looked at."""
    environ = {"TERM": term if _VALUE.fullmatch(term) else ""}
    for name, value in sent.items():
        key, text = name.decode("ascii", "replace"), value.decode("ascii", "replace")
        known = _ALLOWED.fullmatch(key) and _VALUE.fullmatch(text)
        if known and len(environ) < _MOST_VARIABLES:
            environ[key] = text
    return environ


def usable_size(columns: int, rows: int) -> tuple[int, int]:
    """A size to draw in; 0 means that the client does not know it (RFC 4254, section 6.2)."""
    return (
        min(columns or DEFAULT_SIZE[0], MOST_COLUMNS),
        min(rows or DEFAULT_SIZE[1], MOST_ROWS),
    )
