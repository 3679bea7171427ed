"""What the tests of the GameStore contract share: a place that keeps games, and games to keep.

Another adapter joins with its own `Place`, which the fixture `place` in conftest.py opens by name.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from backend.domain.game import Game
from backend.domain.nim import Move
from backend.service.ports import GameStore
from backend.service.subscriptions import game_key, user_key
from tests.support import eventually_async

# Whole milliseconds, which every store can keep.
T0 = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


class Place(Protocol):
    """Where games are kept while one test runs."""

    async def open(self) -> GameStore:
        """One more adapter on the same games, as another process would have; closed at the end."""


def minutes(count: float) -> datetime:
    """A time so many minutes after T0."""
    return T0 + timedelta(minutes=count)


def new_game(game_id: str = "game", **changes: Any) -> Game:
    """A new game in which ana has invited bob, with some fields changed."""
    fields: dict[str, Any] = {
        "game_id": game_id,
        "user1": "ana",
        "user2": "bob",
        "created_at": T0,
        "waiting_since": T0,
        **changes,
    }
    fields.setdefault("last_move_by", fields["user1"])
    if "heaps" in fields:
        fields.setdefault("start", fields["heaps"])
    return Game(**fields)


async def played(store: GameStore, game: Game, *moves: tuple[int, int]) -> Game:
    """`game` put into the store and played on by turns, a minute a move, each (heap, left)."""
    await store.put(game)
    for count, (heap, left) in enumerate(moves, start=1):
        assert game.turn is not None
        move = Move(heap, left)
        written = await store.move(
            game.game_id, game.turn, move, version=game.version, now=minutes(count)
        )
        game = written.game
    return game


class Listener:
    """Stands in for the hub: remembers what was reported."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.all = 0

    def waited_for(self) -> Collection[str]:
        return {game_key("game"), user_key("ana"), user_key("bob")}

    def wake(self, keys: Iterable[str]) -> None:
        self.keys.update(keys)

    def wake_all(self) -> None:
        self.all += 1


@asynccontextmanager
async def watching(store: GameStore) -> AsyncIterator[Listener]:
    """A listener that `store` reports changes to until the block ends."""
    listener = Listener()
    task = asyncio.create_task(store.watch(listener))
    try:
        await eventually_async(lambda: listener.all)
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
