"""Looking into a SQLite file from outside, and opening one as the backend does."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.domain.errors import NimError


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteGameStore]:
    games = SqliteGameStore(Database(path))
    try:
        yield games
    finally:
        await games.close()


async def refusal(path: Path) -> NimError:
    """What using the file at `path` is refused with."""
    async with opened(path) as games:
        with pytest.raises(NimError) as refused:
            await games.get("game")
    return refused.value


def by_hand(path: Path, *statements: str) -> None:
    """Change the file as a person with the sqlite3 program would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def number(path: Path, query: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(query).fetchone()[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
