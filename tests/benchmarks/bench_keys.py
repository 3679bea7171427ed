"""From a key to the repainted frame with motion off, and from `enter` to the stored move's frame.

A key that takes one stone more or less, on boards of two sizes, against an app of Textual alone
that repaints a widget of the whole screen for each key; the two take turns. `enter` is measured on
the embedded backend, whose commit is on the disk before the move is answered. The terminal says
that it knows synchronized updates, so the end of every frame can be seen.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from tests.benchmarks.measure import compile_all, disk_of
from tests.benchmarks.seated import Home, one_move, seat, settle_in
from tests.nim_tui.terminal.pty import Terminal

KEYS = 40
MOVES = 25
SIZES = {"80x24": (24, 80), "200x60": (60, 200)}
MOST_RATIO = 1.3
"""Of the board's time to the bare app's, both at the 95th percentile."""
MOST_ENTER_MS = 25.0

BARE = """
from textual.app import App
from textual.widget import Widget
class Whole(Widget):
    DEFAULT_CSS = "Whole { width: 100%; height: 100%; }"
    letter = "a"
    def render(self):
        return "\\n".join([self.letter * self.size.width] * self.size.height)
class Bare(App):
    def compose(self):
        yield Whole()
    def on_key(self, event):
        whole = self.query_one(Whole)
        whole.letter = "b" if whole.letter == "a" else "a"
        whole.refresh()
Bare().run()
"""

# What the terminal answers when it is asked for the mode (DEC private mode 2026), and how a frame
# that is drawn in it ends.
KNOWS_FRAMES = b"\x1b[?2026;2$y"
FRAME_END = b"\x1b[?2026l"
# A key leads to one frame, or to several close together.
NO_MORE_SECONDS = 0.15
_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>$=]*[a-zA-Z]")


def repainted(terminal: Terminal, key: str) -> float:
    """Milliseconds from a key to the end of the last frame that it leads to."""
    before = len(terminal.written)
    began = time.perf_counter()
    terminal.press(key)
    terminal.read_until(lambda written: FRAME_END in written[before:], seconds=5)
    ended = time.perf_counter()
    frames = terminal.written[before:].count(FRAME_END)
    while time.perf_counter() - ended < NO_MORE_SECONDS:
        terminal.settle(0.01)
        if (now := terminal.written[before:].count(FRAME_END)) > frames:
            frames, ended = now, time.perf_counter()
    return (ended - began) * 1000


def compare(home: Home, name: str, size: tuple[int, int]) -> float:
    """The ratio of the board to the bare app at the 95th percentile."""
    with home.client("--hotseat", size=size) as board, home.bare(BARE, size=size) as bare:
        board.see("Choose a heap")
        bare.see("aaaa")
        times: dict[str, list[float]] = {"bare": [], "board": []}
        for terminal in (board, bare):
            terminal.press(KNOWS_FRAMES)
            terminal.settle(0.5)
        board.press("a")
        board.see("Take 1 from")
        for number in range(KEYS + 4):
            # One more stone of the heap, one less; the bare app repaints for any key.
            key = "\x1b[B" if number % 2 else "\x1b[A"
            took = {"bare": repainted(bare, key), "board": repainted(board, key)}
            if number >= 4:  # the first ones paint cold
                for which, milliseconds in took.items():
                    times[which].append(milliseconds)
    bare95, board95 = _p95(times["bare"]), _p95(times["board"])
    print(
        f"{name:<8} key to frame, median and p95:"
        f" board {median(times['board']):5.1f} ms, {board95:5.1f};"
        f" bare app {median(times['bare']):5.1f} ms, {bare95:5.1f};"
        f" {board95 / bare95:.2f} x, bound {MOST_RATIO}"
    )
    return board95 / bare95


async def entered(home: Home) -> list[float]:
    """Milliseconds from `enter` to the frame that shows the stored move, in one game."""
    (game,) = await seat(home.file, ["bert"])
    store = SqliteGameStore(Database(home.file))
    times = []
    with home.client() as terminal:
        terminal.see("bert", "Up to date")
        terminal.press("\r")
        for _ in range(MOVES):
            await asyncio.to_thread(terminal.see, "Choose a heap")
            terminal.press("a" if game.heaps[0] else "b")
            terminal.see("Take 1 from")
            before = len(terminal.written)
            began = time.perf_counter()
            terminal.press("\r")
            terminal.read_until(
                lambda written, before=before: (  # type: ignore[misc]
                    b"Waiting for" in _ESCAPES.sub(b"", written[before:])
                )
            )
            times.append((time.perf_counter() - began) * 1000)
            kept = await store.get(game.game_id)
            assert kept is not None
            assert kept.version == game.version + 1, "the move is not stored"
            game = await one_move(store, game.game_id)
    await store.close()
    return times[1:]  # the first paints cold


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[18]


def main() -> int:
    """Print the figures; 1 when one of them is over its bound."""
    compile_all()
    with tempfile.TemporaryDirectory() as folder:
        home = settle_in(Path(folder), motion=False)
        worst = max(compare(home, name, size) for name, size in SIZES.items())
        times = asyncio.run(entered(home))
        print(
            f"enter to stored and repainted: median {median(times):.1f} ms, p95 {_p95(times):.1f},"
            f" bound {MOST_ENTER_MS:.0f}; written to {disk_of(home.folder)}"
        )
    return int(worst > MOST_RATIO or _p95(times) > MOST_ENTER_MS)


if __name__ == "__main__":
    sys.exit(main())
