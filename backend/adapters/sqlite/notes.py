"""Holds, codes and marks for contacts, as rows of the SQLite file."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Collection
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from backend.adapters.sqlite.database import Database, to_stamp

_FORGET = "DELETE FROM notes WHERE until < :now"
_TAKE = """
INSERT INTO notes (name, until) VALUES (:name, :until)
ON CONFLICT (name) DO UPDATE SET until = :until WHERE until <= :now RETURNING name
"""
_PUT_CODE = """
INSERT INTO notes (name, code_hash, tries, until) VALUES (?, ?, 0, ?)
ON CONFLICT (name) DO UPDATE SET code_hash = excluded.code_hash, tries = 0, until = excluded.until
"""
_TRY = """
UPDATE notes SET tries = tries + 1 WHERE name = ? AND until > ? AND tries < ? RETURNING code_hash
"""
_MARK = "INSERT INTO notes (name) VALUES (?) ON CONFLICT DO NOTHING"
_MARKED = "SELECT name FROM notes WHERE name IN (SELECT value FROM json_each(?))"
_DELETE = "DELETE FROM notes WHERE name = ?"


class SqliteNotes:
    """The notes of one file; a `Notes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, until: datetime, now: datetime) -> bool:
        values = {"name": name, "until": to_stamp(until), "now": to_stamp(now)}

        def work(connection: Connection) -> bool:
            connection.execute(_FORGET, values)
            return bool(connection.execute(_TAKE, values).fetchall())

        return await self._database.run(work)

    async def put_code(self, name: str, code_hash: str, until: datetime) -> None:
        await self._database.run(_one(_PUT_CODE, name, code_hash, to_stamp(until)))

    async def use_code(self, name: str, code_hash: str, tries: int, now: datetime) -> bool:
        def work(connection: Connection) -> bool:
            rows = connection.execute(_TRY, (name, to_stamp(now), tries)).fetchall()
            right = bool(rows) and hmac.compare_digest(rows[0]["code_hash"], code_hash)
            if right:
                connection.execute(_DELETE, (name,))
            return right

        return await self._database.run(work)

    async def mark(self, name: str) -> None:
        await self._database.run(_one(_MARK, name))

    async def unmark(self, name: str) -> None:
        await self._database.run(_one(_DELETE, name))

    async def marked(self, *names: str) -> Collection[str]:
        def work(connection: Connection) -> set[str]:
            return {row["name"] for row in connection.execute(_MARKED, (json.dumps(names),))}

        return await self._database.read(work)


def _one(statement: str, *values: str | int) -> Callable[[Connection], Any]:
    return lambda connection: connection.execute(statement, values).close()
