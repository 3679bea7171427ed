"""Escape sequences for what Textual has none: the terminal's title, and a desktop notice. Pure.

The texts come cleaned: no control character may be in them, or they would end the sequence early.
"""

from __future__ import annotations

from collections.abc import Mapping

from nim_tui.clean import clean

MOST_NOTICE = 120
SAVE_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"


def title(text: str) -> str:
    """Sets the terminal's title (OSC 2)."""
    return f"\x1b]2;{clean(text, MOST_NOTICE)}\x1b\\"


def notice(text: str, environ: Mapping[str, str]) -> str:
    """Shows a desktop notice where the terminal can: OSC 777, or OSC 9, through tmux too.

    Kitty, WezTerm, foot, Ghostty and VTE know 777; iTerm2, ConEmu and Windows Terminal know 9. One
    of the two is sent, because a terminal that knows both would show the notice twice.
    """
    said = clean(text, MOST_NOTICE)
    nine = environ.get("TERM_PROGRAM") == "iTerm.app" or "WT_SESSION" in environ
    nine = nine or "ConEmuPID" in environ or environ.get("LC_TERMINAL") == "iTerm2"
    # A semicolon would begin another field.
    sequence = (
        f"\x1b]9;{said}\x1b\\" if nine else f"\x1b]777;notify;nim;{said.replace(';', ',')}\x1b\\"
    )
    return _through_tmux(sequence) if environ.get("TMUX") else sequence


def _through_tmux(sequence: str) -> str:
    """Wrapped so that tmux hands it on, where `allow-passthrough` is on."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"
