"""Writes that wait share a transaction, and nothing else: each is kept or fails on its own."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.group_commit import MOST_TOGETHER
from backend.domain.errors import BadRequest, DatabaseProblem, GameOver, Unavailable

Work = Callable[[sqlite3.Connection], str]


class Listened(Database):
    """A database that counts its bell, and hears the statements of its thread."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.rings = 0
        self.statements: list[str] = []

    def _ring(self) -> None:
        self.rings += 1

    def commits(self) -> int:
        return self.statements.count("COMMIT")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Listened]:
    opened = Listened(tmp_path / "games.db")
    await opened.read(lambda connection: connection.set_trace_callback(opened.statements.append))
    yield opened
    await opened.close()


@asynccontextmanager
async def busy(database: Database) -> AsyncIterator[None]:
    """The database's thread has something else to do meanwhile: what is asked for queues up."""
    go = threading.Event()
    reading = asyncio.ensure_future(database.read(lambda _: go.wait(10)))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        go.set()
        assert await reading


async def together(database: Database, works: Sequence[Work]) -> list[Any]:
    """What each of the works comes to when all are waiting at once: its value or its error."""
    async with busy(database):
        waiting = asyncio.gather(*(database.run(work) for work in works), return_exceptions=True)
        await asyncio.sleep(0)
    return await waiting


