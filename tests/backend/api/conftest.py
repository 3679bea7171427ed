"""A backend in process: the real application, service and SQLite store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.api.rate_limits import Limits
from backend.bootstrap import Backend, assemble
from tests.backend.api.people import MemoryPeople
from tests.backend.api.table import Table


@pytest.fixture
def people() -> MemoryPeople:
    return MemoryPeople()


@pytest.fixture
async def backend(tmp_path: Path, people: MemoryPeople) -> AsyncIterator[Backend]:
    made = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")), people=people, store_name="sqlite"
    )
    yield made
    await made.close()


@pytest.fixture
async def http(backend: Backend) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as client:
        yield client


@pytest.fixture
async def table(http: httpx.AsyncClient, people: MemoryPeople) -> Table:
    """Ana and Bert, signed in."""
    made = Table(http, people)
    await made.join("Anna")
    await made.join("Bert")
    return made


@pytest.fixture
async def limited(tmp_path: Path, people: MemoryPeople) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a backend that counts requests, by a clock that has stopped."""
    made = assemble(
        games=SqliteGameStore(Database(tmp_path / "limited.db")),
        people=people,
        store_name="sqlite",
        limits=Limits(clock=lambda: 1000.0),
    )
    transport = httpx.ASGITransport(made.app, client=("192.0.2.7", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as client:
        yield client
    await made.close()
