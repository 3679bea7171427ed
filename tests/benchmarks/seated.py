"""A home with a signed-in player, their games in an embedded file, and an app that does nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.domain.clock import utc_now
from backend.domain.game import Game
from backend.domain.ids import random_id
from backend.domain.nim import Move
from tests.benchmarks.file_keyring import FILE
from tests.nim_tui.terminal.pty import Terminal, started

PLAYER = "alice"
HEAPS = (20, 20, 20)

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("Whoever takes the last object loses.")
Bare().run()
"""
"""A Textual app that shows one line."""

BARE_SHOWS = "loses."


@dataclass(frozen=True)
class Home:
    """Where a player is at home: the client's folders, and the file of the games."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "games.db"

    @contextmanager
    def client(self, *options: str, size: tuple[int, int] = (24, 80)) -> Iterator[Terminal]:
        """The client on a terminal; it finds its session."""
        command = ["-m", "nim_tui", "--data", str(self.file), *options]
        with started(command, size=size, home=self.folder) as terminal:
            yield terminal

    @contextmanager
    def bare(self, program: str = BARE, *, size: tuple[int, int] = (24, 80)) -> Iterator[Terminal]:
        """An app of Textual alone."""
        with started(["-c", program], size=size, home=self.folder) as terminal:
            yield terminal


def settle_in(folder: Path, *, motion: bool = True) -> Home:
    """A home in this folder, whose player has just registered."""
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        os.environ[f"XDG_{name}_HOME"] = str(folder)
    os.environ.update(
        COLORTERM="truecolor",
        LC_ALL="C.UTF-8",
        PYTHON_KEYRING_BACKEND="tests.benchmarks.file_keyring.FileKeyring",
    )
    os.environ[FILE] = str(folder / "keyring.json")
    settings = folder / "nim-tui" / "settings.toml"
    settings.parent.mkdir()
    settings.write_text(f"animation = {str(motion).lower()}\n")
    home = Home(folder)
    with home.client() as terminal:
        terminal.see("Practice")
        terminal.press(f"r{PLAYER}\tPassw0rd\ta@example.com\r")
        terminal.see("No games yet")
    return home


async def seat(file: Path, opponents: Sequence[str], *, turn: str = PLAYER) -> list[Game]:
    """Open games of the player's, one with each of these opponents; whose turn it is in all."""
    store = SqliteGameStore(Database(file))
    games = []
    for opponent in opponents:
        now = utc_now()
        # The one who is invited moves first.
        inviter = opponent if turn == PLAYER else PLAYER
        game = Game(
            game_id=random_id(),
            user1=inviter,
            user2=PLAYER if inviter == opponent else opponent,
            last_move_by=inviter,
            heaps=HEAPS,
            start=HEAPS,
            created_at=now,
            waiting_since=now,
        )
        games.append((await store.put(game)).game)
    await store.close()
    return games


async def one_move(store: SqliteGameStore, game_id: str) -> Game:
    """One object from the largest heap, by whose turn it is."""
    game = await store.get(game_id)
    assert game is not None
    assert game.turn is not None
    heap = max((1, 2, 3), key=game.board.count)
    move = Move(heap, game.board.count(heap) - 1)
    written = await store.move(game.game_id, game.turn, move, version=game.version, now=utc_now())
    return written.game
