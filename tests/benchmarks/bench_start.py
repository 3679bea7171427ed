"""The first frame on a real terminal and the memory after it, against an app that does nothing.

From starting the interpreter on; every program in turn, so that a busy machine is busy for all.
"""

from __future__ import annotations

import compileall
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
_ROOT = Path(__file__).parents[2]
# To the bare app's time and memory. docs/performance.md says which are reached, and why others not.
MOST_TIME = {"nim-tui": 1.2, "nim-tui --practice": 1.35}
MOST_MEMORY = {"nim-tui": 1.25, "nim-tui --practice": 1.25}
# By then a stored session has been looked for.
MEMORY_AFTER_SECONDS = 1.0

_BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("Whoever takes the last object loses.")
Bare().run()
"""
_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>$=]*[a-zA-Z]")

# What is started, and the words that end the first frame: of a board, below its last heap.
PROGRAMS = {
    "a bare Textual app": (["-c", _BARE], b"loses."),
    "nim-tui": (["-m", "nim_tui"], b"help"),
    "nim-tui --hotseat": (["-m", "nim_tui", "--hotseat"], b"heap 3"),
    "nim-tui --practice": (["-m", "nim_tui", "--practice"], b"heap 3"),
}


def started_once(arguments: list[str], words: bytes, home: Path) -> tuple[float, float]:
    """Milliseconds from the process's start to the words; megabytes of memory a second later."""
    began = time.perf_counter()
    with started(arguments, home=home) as terminal:
        terminal.read_until(lambda written: words in _ESCAPES.sub(b"", written))
        took = (time.perf_counter() - began) * 1000
        terminal.settle(MEMORY_AFTER_SECONDS)
        return took, resident_mb(terminal.process.pid)


def resident_mb(pid: int) -> float:
    """What a process has in memory now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    """Print the medians; 1 when one of them is over its bound."""
    # Where Python is told to write no bytecode, it would be the compiler that is measured.
    for package in ("backend", "nim_tui"):
        compileall.compile_dir(_ROOT / package, quiet=1)
    os.environ.update(COLORTERM="truecolor", LC_ALL="C.UTF-8")
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = home
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
        for turn in range(ROUNDS + 1):
            for name, (arguments, words) in PROGRAMS.items():
                found = started_once(arguments, words, Path(home))
                if turn:  # the first round fills the file system's cache
                    rounds[name].append(found)
    times, memory = (
        {name: statistics.median(each[place] for each in found) for name, found in rounds.items()}
        for place in (0, 1)
    )
    print("first frame")
    report(times)
    print(f"memory {MEMORY_AFTER_SECONDS:.0f} s later")
    report(memory, unit="MB")
    return int(any([_over(times, MOST_TIME, "late"), _over(memory, MOST_MEMORY, "large")]))


def _over(values: dict[str, float], most: dict[str, float], word: str) -> bool:
    base = next(iter(values.values()))
    over = {name: values[name] / base for name in most if values[name] > most[name] * base}
    for name, ratio in over.items():
        print(f"Too {word}: {name}, {ratio:.2f} times a bare app, bound {most[name]}")
    return bool(over)


if __name__ == "__main__":
    sys.exit(main())
