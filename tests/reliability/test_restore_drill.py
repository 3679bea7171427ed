"""A restore drill: load, backup, more load, a crash, restore, count."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from backend.adapters.sqlite.backup import back_up, restore
from tests.reliability.test_kill import everything, killed_after


def drill(folder: Path, writes: int) -> None:
    """Back up under load, lose the server, restore, and look at every game."""
    database, copy = folder / "games.db", folder / "copy.db"
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.reliability.writer", str(database), "one"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as writer:
        assert writer.stdout is not None
        before = [writer.stdout.readline() for _ in range(writes)]
        backed_up = back_up(database, copy)
        writer.kill()
        writer.stdout.read()
    killed_after(database, "two", writes)
    assert database.with_name("games.db-wal").stat().st_size, "the crash has left a log"

    restored = restore(copy, database)
    assert restored.contents == backed_up
    assert restored.aside is not None
    games = asyncio.run(everything(database))
    assert len(games) == backed_up.games
    versions: dict[str, int] = {}
    for kind, game_id, *rest in (line.split() for line in before):
        versions[game_id] = int(rest[0]) if kind == "move" else 0
    for game_id, version in versions.items():
        assert games[game_id].version >= version, "acknowledged before the backup"
    # What came after the backup is in the database that was moved aside, and nowhere else.
    later = asyncio.run(everything(restored.aside))
    assert games.keys() < later.keys()
    # And the restored one takes new games.
    killed_after(database, "three", writes)
    assert len(asyncio.run(everything(database))) > len(games)


def test_yesterdays_games_come_back(tmp_path: Path) -> None:
    drill(tmp_path, 60)


@pytest.mark.reliability
@pytest.mark.timeout(900)
@pytest.mark.parametrize("writes", range(50, 1050, 50))
def test_whenever_the_backup_is_made(tmp_path: Path, writes: int) -> None:
    drill(tmp_path, writes)
