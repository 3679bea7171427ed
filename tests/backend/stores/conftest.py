"""Every adapter that keeps the GameStore contract, by name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.ports import GameStore
from backend.sqlite import Database
from backend.stores.dynamodb import DynamoGames
from backend.stores.dynamodb_watch import Pace
from backend.stores.sqlite import SqliteGames
from tests.aws_engines import DYNAMODB_ENGINES, Engine, new_table
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


class DynamoPlace:
    """One table of an engine, new and empty; looked at often, so that watching is quick."""

    def __init__(self, engine: Engine) -> None:
        self.aws = engine.aws()
        self.table = new_table(self.aws)

    async def open(self) -> GameStore:
        pace = Pace(board=0.05, list=0.05, slowest=0.2, tick=0.02)
        return DynamoGames(self.aws, self.table, pace=pace)


@pytest.fixture(params=["sqlite", *DYNAMODB_ENGINES])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "sqlite":
        async with sqlite_place(tmp_path) as opened:
            yield opened
    else:
        yield DynamoPlace(request.getfixturevalue(request.param))


@pytest.fixture
async def store(place: Place) -> GameStore:
    return await place.open()
