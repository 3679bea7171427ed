"""The terminal: size, colours, Unicode, mouse, and what tmux lets through."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping

from nim_tui.paint import Depth
from nim_tui.shell.checks.base import Check, ok, warning
from nim_tui.terminal.capabilities import LEAST_COLUMNS, LEAST_ROWS, Terminal, no_color

TMUX_SECONDS = 2.0

_COLOURS = {
    Depth.TRUE: "16 million colours",
    Depth.MANY: "256 colours",
    Depth.SIXTEEN: "16 colours",
}
_WITHOUT_MOUSE = ("dumb", "linux", "unknown", "vt100", "vt220")


def checks(environ: Mapping[str, str], seen: Terminal) -> Iterator[Check]:
    """Look at the terminal. `seen` is what it can show, as far as it is known."""
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        yield warning(
            "terminal",
            "There is none here: this runs in a pipe or a script.",
            "Run nim-tui doctor in the terminal where you play; nim-tui --accessible needs none.",
        )
        return
    yield _size()
    yield _colours(environ, seen)
    if seen.unicode:
        yield ok("unicode", "Stones and signs can be shown.")
    else:
        yield warning(
            "unicode",
            "Only ASCII is safe here, so stones are drawn with letters.",
            "Set LANG to a locale that ends in UTF-8, such as C.UTF-8.",
        )
    name = environ.get("TERM", "")
    if name.partition("-")[0] in ("", *_WITHOUT_MOUSE):
        yield warning("mouse", "This terminal reports no mouse.", "Play with the keys.")
    else:
        yield ok("mouse", "Clicks are reported.")
    yield from _multiplexer(environ)


def _size() -> Check:
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    size = f"{columns} columns and {rows} rows."
    if columns < LEAST_COLUMNS or rows < LEAST_ROWS:
        least = f"{LEAST_COLUMNS} by {LEAST_ROWS}"
        return warning(
            "terminal", size, f"Make it {least} or larger, or play with nim-tui --accessible."
        )
    return ok("terminal", size)


def _colours(environ: Mapping[str, str], seen: Terminal) -> Check:
    if no_color(environ):
        return ok("colours", "None, as NO_COLOR asks.")
    if seen.depth is Depth.NONE:
        return warning("colours", "None.", "Set TERM to what your terminal is, if it has colours.")
    return ok("colours", f"{_COLOURS[seen.depth]}.")


def _multiplexer(environ: Mapping[str, str]) -> Iterator[Check]:
    if environ.get("TMUX"):
        missing = [line for name, line in _TMUX if _tmux(name) not in ("on", "all")]
        if missing:
            yield warning(
                "tmux",
                "It keeps from nim-tui whether its window is looked at, or a notice from you.",
                f"Add to ~/.tmux.conf: {'; '.join(missing)}",
            )
        else:
            yield ok("tmux", "Focus and notices pass through.")
    elif environ.get("STY"):
        yield warning(
            "screen",
            "GNU screen lets neither focus nor desktop notices through.",
            "Use tmux, or play outside of it, to be told when it is your turn.",
        )


_TMUX = (
    ("focus-events", "set -g focus-events on"),
    ("allow-passthrough", "set -g allow-passthrough on"),
)


def _tmux(option: str) -> str:
    """The value of a global option; empty where tmux does not say."""
    command = ("tmux", "show-options", "-gAv", option)
    try:
        found = subprocess.run(
            command, capture_output=True, text=True, timeout=TMUX_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()
