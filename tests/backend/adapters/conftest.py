"""Every adapter that keeps the GameStore contract, by name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.adapters.aws_sdk import TransportName
from backend.adapters.dynamodb.change_feed import PollingPace
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.adapters.sqlite.password_hashing import Cost
from backend.service.ports import GameStore
from tests.aws_engines import DYNAMODB_ENGINES, Engine, new_table
from tests.backend.adapters.cognito.stub import Cognito
from tests.backend.adapters.game_store import Place
from tests.backend.adapters.memory_store import MemoryPlace


class SqlitePlace:
    """One file; each adapter with a connection of its own, as in another process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened: list[SqliteGameStore] = []

    async def open(self) -> GameStore:
        self.opened.append(SqliteGameStore(Database(self.path)))
        return self.opened[-1]


@asynccontextmanager
async def sqlite_place(folder: Path) -> AsyncIterator[Place]:
    place = SqlitePlace(folder / "games.db")
    yield place
    for store in place.opened:
        await store.close()


class DynamoPlace:
    """One table of an engine, new and empty; looked at often, so that watching is quick."""

    def __init__(self, engine: Engine, transport: TransportName = "aiohttp") -> None:
        self.aws = engine.aws(transport)
        self.table = new_table(self.aws)

    async def open(self) -> GameStore:
        pace = PollingPace(board=0.05, list=0.05, slowest=0.2, tick=0.02)
        return DynamoGameStore(self.aws, self.table, pace=pace)


@pytest.fixture(params=["memory", "sqlite", *DYNAMODB_ENGINES, "ministack by boto3"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "memory":
        yield MemoryPlace()
    elif request.param == "sqlite":
        async with sqlite_place(tmp_path) as opened:
            yield opened
    elif request.param == "ministack by boto3":
        yield DynamoPlace(request.getfixturevalue("ministack"), "boto3")
    else:
        yield DynamoPlace(request.getfixturevalue(request.param))


@pytest.fixture
async def store(place: Place) -> GameStore:
    return await place.open()


# As little work as argon2 can do: a suite signs in hundreds of times.
CHEAP = Cost(memory_kib=8)


class Clock:
    """The time now, moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "games.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = Database(path)
    yield database
    await database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def local_people(database: Database, clock: Clock) -> AsyncIterator[SqliteIdentity]:
    people = SqliteIdentity(database, cost=CHEAP, now=clock)
    yield people
    await people.close()


@pytest.fixture
async def elsewhere(path: Path, clock: Clock) -> AsyncIterator[SqliteIdentity]:
    """The same file in another process, as far as a process can be played."""
    database = Database(path)
    people = SqliteIdentity(database, cost=CHEAP, now=clock)
    yield people
    await people.close()
    await database.close()


@pytest.fixture
def cognito() -> Iterator[Cognito]:
    made = Cognito()
    with made.stub:
        yield made
        made.stub.assert_no_pending_responses()
