"""Local accounts on a file of their own, with a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.identity.local import LocalPeople
from backend.identity.passwords import Cost
from backend.sqlite import Database
from tests.backend.identity.cognito_stub import Cognito

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
async def local_people(database: Database, clock: Clock) -> AsyncIterator[LocalPeople]:
    people = LocalPeople(database, cost=CHEAP, now=clock)
    yield people
    await people.close()


@pytest.fixture
async def elsewhere(path: Path, clock: Clock) -> AsyncIterator[LocalPeople]:
    """The same file in another process, as far as a process can be played."""
    database = Database(path)
    people = LocalPeople(database, cost=CHEAP, now=clock)
    yield people
    await people.close()
    await database.close()


@pytest.fixture
def cognito() -> Iterator[Cognito]:
    made = Cognito()
    with made.stub:
        yield made
        made.stub.assert_no_pending_responses()