def keep(name: str) -> Work:
    def work(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO secrets VALUES (?, 'kept')", (name,))
        return name

    return work


def fail(name: str, error: Exception) -> Work:
    def work(connection: sqlite3.Connection) -> str:
        keep(name)(connection)
        raise error

    return work


def kept(database: Database) -> set[str]:
    """What a stranger finds in the file."""
    with closing(sqlite3.connect(database.path)) as other:
        return {name for (name,) in other.execute("SELECT name FROM secrets")}


async def test_what_waits_shares_one_commit_and_one_bell(database: Listened) -> None:
    names = [f"name{number}" for number in range(20)]
    before = database.commits()
    assert await together(database, [keep(name) for name in names]) == names
    # The other commit is that of the read which kept the thread busy.
    assert (database.commits() - before, database.rings) == (2, 1)
    assert kept(database) == set(names)


async def test_a_batch_has_a_bound(database: Listened) -> None:
    names = [f"name{number}" for number in range(2 * MOST_TOGETHER + 1)]
    assert await together(database, [keep(name) for name in names]) == names
    assert database.rings == 3
    assert kept(database) == set(names)


async def test_an_answer_comes_after_the_commit(database: Listened) -> None:
    async def written(name: str) -> bool:
        await database.run(keep(name))
        return name in kept(database)

    assert all(await asyncio.gather(*(written(f"name{number}") for number in range(50))))
    assert database.rings < 50


async def test_each_sees_what_those_before_it_have_written(database: Listened) -> None:
    def count(connection: sqlite3.Connection) -> str:
        return str(connection.execute("SELECT count(*) FROM secrets").fetchone()[0])

    works = [keep("one"), count, fail("two", KeyError()), keep("three"), count]
    results = await together(database, works)
    assert [result for result in results if isinstance(result, str)] == ["one", "1", "three", "2"]


async def test_one_that_fails_takes_nothing_with_it_and_leaves_nothing(database: Listened) -> None:
    errors: list[Exception] = [
        KeyError("a fault of ours"),
        GameOver(),
        sqlite3.IntegrityError("a constraint"),
        OverflowError("a number"),
        OSError("a disk"),
    ]
    works: list[Work] = []
    for number, error in enumerate(errors):
        works += [keep(f"good{number}"), fail(f"bad{number}", error)]
    works += [keep("twice"), keep("twice"), keep("last")]
    results = await together(database, works)
    assert database.rings == 1
    assert [type(result) for result in results[1:10:2]] == [
        KeyError,
        GameOver,
        DatabaseProblem,
        BadRequest,
        DatabaseProblem,
    ]
    assert results[:10:2] == [f"good{number}" for number in range(5)]
    assert isinstance(results[11], DatabaseProblem)
    assert (results[10], results[12]) == ("twice", "last")
    assert kept(database) == {"twice", "last", *results[:10:2]}


def undone(connection: sqlite3.Connection) -> str:
    """What a disk that breaks in the middle does: the whole transaction is gone."""
    connection.execute("ROLLBACK")
    raise sqlite3.OperationalError("disk I/O error")


def undone_silently(connection: sqlite3.Connection) -> str:
    connection.execute("ROLLBACK")
    return "all is well"


def undone_by_its_own_words(connection: sqlite3.Connection) -> str:
    connection.execute("ROLLBACK")
    raise KeyError("all is well")


@pytest.mark.parametrize("breaks", [undone, undone_silently, undone_by_its_own_words])
async def test_when_the_transaction_is_gone_no_write_succeeds(
    database: Listened, breaks: Work
) -> None:
    results = await together(database, [keep("one"), keep("two"), breaks, keep("three")])
    assert [type(result) for result in results] == [DatabaseProblem] * 4
    assert (kept(database), database.rings) == (set(), 0)
    assert await database.run(keep("four")) == "four"
    assert kept(database) == {"four"}


async def test_a_commit_that_fails_fails_for_all(database: Listened) -> None:
    def broken_promise(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO child VALUES ('nobody')")
        return "looks well until the commit"

    def prepare(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE parent (name TEXT PRIMARY KEY)")
        connection.execute(
            "CREATE TABLE child (name REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
        )

    await database.run(prepare)
    connection = database._connection
    assert connection is not None
    loop = asyncio.get_running_loop()
    # Not inside a transaction, where SQLite would ignore it.
    await loop.run_in_executor(
        database._thread, lambda: connection.execute("PRAGMA foreign_keys = ON").close()
    )
    database.rings = 0
    results = await together(database, [keep("one"), broken_promise, fail("two", KeyError())])
    assert [type(result) for result in results] == [DatabaseProblem] * 3
    assert (kept(database), database.rings) == (set(), 0)
    assert await database.run(keep("three")) == "three"


async def test_one_that_nobody_waits_for_any_more_is_left_out(database: Listened) -> None:
    async with busy(database):
        tasks = [asyncio.ensure_future(database.run(keep(name))) for name in ("one", "two", "3")]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.wait([tasks[1]])
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert kept(database) == {"one", "3"}


async def test_what_waits_is_written_before_it_closes(tmp_path: Path) -> None:
    database = Database(tmp_path / "games.db")
    names = [f"name{number}" for number in range(2 * MOST_TOGETHER)]
    async with busy(database):
        waiting = asyncio.gather(*(database.run(keep(name)) for name in names))
        await asyncio.sleep(0)
        closing_it = asyncio.ensure_future(database.close())
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="shutting down"):
            await database.run(keep("late"))
    assert await waiting == names
    await closing_it
    assert kept(database) == set(names)


FULL_DISK = """
import asyncio, resource, sys
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.domain.errors import DatabaseProblem
from tests.backend.adapters.game_store import new_game

async def main():
    games = SqliteGameStore(Database(sys.argv[1]))
    await games.put(new_game("before"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
    names = [f"game{count}" for count in range(400)]
    puts = (games.put(new_game(name, user1=name)) for name in names)
    answers = await asyncio.gather(*puts, return_exceptions=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    refused = {name: isinstance(answer, DatabaseProblem) for name, answer in zip(names, answers)}
    missing = {name: await games.get(name) is None for name in names}
    assert refused == missing, (refused, missing)
    print(len(names) - sum(refused.values()))
    await games.close()

asyncio.run(main())
"""


def test_when_the_file_cannot_grow_acknowledged_writes_are_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", FULL_DISK, str(tmp_path / "games.db")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.stderr, ran.returncode) == ("", 0)
    assert 0 < int(ran.stdout) < 400, "some were to be kept, and not all"
