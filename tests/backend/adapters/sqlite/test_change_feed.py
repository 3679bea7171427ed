"""How soon a write of another process is seen, by each of the ways to hear of it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from backend.adapters.sqlite import file_watch
from backend.service.subscriptions import ChangeHub, game_key, user_key
from tests.backend.adapters.game_store import new_game, watching
from tests.backend.adapters.sqlite.files import by_hand, opened
from tests.support import eventually_async

# Writes a game for each line that it reads, and says when it was committed.
WRITER = """
import asyncio, sys, time
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from tests.backend.adapters.game_store import new_game

async def main():
    games = SqliteGameStore(Database(sys.argv[1]))
    for line in sys.stdin:
        await games.put(new_game(line.strip()))
        print(time.time(), flush=True)
    await games.close()

asyncio.run(main())
"""


@pytest.fixture(params=["inotify", "polling"])
def hearing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "polling":
        monkeypatch.setattr(file_watch, "_inotify", lambda path: None)


@pytest.mark.usefixtures("hearing")
async def test_another_processs_write_wakes_within_100_ms(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, str(path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    delays = []
    async with opened(path) as games:
        with ChangeHub(games).listen(user_key("bob")) as woken:
            await asyncio.wait_for(woken.wait(), 5)  # once for everybody, at the beginning
            for number in range(7):
                woken.clear()
                writer.stdin.write(f"game{number}\n".encode())
                await asyncio.wait_for(woken.wait(), 10)
                seen = time.time()
                delays.append(seen - float(await writer.stdout.readline()))
        writer.stdin.close()
        assert await writer.wait() == 0
    # Not the slow ones of a machine that has other things to do.
    assert sorted(delays)[1] < 0.1


@pytest.mark.usefixtures("hearing")
async def test_a_write_that_rings_no_bell_is_seen_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        await games.put(new_game())
        with ChangeHub(games).listen(user_key("ana")) as woken:
            await asyncio.wait_for(woken.wait(), 5)
            woken.clear()
            by_hand(path, "UPDATE games SET version = 1, writer = 0, change = change + 1")
            await asyncio.wait_for(woken.wait(), 10)


async def test_own_writes_are_left_to_the_service_to_tell(tmp_path: Path) -> None:
    """Or every waiter would be woken twice for one move."""
    path = tmp_path / "games.db"
    async with opened(path) as games, opened(path) as elsewhere, watching(games) as listener:
        await games.put(new_game("own"))
        await elsewhere.put(new_game("other", user1="dan", user2="eve"))
        await eventually_async(lambda: listener.keys)
        assert listener.keys == {game_key("other"), user_key("dan"), user_key("eve")}


@pytest.mark.parametrize("steps", range(6))
async def test_who_leaves_while_the_bell_rings_has_left(tmp_path: Path, steps: int) -> None:
    """A wait that swallowed its cancellation would keep the server from stopping."""
    path = tmp_path / "games.db"
    path.touch()
    async with file_watch.bell(path) as wait:
        waiting = asyncio.ensure_future(wait(30))
        await asyncio.sleep(0.01)
        os.utime(path)
        for _ in range(steps):
            await asyncio.sleep(0)
        if waiting.cancel():
            with pytest.raises(asyncio.CancelledError):
                await waiting
