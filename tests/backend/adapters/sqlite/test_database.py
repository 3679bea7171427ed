"""The SQLite file: who may read it, and how it comes about and of age."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from backend.adapters.sqlite.database import Database, _use_wal, to_stamp
from backend.adapters.sqlite.migrations import APPLICATION_ID, KEEP_NOTICES_SECONDS, MIGRATIONS
from backend.domain.clock import utc_now
from tests.backend.adapters.game_store import T0, new_game, played
from tests.backend.adapters.sqlite.files import by_hand, mode, number, opened


async def test_nothing_is_touched_before_the_first_use(tmp_path: Path) -> None:
    path = tmp_path / "new" / "games.db"
    async with opened(path):
        assert not path.parent.exists()
    assert not path.parent.exists()


async def test_file_and_folders_made_here_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    path = folder / "games.db"
    async with opened(path) as games:
        await games.put(new_game())
        assert {mode(file) for file in folder.iterdir()} == {0o600}
        assert len(list(folder.iterdir())) == 3
        assert (mode(folder), mode(folder.parent)) == (0o700, 0o700)


def test_a_folder_that_was_there_keeps_its_mode_and_an_open_file_is_closed_up(
    tmp_path: Path,
) -> None:
    async def use() -> None:
        async with opened(path) as games:
            await games.put(new_game())

    path = tmp_path / "shared" / "games.db"
    path.parent.mkdir()
    path.parent.chmod(0o755)
    asyncio.run(use())
    path.chmod(0o644)
    asyncio.run(use())
    assert (mode(path.parent), mode(path)) == (0o755, 0o600)


async def test_games_outlive_the_process_with_wal_and_full_syncing(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        game = await played(games, new_game(), (1, 2), (2, 0))
        database = games._database
        query = "SELECT synchronous, journal_mode FROM pragma_synchronous, pragma_journal_mode"
        settings = await database.read(
            lambda connection: tuple(connection.execute(query).fetchone())
        )
        assert settings == (2, "wal")
    async with opened(path) as games:
        assert await games.get("game") == game


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
async def test_a_file_of_every_older_version_is_brought_up_with_its_games(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "games.db"
    by_hand(
        path,
        *(statement for statements in MIGRATIONS[:version] for statement in statements),
        f"PRAGMA user_version = {version}",
        f"PRAGMA application_id = {APPLICATION_ID if version else 0}",
    )
    if version:
        by_hand(
            path,
            "INSERT INTO games (game_id, user1, user2, heap1, heap2, heap3, last_move_by, rule,"
            " start1, start2, start3, version, moves, created_at, waiting_since, change, writer)"
            " VALUES ('game', 'ana', 'bob', 5, 4, 5, 'ana', 'misere', 5, 4, 5, 0, '',"
            f" {to_stamp(T0)}, {to_stamp(T0)}, 1, 1)",
        )
    async with opened(path) as games:
        assert await games.get("game") == (new_game() if version else None)
        await played(games, new_game(), (1, 2))
    assert number(path, "PRAGMA user_version") == len(MIGRATIONS)
    assert number(path, "SELECT count(*) FROM outbox") >= 1


async def test_notices_that_nobody_sent_are_forgotten_after_a_month(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        await games.put(new_game("old", created_at=utc_now()))
        await games.put(new_game("new", created_at=utc_now()))
    month_ago = to_stamp(utc_now()) - (KEEP_NOTICES_SECONDS + 60) * 1_000_000
    by_hand(path, f"UPDATE outbox SET created_at = {month_ago} WHERE game_id = 'old'")
    async with opened(path) as games:
        await games.get("new")
    assert number(path, "SELECT count(*) FROM outbox WHERE game_id = 'old'") == 0
    assert number(path, "SELECT count(*) FROM outbox WHERE game_id = 'new'") == 1


OPENER = """
import asyncio, sys
from backend.adapters.sqlite.database import Database

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    for path in sys.argv[1:]:
        databases = [Database(path) for _ in range(4)]
        await asyncio.gather(*(d.run(lambda c: c.execute("DELETE FROM games")) for d in databases))
        await asyncio.gather(*(d.close() for d in databases))

asyncio.run(main())
"""


def test_many_may_open_a_new_file_at_the_same_time(tmp_path: Path) -> None:
    paths = [tmp_path / f"games{count}.db" for count in range(8)]
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for opener in openers:
        assert opener.stdout is not None
        assert opener.stdout.readline() == "ready\n"
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("\n")
        opener.stdin.flush()
    assert [opener.communicate(timeout=30)[1] for opener in openers] == [""] * 3
    versions = [number(path, "PRAGMA user_version") for path in paths]
    assert versions == [len(MIGRATIONS)] * len(paths)


async def test_work_that_reads_before_it_writes_meets_no_rival(tmp_path: Path) -> None:
    databases = [Database(tmp_path / "games.db") for _ in range(3)]

    def count_up(connection: sqlite3.Connection) -> None:
        row = connection.execute("SELECT value FROM secrets WHERE name = 'count'").fetchone()
        count = 1 if row is None else row["value"] + 1
        connection.execute("INSERT OR REPLACE INTO secrets VALUES ('count', ?)", (count,))

    await asyncio.gather(*(one.run(count_up) for one in databases for _ in range(30)))
    await asyncio.gather(*(one.close() for one in databases))
    assert number(tmp_path / "games.db", "SELECT value FROM secrets") == 90


def test_the_switch_to_wal_waits_for_whoever_reads_the_file(tmp_path: Path) -> None:
    """Where two switch at once, SQLite itself does not wait, whatever its timeout."""
    path = tmp_path / "games.db"
    by_hand(path, "CREATE TABLE one (number)")
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM one").fetchall()
        stops = threading.Timer(0.05, reader.execute, ("COMMIT",))
        stops.start()
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            _use_wal(connection)
        stops.join()
    assert number(path, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'") == 1


async def test_a_notice_that_is_there_already_stops_no_move(tmp_path: Path) -> None:
    """As in a file whose game was set back by hand."""
    path = tmp_path / "games.db"
    async with opened(path) as games:
        await played(games, new_game(), (1, 2))
        by_hand(path, "UPDATE games SET version = 0, last_move_by = user1")
        game = await played(games, new_game(), (2, 2))
        assert game.version == 1
