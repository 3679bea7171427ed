"""The courier of a server on SQLite: sends the notices in the outbox.

A notice is a row that was written in the transaction of its own change (`game_store`). Claiming it,
sending it and recording the outcome are separate steps, so it is sent once unless the process dies
between sending and recording. In that case, and after trouble on the way, any server on this file
tries again, with growing pauses, until the notice is too old.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from sqlite3 import Connection, Row
from typing import Literal, TypeAlias, get_args

from backend.adapters.sqlite.database import Database, to_stamp, to_time
from backend.domain.clock import utc_now
from backend.domain.errors import NimError
from backend.domain.notices import Kind, Notice
from backend.service.delivery import Delivery, Messenger

log = logging.getLogger(__name__)

# After the first failure, the second, and so on; the last pause repeats. Each is longer than a try
# may take, so that no other server claims a notice that is still on its way.
PAUSES = tuple(timedelta(seconds=pause) for pause in (60, 180, 600, 1800, 3600))
# Yesterday's "it is your turn" helps nobody, and a server that was down must not send them all.
TOO_OLD = timedelta(hours=24)
# How often to look for notices of other processes on this file; our own wake the courier at once.
LOOK_SECONDS = 30.0
CLOSE_SECONDS = 3.0
"""How long closing waits for notices that are on their way; a later try sends the rest."""

AT_ONCE = 4
"""Notices on their way at once: a slow mail server must not hold up the other channels."""

Result: TypeAlias = Delivery | Literal["too_late"]

_NEXT = "SELECT min(try_at) FROM outbox WHERE outcome IS NULL"
# A person's notices go one after the other, so that they arrive in their order.
_CLAIM = """
UPDATE outbox SET tries = tries + 1, try_at = :until WHERE id = (
    SELECT id FROM outbox WHERE outcome IS NULL AND try_at <= :now
    AND person NOT IN (SELECT value FROM json_each(:busy)) ORDER BY try_at, id LIMIT 1
) RETURNING *, (SELECT created_at FROM games WHERE games.game_id = outbox.game_id) AS begun
"""
_AGAIN = "UPDATE outbox SET try_at = ? WHERE id = ?"
_RECORD = "UPDATE outbox SET outcome = ? WHERE id = ?"


class OutboxCourier:
    """Sends what is in the outbox of `database`; a `Courier`. Idle while the outbox is empty."""

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._now = now
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        # Who is being told something right now.
        self._busy: dict[asyncio.Task[None], str] = {}

    def start(self) -> None:
        """Start in the running event loop, with what an earlier process left behind."""
        if self._task is None and not self._closing:
            self._task = asyncio.get_running_loop().create_task(self._work())

    def committed(self, notices: Sequence[Notice]) -> None:
        if notices:
            self.start()
            self._woken.set()

    async def close(self) -> None:
        """Give what is on its way a moment to arrive; the rest waits in the file."""
        self._closing = True
        self._woken.set()
        if self._task is not None:
            await self._task
        await self._messenger.close()

    async def _work(self) -> None:
        while not self._closing:
            try:
                pause = await self._begin_all()
            except NimError as error:
                log.warning("the outbox rests for %g s: %s", LOOK_SECONDS, error.message)
                pause = LOOK_SECONDS
            except Exception:
                log.exception("the outbox rests for %g s", LOOK_SECONDS)
                pause = LOOK_SECONDS
            # A notice that is done wakes it, too: its person's next one may go now.
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()
            self._woken.clear()
        if self._busy:
            _, late = await asyncio.wait(self._busy, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            if late:
                log.warning("%d notices are tried again later: the way to them is slow", len(late))

    async def _begin_all(self) -> float:
        """Begin what is due, a few at once. Returns the seconds until more may be due."""
        while not self._closing and len(self._busy) < AT_ONCE:
            due = await self._database.read(_next)
            now = self._now()
            if due is None or due > to_stamp(now):
                seconds = LOOK_SECONDS if due is None else (due - to_stamp(now)) / 1_000_000
                return min(LOOK_SECONDS, seconds)
            row = await self._claim(now)
            if row is None:  # all that is due is for those who are being told something
                break
            task = asyncio.create_task(self._deliver(row, now))
            self._busy[task] = row["person"]
            task.add_done_callback(self._done)
        return LOOK_SECONDS

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._busy[task]
        self._woken.set()

    async def _deliver(self, row: Row, now: datetime) -> None:
        try:
            await self._record(row, await self._result(row, now))
        except NimError as error:
            log.warning("a notice's outcome cannot be recorded: %s", error.message)
        except Exception:
            # An unexpected error of the sender is this notice's trouble, not that of the rest.
            log.exception("a notice could not be sent")

    async def _claim(self, now: datetime) -> Row | None:
        values = {
            "now": to_stamp(now),
            "until": to_stamp(now + PAUSES[0]),
            "busy": json.dumps(list(self._busy.values())),
        }

        def work(connection: Connection) -> Row | None:
            rows: list[Row] = connection.execute(_CLAIM, values).fetchall()
            return rows[0] if rows else None

        return await self._database.run(work)

    async def _result(self, row: Row, now: datetime) -> Result:
        if row["created_at"] < to_stamp(now - TOO_OLD):
            return "too_late"
        if row["kind"] not in get_args(Kind):
            return "skipped"
        key = (row["game_id"], row["version"], row["person"], row["kind"])
        begun = None if row["begun"] is None else to_time(row["begun"])
        notice = Notice(*key, row["made_by"], row["actor"], begun)
        return await self._messenger.deliver(notice)

    async def _record(self, row: Row, result: Result) -> None:
        statement: str = _RECORD
        value: str | int = result
        if result == "later":
            pause = PAUSES[min(row["tries"], len(PAUSES)) - 1]
            statement, value = _AGAIN, to_stamp(self._now() + pause)
        await self._database.run(
            lambda connection: connection.execute(statement, (value, row["id"])).close()
        )


def _next(connection: Connection) -> int | None:
    (due,) = connection.execute(_NEXT).fetchone()
    return None if due is None else int(due)
