"""What the terminal can show: colours, Unicode, and how wide it draws characters such as ●.

Unicode leaves that width open ("ambiguous", https://www.unicode.org/reports/tr11/): it depends on
the terminal's settings, and only the terminal knows. It is asked only where the locale makes a
double width likely, because the query takes time at the start.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from nim_tui.paint import Depth

LEAST_COLUMNS, LEAST_ROWS = 50, 16
"""The smallest terminal in which the screens fit."""

LANGUAGES = ("ja", "ko", "zh")
# Draw one, request the cursor position, and erase the line.
WIDTH_QUERY, ERASE_QUERY = "\r●\x1b[6n", "\r\x1b[K"
WIDTH_REPORT = re.compile(rb"\x1b\[\d{1,4};(\d{1,4})R")
# Seconds to wait for the reply: enough for a terminal across the world.
REPLY_SECONDS = 0.5


def no_color(environ: Mapping[str, str]) -> bool:
    """Whether NO_COLOR asks for no colours; set but empty does not (https://no-color.org)."""
    return bool(environ.get("NO_COLOR"))


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the terminal can show. `unicode` is False where only ASCII is safe."""

    depth: Depth = Depth.TRUE
    unicode: bool = True

    @classmethod
    def detect(cls, color_system: str | None, environ: Mapping[str, str] = os.environ) -> Terminal:
        """From the environment, Rich's name for the colour system, and the terminal itself."""
        encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
        unicode = _unicode(encoding, environ) and not ambiguous_is_wide(environ)
        return cls(_depth(color_system, environ), unicode)

    @classmethod
    def remote(
        cls,
        color_system: str | None,
        environ: Mapping[str, str],
        encoding: str = "utf-8",
        *,
        wide: bool | None = None,
    ) -> Terminal:
        """From what came over a line; where it is silent, a terminal of today.

        `wide` is whether ambiguous characters fill two columns; None: as the locale suggests.
        """
        wide = is_likely_wide(environ) if wide is None else wide
        unicode = _unicode(encoding, environ) and not wide
        return cls(_depth(color_system, environ), unicode)


def _depth(color_system: str | None, environ: Mapping[str, str]) -> Depth:
    if no_color(environ) or color_system is None:
        return Depth.NONE
    return {"truecolor": Depth.TRUE, "256": Depth.MANY}.get(color_system, Depth.SIXTEEN)


def _unicode(encoding: str, environ: Mapping[str, str]) -> bool:
    if environ.get("TERM") in {"dumb", "linux"} or "utf" not in encoding.lower():
        return False
    locale = _locale(environ)
    if locale == "C.UTF-8" and environ.get("LANG") in {"C", "POSIX"}:
        # Python itself sets LC_CTYPE=C.UTF-8 when the user's locale is C (PEP 538).
        return False
    return not locale or "utf" in locale.lower()


def _locale(environ: Mapping[str, str]) -> str:
    return next(filter(None, map(environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")


def ambiguous_is_wide(environ: Mapping[str, str]) -> bool:
    """Ask the terminal, before any app runs on it; False if unlikely, or without a reply."""
    if not is_likely_wide(environ) or sys.platform == "win32":
        return False
    return _column_after_one() == 3


def is_likely_wide(environ: Mapping[str, str]) -> bool:
    """Whether the locale makes it likely that such characters fill two columns."""
    return _locale(environ)[:2] in LANGUAGES or environ.get("VTE_CJK_WIDTH") == "wide"


def _column_after_one() -> int | None:
    """The column, counted from 1, of the cursor after one such character."""
    import termios
    import tty

    try:
        if not (os.isatty(0) and os.isatty(1)):
            return None
        modes = termios.tcgetattr(0)
    except (OSError, termios.error):
        return None
    try:
        tty.setcbreak(0, termios.TCSANOW)
        os.write(1, WIDTH_QUERY.encode())
        return _reported_column()
    except (OSError, termios.error):
        return None
    finally:
        os.write(1, ERASE_QUERY.encode())
        termios.tcsetattr(0, termios.TCSANOW, modes)


def _reported_column() -> int | None:
    read, deadline = b"", time.monotonic() + REPLY_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        if select.select([0], [], [], left)[0]:
            read += os.read(0, 64)
            if found := WIDTH_REPORT.search(read):
                return int(found[1])
    return None
