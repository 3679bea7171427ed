"""Escape sequences that Textual lacks: the terminal's title, and desktop notices. Pure.

Texts are cleaned here: a control character would end the sequence early, and the terminal would
obey what follows. Each sequence is one string, to be written to the driver in one piece.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from nim_tui.text.sanitize import clean

Dialect: TypeAlias = Literal["9", "99", "777"]

MOST = 120
"""How many columns a title or a notice may fill."""

# XTWINOPS 22 and 23: push the title onto the terminal's stack, and pop it.
SAVE_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"

# Terminals that print such a sequence instead of obeying it.
_MUTE = {"dumb", "linux", "cons25", "vt100", "vt220"}
# TERM_PROGRAM -> the sequence that the terminal supports. Only one is sent, because a terminal
# that supports two would show the notice twice.
_BY_PROGRAM: dict[str, Dialect] = {
    "iTerm.app": "9", "WezTerm": "777", "ghostty": "777", "WarpTerminal": "777", "mintty": "777",
    "kitty": "99",
}  # fmt: skip


def title(text: str) -> str:
    """Sets the terminal's title (OSC 2)."""
    return f"\x1b]2;{clean(text, MOST)}\x1b\\"


def notice(text: str, environ: Mapping[str, str]) -> str:
    """Shows a desktop notice in the terminal's own dialect, through tmux too; "" without one.

    OSC 9 is iTerm2's, 99 kitty's, 777 is that of urxvt, VTE, foot, WezTerm, Ghostty and mintty.
    """
    cleaned = clean(text, MOST)
    match dialect(environ):
        case None:
            return ""
        case "9":
            # Without a prefix, digit and semicolon would be a command to some (progress bars).
            sequence = f"\x1b]9;nim: {cleaned}\x1b\\"
        case "99":
            # Plain text, shown only while the window has no focus.
            sequence = f"\x1b]99;i=nim:o=unfocused;nim: {cleaned}\x1b\\"
        case "777":
            # A semicolon would start another field.
            sequence = f"\x1b]777;notify;nim;{cleaned.replace(';', ',')}\x1b\\"
    return _through_tmux(sequence) if environ.get("TMUX") else sequence


def dialect(environ: Mapping[str, str]) -> Dialect | None:
    """Which sequence the terminal obeys; None where it shows no notices.

    Over ssh only TERM arrives; an xterm without notices ignores 777 silently.
    """
    term = environ.get("TERM", "")
    program = environ.get("TERM_PROGRAM", "")
    if not supports_titles(environ) or "WT_SESSION" in environ or program == "Apple_Terminal":
        return None
    if "KITTY_WINDOW_ID" in environ or "kitty" in term:
        return "99"
    if environ.get("LC_TERMINAL") == "iTerm2":
        return "9"
    return _BY_PROGRAM.get(program, "777")


def supports_titles(environ: Mapping[str, str]) -> bool:
    """Whether the terminal obeys such a sequence, rather than printing it."""
    return environ.get("TERM", "") not in _MUTE


def _through_tmux(sequence: str) -> str:
    """Wrapped so that tmux passes it on, where `allow-passthrough` is on."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"
