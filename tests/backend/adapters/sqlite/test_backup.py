"""Backup and restore: consistent while in use, private, and never half done."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from backend.adapters.sqlite import backup
from backend.adapters.sqlite.backup import BackupRefused, Contents, back_up, restore
from backend.domain.errors import DatabaseProblem
from backend.domain.game import Game
from tests.backend.adapters.game_store import new_game
from tests.backend.adapters.sqlite.files import by_hand, mode, number, opened

COUNT = "SELECT count(*) FROM games"

# Writes a game without closing, says so, and waits for its end.
WRITER = """
import asyncio, sys
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from tests.backend.adapters.game_store import new_game

async def write(path, name):
    store = SqliteGameStore(Database(path))
    await store.put(new_game(name))
    print("written", flush=True)
    sys.stdin.read()

asyncio.run(write(*sys.argv[1:]))
"""


@contextmanager
def writer(path: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has written a game and keeps the database open until it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name],
        cwd=Path(__file__).parents[4],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        try:
            yield process
        finally:
            process.kill()


def add(path: Path, game: Game) -> None:
    """Put one more game into the database, which nobody has open afterwards."""

    async def put() -> None:
        async with opened(path) as games:
            await games.put(game)

    asyncio.run(put())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with one game, that nobody uses."""
    path = tmp_path / "games.db"
    add(path, new_game())
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_backup_is_one_private_file_with_what_was_committed(database: Path) -> None:
    copy = database.with_name("copy.db")
    old_mask = os.umask(0)
    try:
        with writer(database, "another"):
            assert database.with_name("games.db-wal").stat().st_size, "not yet in the file itself"
            assert back_up(database, copy) == Contents(games=2, accounts=0)
    finally:
        os.umask(old_mask)
    assert mode(copy) == 0o600
    assert number(copy, COUNT) == 2
    assert {name for name in names(database.parent) if "copy" in name} == {"copy.db"}


def test_a_newer_backup_replaces_an_older_one_and_nothing_else(database: Path) -> None:
    copy, other = database.with_name("copy.db"), database.with_name("letter.txt")
    back_up(database, copy)
    add(database, new_game("second"))
    assert back_up(database, copy).games == 2
    other.write_text("Dear diary")
    for target in (other, database):
        with pytest.raises(BackupRefused):
            back_up(database, target)
    assert other.read_text() == "Dear diary"
    assert number(database, COUNT) == 2


def test_what_cannot_be_copied_leaves_nothing(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = names(database.parent)
    with pytest.raises(DatabaseProblem):
        back_up(database.with_name("nothing.db"), database.with_name("copy.db"))
    with pytest.raises(BackupRefused):
        back_up(database, database / "copy.db")
    foreign = database.with_name("foreign.db")
    by_hand(foreign, "CREATE TABLE notes (text)")
    with pytest.raises(BackupRefused):
        back_up(foreign, database.with_name("copy.db"))
    monkeypatch.setattr(backup, "_copy", lambda source, target, kind: target.write_bytes(b"x" * 99))
    with pytest.raises(BackupRefused, match="damaged"):
        back_up(database, database.with_name("copy.db"))
    assert names(database.parent) == before | {"foreign.db"}


def test_restoring_moves_the_old_database_aside_and_keeps_its_mode(database: Path) -> None:
    copy = database.with_name("copy.db")
    back_up(database, copy)
    add(database, new_game("later"))
    database.chmod(0o640)
    done = restore(copy, database)
    assert done.contents == Contents(games=1, accounts=0)
    assert done.aside is not None
    assert mode(database) == 0o640
    assert (number(database, COUNT), number(done.aside, COUNT)) == (1, 2)
    assert restore(copy, database.with_name("new.db")).aside is None
    assert mode(database.with_name("new.db")) == 0o600


def test_the_log_of_a_crashed_server_is_not_replayed_into_it(database: Path) -> None:
    copy = database.with_name("copy.db")
    back_up(database, copy)
    with writer(database, "lost"):
        pass
    assert database.with_name("games.db-wal").stat().st_size
    done = restore(copy, database)
    assert number(database, COUNT) == 1
    assert done.aside is not None
    assert number(done.aside, COUNT) == 2, "the old one has kept its log"


def test_while_a_process_has_it_open_nothing_is_changed(database: Path) -> None:
    copy = database.with_name("copy.db")
    back_up(database, copy)
    with writer(database, "another"):
        before = names(database.parent)
        with pytest.raises(BackupRefused, match="in use"):
            restore(copy, database)
        assert names(database.parent) == before
        assert number(database, COUNT) == 2


@pytest.mark.parametrize("damage", ["nothing", "text", "cut", "newer", "foreign", "page"])
def test_a_backup_that_cannot_be_used_changes_nothing(database: Path, damage: str) -> None:
    copy = database.with_name("copy.db")
    back_up(database, copy)
    whole = copy.read_bytes()
    match damage:
        case "nothing":
            copy.unlink()
        case "text":
            copy.write_text("no database " * 999)
        case "cut":
            copy.write_bytes(whole[: len(whole) // 2])
        case "page":
            copy.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
        case "newer":
            by_hand(copy, "PRAGMA user_version = 999")
        case "foreign":
            by_hand(copy, "PRAGMA application_id = 1")
    before = names(database.parent)
    with pytest.raises((BackupRefused, DatabaseProblem)) as refused:
        restore(copy, database)
    assert "\n" not in refused.value.message
    assert names(database.parent) == before
    assert number(database, COUNT) == 1


def test_a_stop_in_the_middle_is_finished_by_restoring_again(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = database.with_name("copy.db")
    back_up(database, copy)
    with monkeypatch.context() as patch:
        patch.setattr(backup, "_move_aside", lambda path: path.unlink() or 1 / 0)
        with pytest.raises(ZeroDivisionError):
            restore(copy, database)
    assert restore(copy, database).contents.games == 1
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
