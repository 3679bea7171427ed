"""What a file keeps about an account beside its games: for the owner's export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import get_args

from backend.adapters.sqlite import refresh_tokens
from backend.adapters.sqlite.database import Database, to_time
from backend.domain.clock import utc_now
from backend.domain.notices import Kind, Notice
from backend.service.account_ports import KeptNotice, KeptSession

_NOTICES = "SELECT * FROM outbox WHERE person = ? ORDER BY id"


class SqliteArchive:
    """The sessions and notices in one file; an `Archive`."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def sessions(self, username: str) -> Sequence[KeptSession]:
        now = self._now()
        kept = await self._database.read(
            lambda connection: refresh_tokens.all_of(connection, username, now)
        )
        return [
            KeptSession(datetime.fromisoformat(begun), datetime.fromisoformat(ends))
            for begun, ends in kept
        ]

    async def notices(self, username: str) -> Sequence[KeptNotice]:
        def work(connection: Connection) -> list[KeptNotice]:
            rows = connection.execute(_NOTICES, (username,)).fetchall()
            return [
                KeptNotice(
                    Notice(
                        row["game_id"],
                        row["version"],
                        row["person"],
                        row["kind"],
                        row["made_by"],
                        row["actor"],
                    ),
                    to_time(row["created_at"]),
                    row["outcome"],
                )
                for row in rows
                if row["kind"] in get_args(Kind)
            ]

        return await self._database.read(work)
