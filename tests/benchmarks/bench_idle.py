"""What a client costs while nothing happens: a live list of games, a live board, and a bare app.

All three run at the same time, on terminals of their own; the two of ours are one player's on one
embedded file, and each would show a change of the other's at once.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from tests.benchmarks.measure import compile_all
from tests.benchmarks.seated import BARE_SHOWS, one_move, seat, settle_in
from tests.nim_tui.terminal.pty import Terminal

SECONDS = 20.0
# After the start, until what it began has come to rest.
REST_SECONDS = 5.0
MOST_SHARE = 0.3
"""Percent of a core."""
MOST_ABOVE_BARE = 0.05
"""Percentage points."""


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have used so far, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def let_pass(terminals: list[Terminal], seconds: float) -> None:
    """Read what they write meanwhile, which is nothing or little."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for terminal in terminals:
            terminal.settle(0.05)


def are_live(file: Path, game_id: str, lobby: Terminal, board: Terminal) -> None:
    """Raises: AssertionError, unless both show a move that is made elsewhere."""

    async def move() -> None:
        store = SqliteGameStore(Database(file))
        await one_move(store, game_id)
        await store.close()

    asyncio.run(move())
    board.see("bert took 1")
    lobby.see("YOUR TURN")


def main() -> int:
    """Print the shares; 1 when one of them is over its bound."""
    compile_all()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = settle_in(Path(folder))
        (game,) = asyncio.run(seat(home.file, ["bert"], turn="bert"))
        lobby, board = (stack.enter_context(home.client()) for _ in range(2))
        bare = stack.enter_context(home.bare())
        bare.see(BARE_SHOWS)
        lobby.see("bert", "Up to date")
        board.see("bert", "Up to date")
        board.press("\r")
        board.see("Waiting for bert")
        every = {"a bare Textual app": bare, "live list of games": lobby, "live board": board}
        let_pass(list(every.values()), REST_SECONDS)
        before = {name: cpu_seconds(one.process.pid) for name, one in every.items()}
        began = time.monotonic()
        let_pass(list(every.values()), SECONDS)
        passed = time.monotonic() - began
        shares = {
            name: (cpu_seconds(one.process.pid) - before[name]) / passed * 100
            for name, one in every.items()
        }
        are_live(home.file, game.game_id, lobby, board)
    base = shares["a bare Textual app"]
    for name, share in shares.items():
        print(f"{name:<20} {share:6.3f} % of a core, {share - base:+.3f}")
    worst = max(shares.values())
    print(f"bounds: {MOST_SHARE} %, and {MOST_ABOVE_BARE} above the bare app")
    return int(worst > MOST_SHARE or worst - base > MOST_ABOVE_BARE)


if __name__ == "__main__":
    sys.exit(main())
