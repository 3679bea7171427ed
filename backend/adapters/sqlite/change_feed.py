"""Reports to waiters what other processes write to the SQLite file."""

from __future__ import annotations

from functools import partial
from sqlite3 import Connection

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.file_watch import Bell
from backend.service.ports import Wakes
from backend.service.subscriptions import game_key, user_key

# If the bell stays silent (a writer killed after its commit, another program), look this often.
UNHEARD_SECONDS = 1.0

_CHANGED = "SELECT game_id, user1, user2 FROM games WHERE change > ? AND writer <> ?"
_LAST_CHANGE = "SELECT coalesce(max(change), 0) FROM games"


async def watch(database: Database, writer: int, hub: Wakes, *, bell: Bell) -> None:
    """Wake everybody once, then, for ever, those affected by a change that `writer` did not make.

    Raises:
        Unavailable: the file can no longer be read.

    """
    # Creates the file if need be: a missing file cannot be watched.
    await database.read(_data_version, beside=True)
    async with bell(database.path) as wait:
        # Read before waking, so that whatever is written from here on is found below.
        version, seen = await database.read(_state, beside=True)
        hub.wake_all()
        while True:
            await wait(UNHEARD_SECONDS)
            if (newer := await database.read(_data_version, beside=True)) == version:
                continue
            version = newer
            changes = partial(_changes, seen=seen, writer=writer)
            seen, keys = await database.read(changes, beside=True)
            hub.wake(keys)


def _state(connection: Connection) -> tuple[int, int]:
    return _data_version(connection), _last_change(connection)


def _data_version(connection: Connection) -> int:
    """A number that changes when another connection has written."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _last_change(connection: Connection) -> int:
    return int(connection.execute(_LAST_CHANGE).fetchone()[0])


def _changes(connection: Connection, seen: int, writer: int) -> tuple[int, list[str]]:
    """The number of the last change, and the keys affected by those after `seen`."""
    keys: list[str] = []
    for row in connection.execute(_CHANGED, (seen, writer)):
        keys += (game_key(row["game_id"]), user_key(row["user1"]), user_key(row["user2"]))
    return _last_change(connection), keys
