"""Every adapter that keeps the GameStore contract, by name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from backend.ports import GameStore
from backend.sqlite import Database
from backend.stores.sqlite import SqliteGames
from tests.backend.stores.contract import Place


class SqlitePlace:
    """One file; each adapter with a connection of its own, as in another process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened: list[SqliteGames] = []

    async def open(self) -> GameStore:
        self.opened.append(SqliteGames(Database(self.path)))
        return self.opened[-1]


@asynccontextmanager
async def sqlite_place(folder: Path) -> AsyncIterator[Place]:
    place = SqlitePlace(folder / "games.db")
    yield place
    for store in place.opened:
        await store.close()


PLACES: dict[str, Callable[[Path], AbstractAsyncContextManager[Place]]] = {
    "sqlite": sqlite_place,
}


@pytest.fixture(params=PLACES)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with PLACES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
async def store(place: Place) -> GameStore:
    return await place.open()
