"""The list of games: its memory, and one change among a thousand rows.

Memory a second after the first frame, signed in on an embedded file with an open game, against an
app of Textual alone; the two take turns. The change is a move that an opponent makes elsewhere: how
long until its row is shown where it belongs now, at the top, and how much is written to the
terminal for it.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from tests.benchmarks.bench_start import MEMORY_AFTER_SECONDS, resident_mb
from tests.benchmarks.measure import compile_all, disk_of, report
from tests.benchmarks.seated import BARE_SHOWS, Home, one_move, seat, settle_in
from tests.nim_tui.terminal.pty import Terminal

ROUNDS = 3
MOST_MEMORY = 1.6
"""Of the bare app's."""
ROWS = 1_000
CHANGES = 5
# All that a change leads to is written within this time.
REST_SECONDS = 1.0
_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>$=]*[a-zA-Z]")


def memory(home: Home) -> dict[str, float]:
    """The medians, in megabytes."""
    found: dict[str, list[float]] = {"a bare Textual app": [], "list of games": []}
    for _ in range(ROUNDS):
        with home.bare() as bare:
            found["a bare Textual app"].append(_settled_mb(bare, BARE_SHOWS))
        with home.client() as lobby:
            found["list of games"].append(_settled_mb(lobby, "bert"))
    return {name: median(values) for name, values in found.items()}


def _settled_mb(terminal: Terminal, words: str) -> float:
    terminal.see(words)
    terminal.settle(MEMORY_AFTER_SECONDS)
    return resident_mb(terminal.process.pid)


async def changes(home: Home) -> list[tuple[float, int]]:
    """Milliseconds and bytes for each change, in a list of so many rows, one of them there."""
    rivals = [f"rival{number}" for number in range(CHANGES)]
    many = await seat(home.file, [f"other{number}" for number in range(ROWS - CHANGES - 1)])
    games = await seat(home.file, rivals)
    store = SqliteGameStore(Database(home.file))
    for game in [*many, *games]:
        await one_move(store, game.game_id)
    found = []
    with home.client() as lobby:
        lobby.see("YOUR TURN  1", f"WAITING  {ROWS - 1}", "Up to date")
        lobby.settle(REST_SECONDS)
        for rival, game in zip(rivals, games, strict=True):
            before = len(lobby.written)
            began = time.perf_counter()
            await one_move(store, game.game_id)
            name = rival.encode()
            lobby.read_until(
                lambda written, before=before, name=name: (  # type: ignore[misc]
                    name in _ESCAPES.sub(b"", written[before:])
                )
            )
            took = (time.perf_counter() - began) * 1000
            lobby.settle(REST_SECONDS)
            found.append((took, len(lobby.written) - before))
    await store.close()
    return found


def main() -> int:
    """Print the figures; 1 when the memory is over its bound."""
    compile_all()
    with tempfile.TemporaryDirectory() as folder:
        home = settle_in(Path(folder))
        asyncio.run(seat(home.file, ["bert"]))
        medians = memory(home)
        print(f"memory {MEMORY_AFTER_SECONDS:.0f} s after the first frame")
        report(medians, unit="MB")
        found = asyncio.run(changes(home))
        print(
            f"one change among {ROWS} rows: shown after {median(took for took, _ in found):.0f} ms,"
            f" slowest {max(took for took, _ in found):.0f} ms;"
            f" {median(size for _, size in found):.0f} bytes; written to {disk_of(home.folder)}"
        )
    ratio = medians["list of games"] / medians["a bare Textual app"]
    print(f"list of games: {ratio:.2f} of the bare app's memory, bound {MOST_MEMORY}")
    return int(ratio > MOST_MEMORY)


if __name__ == "__main__":
    sys.exit(main())
