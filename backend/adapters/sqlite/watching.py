"""What can be seen of a SQLite file's troubles before players meet them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import Connection

from backend.adapters.sqlite.database import Database, to_stamp
from backend.domain.clock import utc_now
from backend.domain.errors import NimError
from backend.service.health import Trouble
from backend.service.metrics import OutboxState

LOW_BYTES = 64 * 1024 * 1024
"""Free space below which the disk is about to be full: some 50,000 more games and their moves."""

STUCK_AFTER = timedelta(hours=1)
"""A notice goes out within seconds, and after five failures within an hour (`outbox.PAUSES`)."""

_WAITING = "SELECT count(*), min(created_at) FROM outbox WHERE outcome IS NULL"


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class SqliteWatch:
    """Looks at one database and the disk that it is on."""

    def __init__(
        self,
        database: Database,
        *,
        free: Callable[[Path], int] = _free,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._free = free
        self._now = now

    async def disk(self) -> Trouble | None:
        """Whether the disk is about to be full; a folder that cannot be looked at says nothing."""
        try:
            free = self._free(self._database.path.absolute().parent)
        except OSError:
            return None
        return "disk_low" if free < LOW_BYTES else None

    async def outbox(self) -> OutboxState:
        """The notices that wait. Raises: as `Database.read`."""

        def work(connection: Connection) -> tuple[int, int | None]:
            waiting, oldest = connection.execute(_WAITING).fetchone()
            return int(waiting), None if oldest is None else int(oldest)

        waiting, oldest = await self._database.read(work)
        age = 0.0 if oldest is None else (to_stamp(self._now()) - oldest) / 1_000_000
        return OutboxState(waiting, max(0.0, age))

    async def courier(self) -> Trouble | None:
        """Whether notices wait that should have been sent long ago."""
        try:
            state = await self.outbox()
        except NimError:
            return "outbox_unreadable"
        return "outbox_stuck" if state.oldest > STUCK_AFTER.total_seconds() else None
