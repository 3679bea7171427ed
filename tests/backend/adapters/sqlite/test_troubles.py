"""What can be wrong with a SQLite file, in words, and what is never lost."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

import backend.adapters.sqlite.database
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.migrations import APPLICATION_ID, MIGRATIONS
from backend.bootstrap import embedded
from backend.domain.errors import BadRequest, DatabaseProblem, Unavailable
from backend.domain.game import Game
from backend.domain.nim import Move
from tests.backend.adapters.game_store import minutes, new_game
from tests.backend.adapters.sqlite.files import by_hand, mode, opened, refusal


async def test_a_newer_file_is_refused_in_words_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        await games.put(new_game())
    by_hand(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    error = await refusal(path)
    assert isinstance(error, DatabaseProblem)
    assert error.message == (
        "The database games.db was written by a newer version of this program. Install that"
        " version, or choose a different file."
    )
    assert path.read_bytes() == before


async def test_a_file_that_grows_newer_in_use_is_refused_and_not_written(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        await games.put(new_game())
        by_hand(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        others = [
            games.put(new_game()),
            games.get("abcd2345"),
            games.list("anna", "open", 10, None),
        ]
        for error in await asyncio.gather(*others, return_exceptions=True):
            assert isinstance(error, DatabaseProblem)
            assert "newer version of this program" in error.message
    with closing(sqlite3.connect(path)) as kept:
        assert kept.execute("SELECT count(*) FROM games").fetchone() == (1,)


async def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.db"
    by_hand(path, "CREATE TABLE bookmarks (url TEXT)")
    path.chmod(0o644)
    before = path.read_bytes()
    error = await refusal(path)
    assert isinstance(error, DatabaseProblem)
    assert "another program" in error.message
    assert (path.read_bytes(), mode(path)) == (before, 0o644)


def deleted(path: Path) -> None:
    path.unlink()


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def replaced(path: Path) -> None:
    other = path.with_name("other.db")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def folder_moved(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


@pytest.mark.parametrize("harm", [deleted, moved, replaced, folder_moved])
async def test_a_file_that_is_no_longer_ours_is_refused_in_words(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    path = tmp_path / "folder" / "games.db"
    async with opened(path) as games:
        game = new_game()
        await games.put(game)
        harm(path)
        with pytest.raises(DatabaseProblem, match="was deleted, moved or replaced"):
            await games.put(new_game())
        with pytest.raises(DatabaseProblem, match="was deleted, moved or replaced"):
            await games.get(game.game_id)


async def test_a_file_that_goes_during_a_commit_is_noticed_before_it_is_acknowledged(
    tmp_path: Path,
) -> None:
    path = tmp_path / "games.db"
    database = Database(path)
    await database.read(lambda _: None)
    with pytest.raises(DatabaseProblem, match="was deleted, moved or replaced"):
        await database.run(lambda _: path.unlink())
    await database.close()


async def test_a_file_that_was_put_back_is_used_again(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        game = new_game()
        await games.put(game)
        path.rename(tmp_path / "away.db")
        with pytest.raises(DatabaseProblem):
            await games.get(game.game_id)
        (tmp_path / "away.db").rename(path)
        assert await games.get(game.game_id) == game


def no_database(path: Path) -> None:
    path.write_text("Dear diary, today I won three games of Nim. " * 50)


def a_folder(path: Path) -> None:
    path.mkdir()


def under_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("no folder")


def cut_short(path: Path) -> None:
    async def fill() -> None:
        async with opened(path) as games:
            for count in range(50):
                await games.put(new_game(f"game{count}"))

    asyncio.run(fill())
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * 8000)


def without_a_table(path: Path) -> None:
    by_hand(
        path,
        f"PRAGMA application_id = {APPLICATION_ID}",
        f"PRAGMA user_version = {len(MIGRATIONS)}",
    )


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_database, "is not a database. Choose a different file"),
        (a_folder, "cannot be opened. Check"),
        (under_a_file, "cannot be opened. Check"),
        (cut_short, "is damaged. Restore it"),
        (without_a_table, "has been changed by something else. Restore it"),
    ],
)
def test_an_unusable_file_is_explained_in_words(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "folder" / "games.db"
    path.parent.mkdir()
    spoil(path)
    error = asyncio.run(refusal(path))
    assert isinstance(error, DatabaseProblem)
    assert error.code == "unavailable"
    assert error.message.startswith(f"The database games.db {words}")
    assert str(tmp_path) not in error.message


async def put_one(path: Path) -> None:
    async with opened(path) as games:
        await games.put(new_game())


async def get(path: Path, game_id: str) -> Game | None:
    async with opened(path) as games:
        return await games.get(game_id)


def run(program: str, path: Path) -> str:
    """What a Python program prints that gets the path as its argument."""
    command = [sys.executable, "-W", "error", "-c", program, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.stderr, ran.returncode) == ("", 0)
    return ran.stdout


READ_ONLY = """
import asyncio, os, sys
from backend.adapters.sqlite.database import Database
from backend.domain.errors import DatabaseProblem
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
async def main():
    database = Database(sys.argv[1])
    try:
        await database.read(lambda connection: None)
    except DatabaseProblem as problem:
        print(problem.message)
    await database.close()
