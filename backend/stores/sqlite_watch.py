"""Telling waiters of what other processes write to the SQLite file.

`PRAGMA data_version` says whether another connection has written since, without reading the file
(about 4 µs). It is asked in a thread with a connection of its own: the event loop is not woken for
nothing and never waits for the file.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial

from backend.hub import game_key, user_key
from backend.ports import Wakes
from backend.sqlite import Database

# Half of the 100 ms in which a change must be seen. Costs about 0.1 % of a core.
POLL_SECONDS = 0.05

_CHANGED = """
SELECT game_id, user1, user2, change FROM games WHERE change > ? AND writer <> ?
"""
_LAST_CHANGE = "SELECT coalesce(max(change), 0) FROM games"


async def watch(database: Database, writer: int, hub: Wakes) -> None:
    """Wake everybody once, then those whom a change by another than `writer` concerns; no end.

    Raises:
        Unavailable: the file cannot be read any more.

    """
    await database.read(_last_change)  # the file is there and of our version from here on
    loop = asyncio.get_running_loop()
    stop = threading.Event()

    def tell(wake: Callable[[], None]) -> None:
        if not stop.is_set():
            loop.call_soon_threadsafe(wake)

    def poll() -> None:
        try:
            with closing(database.connect()) as connection:
                _poll(connection, writer, hub, tell, stop)
        except sqlite3.Error as error:
            raise database.problem(error) from error

    try:
        await asyncio.to_thread(poll)
    finally:
        stop.set()


def _poll(
    connection: sqlite3.Connection,
    writer: int,
    hub: Wakes,
    tell: Callable[[Callable[[], None]], None],
    stop: threading.Event,
) -> None:
    version = _data_version(connection)
    seen = _last_change(connection)
    tell(hub.wake_all)
    while not stop.wait(POLL_SECONDS):
        if (newer := _data_version(connection)) == version:
            continue
        version = newer
        keys: set[str] = set()
        # Read before the changes: what is written in between is found again, not missed.
        last = _last_change(connection)
        for row in connection.execute(_CHANGED, (seen, writer)):
            keys |= {game_key(row["game_id"]), user_key(row["user1"]), user_key(row["user2"])}
        seen = last
        if keys:
            tell(partial(hub.wake, keys))


def _data_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _last_change(connection: sqlite3.Connection) -> int:
    return int(connection.execute(_LAST_CHANGE).fetchone()[0])
