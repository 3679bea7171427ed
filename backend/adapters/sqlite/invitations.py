"""Open invitations as rows of the SQLite file.

A row is kept for a while after its end, so that it can say that it was taken, and by whom.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from sqlite3 import Connection, Row

from backend.adapters.sqlite.database import Database, to_stamp
from backend.adapters.sqlite.game_rows import (
    DamagedRowError,
    Value,
    checked_heaps,
    checked_time,
    checked_word,
)
from backend.domain.errors import TooManyGames, TooManyInvitations
from backend.domain.invitations import KEEP, LIFE, Invitation
from backend.domain.nim import RULES
from backend.service.invitation_store import MOST_OPEN_INVITATIONS
from backend.service.ports import MOST_OPEN_GAMES

log = logging.getLogger(__name__)

_SECRET_BYTES = 32

_PUT = """
INSERT INTO invitations (
    code, created_by, heap1, heap2, heap3, rule, days_per_move, created_at, expires_at, request_id
) VALUES (
    :code, :created_by, :heap1, :heap2, :heap3, :rule, :days_per_move, :created_at, :expires_at,
    :request_id
) ON CONFLICT (code) DO NOTHING RETURNING code
"""
_FORGET = "DELETE FROM invitations WHERE expires_at < ?"
_GET = "SELECT * FROM invitations WHERE code = ?"
_UNFINISHED = """
SELECT * FROM invitations WHERE created_by = ? AND NOT made AND expires_at > ?
ORDER BY created_at, code
"""
# Both count towards the open games that a player may have created.
COUNT_INVITATIONS = """
SELECT count(*) FROM invitations WHERE created_by = ? AND NOT made AND expires_at > ?
"""
COUNT_GAMES = "SELECT count(*) FROM games WHERE user1 = ? AND NOT done"
_TAKE = """
UPDATE invitations SET taken_by = :user, taken_at = :now
WHERE code = :code AND taken_by IS NULL AND expires_at > :now
    AND (reserved_for IS NULL OR reserved_for = :name)
"""
_RESERVE = """
UPDATE invitations SET reserved_for = :name
WHERE code = :code AND taken_by IS NULL AND expires_at > :now AND reserved_for IS NULL
"""
_RELEASE = """
UPDATE invitations SET reserved_for = NULL
WHERE code = ? AND reserved_for = ? AND taken_by IS NULL
"""


class SqliteInvitations:
    """The open invitations of one file; an `InvitationStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._secret: bytes | None = None

    async def put(self, invitation: Invitation) -> Invitation:
        now = to_stamp(invitation.created_at)

        def work(connection: Connection) -> Invitation:
            connection.execute(_FORGET, (to_stamp(invitation.created_at - KEEP),))
            if not connection.execute(_PUT, _to_row(invitation)).fetchall():
                kept = _get(connection, invitation.code)
                return invitation if kept is None else kept
            counts = [
                connection.execute(COUNT_INVITATIONS, (invitation.created_by, now)).fetchone()[0],
                connection.execute(COUNT_GAMES, (invitation.created_by,)).fetchone()[0],
            ]
            if counts[0] > MOST_OPEN_INVITATIONS:
                raise TooManyInvitations
            if sum(counts) > MOST_OPEN_GAMES:
                raise TooManyGames
            return invitation

        return await self._database.run(work)

    async def get(self, code: str) -> Invitation | None:
        return await self._database.read(lambda connection: _get(connection, code))

    async def unfinished(self, user: str, now: datetime) -> Sequence[Invitation]:
        def work(connection: Connection) -> list[Invitation]:
            rows = connection.execute(_UNFINISHED, (user, to_stamp(now))).fetchall()
            found = [_invitation(row) for row in rows]
            return [invitation for invitation in found if invitation is not None]

        return await self._database.read(work)

    async def take(self, code: str, user: str, now: datetime) -> Invitation | None:
        return (await self._changed(_TAKE, code, now, user=user, name=user.casefold()))[0]

    async def reserve(self, code: str, name: str, now: datetime) -> tuple[Invitation | None, bool]:
        return await self._changed(_RESERVE, code, now, name=name)

    async def release(self, code: str, name: str) -> None:
        await self._database.run(lambda one: one.execute(_RELEASE, (code, name)).close())

    async def remove(self, code: str) -> bool:
        query = "DELETE FROM invitations WHERE code = ? AND taken_by IS NULL RETURNING code"
        return bool(await self._database.run(lambda one: one.execute(query, (code,)).fetchall()))

    async def discard(self, code: str) -> None:
        query = "DELETE FROM invitations WHERE code = ? AND NOT made"
        await self._database.run(lambda one: one.execute(query, (code,)).close())

    async def game_made(self, code: str) -> None:
        query = "UPDATE invitations SET made = 1 WHERE code = ? AND taken_by IS NOT NULL"
        await self._database.run(lambda one: one.execute(query, (code,)).close())

    async def secret(self) -> bytes:
        if self._secret is None:
            self._secret = await self._database.run(_secret_of_file)
        return self._secret

    async def _changed(
        self, statement: str, code: str, now: datetime, **values: Value
    ) -> tuple[Invitation | None, bool]:
        """The invitation after a conditional change, and whether that has changed it."""

        def work(connection: Connection) -> tuple[Invitation | None, bool]:
            values.update(code=code, now=to_stamp(now))
            with closing(connection.execute(statement, values)) as changed:
                return _get(connection, code), changed.rowcount > 0

        return await self._database.run(work)


def _to_row(invitation: Invitation) -> dict[str, Value]:
    heap1, heap2, heap3 = invitation.heaps
    return {
        "code": invitation.code,
        "created_by": invitation.created_by,
        "heap1": heap1,
        "heap2": heap2,
        "heap3": heap3,
        "rule": invitation.rule,
        "days_per_move": invitation.days_per_move,
        "created_at": to_stamp(invitation.created_at),
        "expires_at": to_stamp(invitation.created_at + LIFE),
        "request_id": invitation.request_id,
    }


def _get(connection: Connection, code: str) -> Invitation | None:
    row = connection.execute(_GET, (code,)).fetchone()
    return None if row is None else _invitation(row)


def _invitation(row: Row) -> Invitation | None:
    """The invitation in a row; None if the row was damaged by hand."""
    try:
        taken_at = row["taken_at"]
        return Invitation(
            code=str(row["code"]),
            created_by=str(row["created_by"]),
            heaps=checked_heaps(row["heap1"], row["heap2"], row["heap3"]),
            rule=checked_word(row["rule"], RULES),
            days_per_move=row["days_per_move"],
            created_at=checked_time(row["created_at"]),
            request_id=row["request_id"],
            reserved_for=row["reserved_for"],
            taken_by=row["taken_by"],
            taken_at=None if taken_at is None else checked_time(taken_at),
            made=bool(row["made"]),
        )
    except DamagedRowError:
        log.warning("a damaged invitation is left out")
        return None


def _secret_of_file(connection: Connection) -> bytes:
    connection.execute(
        "INSERT OR IGNORE INTO secrets (name, value) VALUES ('invitations', ?)",
        (secrets.token_bytes(_SECRET_BYTES),),
    )
    rows = connection.execute("SELECT value FROM secrets WHERE name = 'invitations'").fetchall()
    return bytes(rows[0]["value"])
