"""Counts of the texts sent today, as rows of the SQLite file."""

from __future__ import annotations

import time
from sqlite3 import Connection

from backend.adapters.sqlite.database import Database
from backend.service.ports import KEEP_SECONDS

_COUNT = """
INSERT INTO text_counts (name, sent, expires) VALUES (:name, 1, :expires)
ON CONFLICT (name) DO UPDATE SET sent = sent + 1 WHERE sent < :cap RETURNING sent
"""


class SqliteCounter:
    """Counters as rows of the SQLite file; a `DailyCounter`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, name: str, cap: int) -> bool:
        """See `DailyCounter.count`."""
        now = int(time.time())

        def work(connection: Connection) -> bool:
            connection.execute("DELETE FROM text_counts WHERE expires < ?", (now,))
            values = {"name": name, "cap": cap, "expires": now + KEEP_SECONDS}
            return bool(connection.execute(_COUNT, values).fetchall())

        return await self._database.run(work)

    async def give_back(self, name: str) -> None:
        """See `DailyCounter.give_back`."""
        statement = "UPDATE text_counts SET sent = sent - 1 WHERE name = ? AND sent > 0"
        await self._database.run(lambda connection: connection.execute(statement, (name,)).close())
