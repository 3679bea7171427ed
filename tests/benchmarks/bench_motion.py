"""From a key to the first changed frame, and the frames of a motion, on a real terminal.

A stone that is chosen slides out in `CHOOSING` seconds. The terminal says that it knows
synchronized updates, so that the end of every frame can be seen in what the client writes.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from nim_tui.widgets.board.heap_row import FRAME
from nim_tui.widgets.board.motion import CHOOSING
from tests.nim_tui.terminal.pty import Terminal, started

ROUNDS = 12
SIZES = {"80x24": (24, 80), "200x60": (60, 200)}
WANTED = int(CHOOSING / FRAME) + 1
"""The frames of the motion: one each `FRAME` seconds, and the end."""

# What the terminal answers when it is asked for the mode (DEC private mode 2026), and how a frame
# that is drawn in it ends.
KNOWS_FRAMES = b"\x1b[?2026;2$y"
FRAME_END = b"\x1b[?2026l"


def chosen(terminal: Terminal) -> tuple[float, int]:
    """Milliseconds from the key to the first frame; the frames of the motion."""
    before = len(terminal.written)
    began = time.perf_counter()
    terminal.press("a")
    terminal.read_until(lambda written: FRAME_END in written[before:])
    took = (time.perf_counter() - began) * 1000
    terminal.settle(2 * CHOOSING)
    frames = terminal.written[before:].count(FRAME_END)
    terminal.press("\x1b")
    terminal.see("Choose a heap")
    terminal.settle(CHOOSING)
    return took, frames


def main() -> int:
    """Print the medians."""
    os.environ.update(COLORTERM="truecolor", LC_ALL="C.UTF-8")
    with tempfile.TemporaryDirectory() as home:
        for name, size in SIZES.items():
            command = ["-m", "nim_tui", "--hotseat"]
            with started(command, size=size, home=Path(home)) as terminal:
                terminal.press(KNOWS_FRAMES)
                terminal.see("Choose a heap")
                chosen(terminal)  # paints for the first time
                found = [chosen(terminal) for _ in range(ROUNDS)]
            first = statistics.median(took for took, _ in found)
            slowest = max(took for took, _ in found)
            dropped = sum(max(0, WANTED - frames) for _, frames in found)
            print(
                f"{name:<8} key to frame {first:6.1f} ms, slowest {slowest:6.1f} ms; "
                f"{dropped} of {WANTED * ROUNDS} frames dropped"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