asyncio.run(main())
"""


def test_a_read_only_file_is_explained_in_words() -> None:
    """In a process that is not root, because root may write everything."""
    # Not in pytest's own folder: only its owner may go through that one.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "games.db"
        asyncio.run(put_one(path))
        path.chmod(0o444)
        path.parent.chmod(0o555)
        ran = run(READ_ONLY, path)
        path.parent.chmod(0o755)
    assert ran.startswith("The database games.db cannot be written. Check the permissions")


FULL_DISK = """
import asyncio, resource, sys
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.domain.errors import DatabaseProblem
from tests.backend.adapters.game_store import new_game

async def main():
    games = SqliteGameStore(Database(sys.argv[1]))
    await games.put(new_game("before"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    kept = 0
    try:
        for kept in range(10_000):
            await games.put(new_game(f"game{kept}", user1=f"user{kept}"))
    except DatabaseProblem as problem:
        print(problem.message)
    assert await games.get("before") == new_game("before")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await games.put(new_game("after"))
    print(kept)
    await games.close()

asyncio.run(main())
"""


def test_when_the_file_cannot_grow_nothing_is_lost_and_it_goes_on_with_room(
    tmp_path: Path,
) -> None:
    path = tmp_path / "games.db"
    message, kept = run(FULL_DISK, path).splitlines()
    assert message.startswith("The database games.db cannot ")
    assert "full" in message
    game_ids = ("before", "after", *(f"game{count}" for count in range(int(kept))))
    assert all(asyncio.run(get(path, game_id)) for game_id in game_ids)


async def test_a_full_disk_is_called_by_its_name(tmp_path: Path) -> None:
    async with opened(tmp_path / "games.db") as games:
        await games.put(new_game("before"))
        database = games._database
        await database.read(lambda connection: connection.execute("PRAGMA max_page_count = 1"))

        async def fill() -> None:
            for count in range(10_000):
                await games.put(new_game(f"game{count}", user1=f"user{count}"))

        with pytest.raises(DatabaseProblem, match=r"the disk is full\. Free some space") as full:
            await fill()
        assert full.value.retry_after is not None
        assert await games.get("before") == new_game("before")


async def test_a_file_that_others_keep_busy_is_unavailable_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "games.db"
    monkeypatch.setattr(backend.adapters.sqlite.database, "BUSY_SECONDS", 0.05)
    async with opened(path) as games:
        await games.put(new_game())
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="busy") as busy:
                await games.put(new_game("another"))
            assert not isinstance(busy.value, DatabaseProblem)
            assert busy.value.retry_after == 1.0
            assert await games.get("game") == new_game()
        assert (await games.put(new_game("another"))).applied


async def test_work_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    database = Database(tmp_path / "games.db")

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO secrets VALUES ('key', 'value')")
        raise KeyError("key")

    with pytest.raises(KeyError):
        await database.run(work)
    count = "SELECT count(*) FROM secrets"
    assert await database.read(lambda c: int(c.execute(count).fetchone()[0])) == 0
    await database.close()
    await database.close()
    with pytest.raises(Unavailable, match="shutting down"):
        await database.read(lambda connection: None)


async def test_text_and_numbers_that_cannot_be_kept_are_the_callers_fault(tmp_path: Path) -> None:
    async with opened(tmp_path / "games.db") as games:
        with pytest.raises(BadRequest):
            await games.get("\ud800")
        with pytest.raises(BadRequest):
            await games.put(new_game(version=2**70))


async def test_reads_do_not_wait_for_a_write_that_waits_for_another_process(
    tmp_path: Path,
) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        await games.put(new_game())
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            moving = asyncio.create_task(
                games.move("game", "bob", Move(1, 2), version=0, now=minutes(1))
            )
            # Before the writer has begun to wait, and while it waits.
            for _ in range(20):
                await asyncio.sleep(0.005)
                assert await games.get("game") == new_game()
                assert (await games.list("ana", "open", 10, None)).games == [new_game()]
            assert not moving.done()
            other.execute("ROLLBACK")
        moved = (await moving).game
        assert await games.get("game") == moved


async def test_health_says_that_the_file_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    made = embedded(path)
    transport = httpx.ASGITransport(app=made.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://nim") as client:
        assert (await client.get("/health")).status_code == 200
        assert not path.exists(), "asking does not create it"
        await made.service.games.put(new_game())
        assert (await client.get("/health")).status_code == 200
        path.unlink()
        answer = await client.get("/health")
    assert answer.status_code == 503
    assert "was deleted, moved or replaced" in answer.json()["message"]
    await made.close()
