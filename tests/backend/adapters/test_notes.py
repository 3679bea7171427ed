"""Holds, codes and marks: the same on every store, and atomic where many ask at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.adapters.dynamodb.notes import DynamoNotes
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.notes import SqliteNotes
from backend.service.account_ports import Notes
from tests.aws_engines import Engine, new_table

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)


@pytest.fixture(params=["sqlite", "dynamodb"])
async def notes(
    request: pytest.FixtureRequest, tmp_path: Path, ministack: Engine
) -> AsyncIterator[Notes]:
    if request.param == "dynamodb":
        yield DynamoNotes(ministack.aws(), new_table(ministack.aws()))
        return
    database = Database(tmp_path / "games.db")
    yield SqliteNotes(database)
    await database.close()


async def test_a_name_is_held_by_one_until_it_runs_out(notes: Notes) -> None:
    taken = await asyncio.gather(*(notes.take("name", LATER, NOW) for _ in range(10)))
    assert taken.count(True) == 1
    assert await notes.take("another", LATER, NOW)
    assert not await notes.take("name", LATER, LATER - timedelta(seconds=1))
    assert await notes.take("name", LATER + timedelta(hours=1), LATER)


async def test_a_code_is_used_once(notes: Notes) -> None:
    await notes.put_code("name", "right", LATER)
    assert not await notes.use_code("name", "wrong", 5, NOW)
    assert not await notes.use_code("another", "right", 5, NOW)
    used = await asyncio.gather(*(notes.use_code("name", "right", 5, NOW) for _ in range(4)))
    assert used.count(True) == 1
    assert not await notes.use_code("name", "right", 5, NOW)


async def test_a_new_code_takes_the_place_of_one_that_was_used_or_tried_too_often(
    notes: Notes,
) -> None:
    for used in ("1" * 64, "0" * 64):
        await notes.put_code("name", "1" * 64, LATER)
        for _ in range(3):
            await notes.use_code("name", used, 3, NOW)
        await notes.put_code("name", "2" * 64, LATER)
        assert not await notes.use_code("name", "1" * 64, 3, NOW)
        assert await notes.use_code("name", "2" * 64, 3, NOW)


async def test_a_code_has_so_many_tries_also_at_once(notes: Notes) -> None:
    await notes.put_code("name", "right", LATER)
    wrong = await asyncio.gather(*(notes.use_code("name", f"{n}", 5, NOW) for n in range(20)))
    assert not any(wrong)
    assert not await notes.use_code("name", "right", 5, NOW)
    # A new code has its own.
    await notes.put_code("name", "newer", LATER)
    assert not await notes.use_code("name", "right", 5, NOW)
    assert await notes.use_code("name", "newer", 5, NOW)


async def test_a_code_expires(notes: Notes) -> None:
    await notes.put_code("name", "right", LATER)
    assert not await notes.use_code("name", "right", 5, LATER)
    await notes.put_code("name", "right", LATER)
    assert await notes.use_code("name", "right", 5, LATER - timedelta(seconds=1))


async def test_marks_stay_until_they_are_removed(notes: Notes) -> None:
    assert not await notes.marked("name")
    await notes.unmark("name")
    assert not await notes.marked("name")
    for _ in range(2):
        await notes.mark("name")
    await notes.mark("third")
    assert await notes.take("something else", LATER, NOW)
    assert set(await notes.marked("name")) == {"name"}
    assert set(await notes.marked("third", "another", "name")) == {"name", "third"}
    assert not await notes.marked("another")
    assert not await notes.marked()
    await notes.unmark("name")
    assert set(await notes.marked("third", "name")) == {"third"}
