"""What a server notices of its disk and its outbox before its players do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.adapters.sqlite.watching import LOW_BYTES, STUCK_AFTER, SqliteWatch
from backend.domain.clock import utc_now
from tests.backend.samples import new_game


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "games.db")
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("free", "trouble"), [(LOW_BYTES, None), (LOW_BYTES - 1, "disk_low"), (0, "disk_low")]
)
async def test_a_disk_is_low_before_it_is_full(
    database: Database, free: int, trouble: str | None
) -> None:
    assert await SqliteWatch(database, free=lambda _: free).disk() == trouble


async def test_the_real_disk_is_looked_at(database: Database) -> None:
    assert await SqliteWatch(database).disk() in (None, "disk_low")


async def test_a_folder_that_is_gone_says_nothing_of_the_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / "gone" / "games.db")
    assert await SqliteWatch(database).disk() is None
    await database.close()


async def test_an_outbox_is_stuck_once_its_oldest_notice_has_waited_too_long(
    database: Database,
) -> None:
    assert (await SqliteWatch(database).outbox()).waiting == 0
    await SqliteGameStore(database).put(new_game(created_at=utc_now(), waiting_since=utc_now()))
    now = utc_now()
    fresh = SqliteWatch(database, now=lambda: now)
    assert (await fresh.outbox()).waiting == 1
    assert await fresh.courier() is None
    later = SqliteWatch(database, now=lambda: now + STUCK_AFTER + timedelta(minutes=1))
    assert (await later.outbox()).oldest > STUCK_AFTER.total_seconds()
    assert await later.courier() == "outbox_stuck"


async def test_an_outbox_that_cannot_be_read_is_a_trouble_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "games.db").write_text("this is not a database at all, whatever its name says")
    database = Database(tmp_path / "games.db")
    assert await SqliteWatch(database).courier() == "outbox_unreadable"
    await database.close()
