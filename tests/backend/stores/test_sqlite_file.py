"""The SQLite file: who may read it, and how it comes about and of age."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from backend.schema import APPLICATION_ID, KEEP_NOTICES_SECONDS, MIGRATIONS
from backend.sqlite import to_stamp
from backend.wire import utc_now
from tests.backend.stores.contract import T0, new_game, played
from tests.backend.stores.files import by_hand, mode, number, opened


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
import asyncio, sys, time
from pathlib import Path
from backend.sqlite import Database
while not Path(sys.argv[2]).exists():
    time.sleep(0.001)
async def main():
    databases = [Database(sys.argv[1]) for _ in range(4)]
    await asyncio.gather(*(d.run(lambda c: c.execute("SELECT 1 FROM outbox")) for d in databases))
    await asyncio.gather(*(d.close() for d in databases))
asyncio.run(main())
"""


def test_many_may_open_a_new_file_at_the_same_time(tmp_path: Path) -> None:
    path, go = tmp_path / "games.db", tmp_path / "go"
    command = [sys.executable, "-c", OPENER, str(path), str(go)]
    openers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    go.touch()
    assert [opener.communicate(timeout=30)[1] for opener in openers] == [""] * 3
    assert number(path, "PRAGMA user_version") == len(MIGRATIONS)
