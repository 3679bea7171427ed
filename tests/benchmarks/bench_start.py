"""How long until the first frame stands on a real terminal, against an app that does nothing.

From starting the interpreter on; every program in turn, so that a busy machine is busy for all.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measure import report
from tests.nim_tui.terminal.pty import started

ROUNDS = 9
# The first frame needs the painter, the themes and style sheets, but no backend, HTTP or keyring.
MOST_RATIO = 2.0

_BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("Whoever takes the last object loses.")
Bare().run()
"""
_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>$=]*[a-zA-Z]")

# What is started, and the words that end the first frame.
PROGRAMS = {
    "a bare Textual app": (["-c", _BARE], b"loses."),
    "nim-tui": (["-m", "nim_tui"], b"help"),
    "nim-tui --hotseat": (["-m", "nim_tui", "--hotseat"], b"help"),
    "nim-tui --practice": (["-m", "nim_tui", "--practice"], b"help"),
}


def first_frame_ms(arguments: list[str], words: bytes, home: Path) -> float:
    """Milliseconds from the start of the process to the words on its terminal."""
    began = time.perf_counter()
    with started(arguments, home=home) as terminal:
        terminal.read_until(lambda written: words in _ESCAPES.sub(b"", written))
        return (time.perf_counter() - began) * 1000


def main() -> int:
    """Print the medians; 1 when the first frame is late."""
    os.environ.update(COLORTERM="truecolor", LC_ALL="C.UTF-8")
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = home
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
        for turn in range(ROUNDS + 1):
            for name, (arguments, words) in PROGRAMS.items():
                took = first_frame_ms(arguments, words, Path(home))
                if turn:  # the first round fills the file system's cache
                    times[name].append(took)
    medians = {name: statistics.median(each) for name, each in times.items()}
    report(medians)
    bare, ours, *_ = medians.values()
    if ours > MOST_RATIO * bare:
        print(f"Too slow: {ours / bare:.2f} times a bare app, bound {MOST_RATIO}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
