"""Counts of the texts sent today, as rows of the SQLite file.

A cap is one row with the places taken. A number has a row for each of its texts, named
`NUMBER#TEXT`, so that the same text counts once.
"""

from __future__ import annotations

import time
from sqlite3 import Connection

from backend.adapters.sqlite.database import Database
from backend.service.ports import KEEP_SECONDS

_FORGET = "DELETE FROM text_counts WHERE expires < ?"
# `$` is the character after `#`.
_COUNT = """
INSERT INTO text_counts (name, sent, expires)
SELECT :name || '#' || :text, 1, :expires
WHERE (SELECT count(*) FROM text_counts WHERE name > :name || '#' AND name < :name || '$') < :cap
ON CONFLICT (name) DO NOTHING
"""
_IS_COUNTED = "SELECT 1 FROM text_counts WHERE name = :name || '#' || :text"
_TAKEN = "SELECT sent FROM text_counts WHERE name = ?"
_TAKE = """
INSERT INTO text_counts (name, sent, expires) VALUES (:name, :places, :expires)
ON CONFLICT (name) DO UPDATE SET sent = sent + :places
"""
_GIVE_BACK = "UPDATE text_counts SET sent = sent - ? WHERE name = ?"


class SqliteCounter:
    """Counters as rows of the SQLite file; a `DailyCounter`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, name: str, text: str, cap: int) -> bool:
        """See `DailyCounter.count`."""
        values = {"name": name, "text": text, "cap": cap, "expires": _expires()}

        def work(connection: Connection) -> bool:
            connection.execute(_COUNT, values)
            return connection.execute(_IS_COUNTED, values).fetchone() is not None

        return await self._database.run(work)

    async def lease(self, name: str, *, holder: str, held: int, places: int, cap: int) -> int:
        """See `DailyCounter.lease`; a transaction is never in doubt, so no holder is recorded."""

        def work(connection: Connection) -> int:
            connection.execute(_FORGET, (int(time.time()),))
            row = connection.execute(_TAKEN, (name,)).fetchone()
            left = max(0, min(places, cap - (row["sent"] if row else 0)))
            values = {"name": name, "places": left, "expires": _expires()}
            connection.execute(_TAKE, values)
            return held + left

        return await self._database.run(work)

    async def give_back(self, name: str, *, holder: str, held: int, places: int) -> None:
        """See `DailyCounter.give_back`."""
        await self._database.run(
            lambda connection: connection.execute(_GIVE_BACK, (places, name)).close()
        )


def _expires() -> int:
    return int(time.time()) + KEEP_SECONDS
