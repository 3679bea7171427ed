"""Keys that open their owners' games, and what players have chosen for their screens.

Both are rows beside the accounts. Triggers of the schema take a player's keys away with the
account, with its password, and once its deletion begins, so that no code that changes an account
can forget them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from backend.adapters.sqlite import account_rows, refresh_tokens
from backend.adapters.sqlite.account_rows import Account
from backend.adapters.sqlite.database import Database, to_stamp, to_time
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.domain.clock import utc_now
from backend.domain.errors import BadRequest, NoSuchPlayer
from backend.domain.people import KeySignIn, SshKey

MOST_OF_ONE_PLAYER = 20
LONGEST_NAME = 60
_MOST_CHOICES = 10_000

_REMEMBER = """
INSERT INTO ssh_keys (fingerprint, username, name, added_at) VALUES (?, ?, ?, ?)
ON CONFLICT (fingerprint) DO UPDATE SET
    username = excluded.username, name = excluded.name, added_at = excluded.added_at, used_at = NULL
"""
_KEEP_CHOICES = """
INSERT INTO screen_choices (username, choices) VALUES (?, ?)
ON CONFLICT (username) DO UPDATE SET choices = excluded.choices
"""


class SqliteKeys:
    """The keys in one file, for the ssh server in this process and for the operator."""

    def __init__(
        self,
        database: Database,
        people: SqliteIdentity,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database, self._people = database, people
        self._now = now

    async def sign_in(self, fingerprint: str) -> KeySignIn | None:
        """A session for the player whose key this is; None where it is nobody's."""
        now = self._now()

        def work(connection: Connection) -> tuple[Account, str] | None:
            owner = _owner(connection, fingerprint)
            account = owner and account_rows.find(connection, owner)
            # A one-time password is waiting to be replaced: only a sign-in can do that.
            if not account or account.closing or account.one_time_until is not None:
                return None
            connection.execute(
                "UPDATE ssh_keys SET used_at = ? WHERE fingerprint = ?",
                (to_stamp(now), fingerprint),
            )
            return account, refresh_tokens.begin(connection, account.username, now)

        # Most keys are nobody's, and guests write nothing.
        if (
            await self.owner(fingerprint) is None
            or (found := await self._database.run(work)) is None
        ):
            return None
        return KeySignIn(found[0].username, await self._people.session(*found))

    async def owner(self, fingerprint: str) -> str | None:
        """The player whose key this is."""
        return await self._database.read(lambda connection: _owner(connection, fingerprint))

    async def remember(self, username: str, fingerprint: str, name: str) -> None:
        """From now on the key is this player's, and nobody else's.

        Raises:
            NoSuchPlayer: there is no such account, or it is closing.
            BadRequest: the player has too many keys.

        """
        now = self._now()

        def work(connection: Connection) -> None:
            account = account_rows.find(connection, username)
            if account is None or account.closing:
                raise NoSuchPlayer
            others = [
                key for key in _keys(connection, account.username) if key.fingerprint != fingerprint
            ]
            if len(others) >= MOST_OF_ONE_PLAYER:
                raise BadRequest(f"{MOST_OF_ONE_PLAYER} keys are the most. Remove one first.")
            row = (fingerprint, account.username, _shown(name), to_stamp(now))
            connection.execute(_REMEMBER, row)

        await self._database.run(work)

    async def of(self, username: str) -> Sequence[SshKey]:
        """A player's keys, the oldest first; the name in any case."""

        def work(connection: Connection) -> Sequence[SshKey]:
            account = account_rows.find(connection, username)
            return _keys(connection, account.username) if account else []

        return await self._database.read(work)

    async def rename(self, username: str, fingerprint: str, name: str) -> bool:
        """Give one of the player's keys another name; whether there was such a key."""
        return await self._changed(
            "UPDATE ssh_keys SET name = ? WHERE username = ? COLLATE NOCASE AND fingerprint = ?"
            " RETURNING name",
            (_shown(name), username, fingerprint),
        )

    async def forget(self, username: str, fingerprint: str) -> bool:
        """Take one of the player's keys away; whether there was such a key."""
        return await self._changed(
            "DELETE FROM ssh_keys WHERE username = ? COLLATE NOCASE AND fingerprint = ?"
            " RETURNING name",
            (username, fingerprint),
        )

    async def choices(self, username: str) -> Mapping[str, Any]:
        """What the player has chosen for the screen, by the settings' names."""

        def work(connection: Connection) -> str | None:
            row = connection.execute(
                "SELECT choices FROM screen_choices WHERE username = ?", (username,)
            ).fetchone()
            return None if row is None else row["choices"]

        text = await self._database.read(work)
        return {} if text is None else json.loads(text)

    async def keep_choices(self, username: str, choices: Mapping[str, Any]) -> None:
        """Keep what the player has chosen. Raises: BadRequest, NoSuchPlayer."""
        text = json.dumps(dict(choices), ensure_ascii=True)
        if len(text) > _MOST_CHOICES:
            raise BadRequest("These settings are too long to keep.")

        def work(connection: Connection) -> None:
            account = account_rows.find(connection, username)
            if account is None or account.closing:
                raise NoSuchPlayer
            connection.execute(_KEEP_CHOICES, (account.username, text))

        await self._database.run(work)

    async def _changed(self, statement: str, values: tuple[str, ...]) -> bool:
        return await self._database.run(
            lambda connection: bool(connection.execute(statement, values).fetchall())
        )


def _owner(connection: Connection, fingerprint: str) -> str | None:
    row = connection.execute(
        "SELECT username FROM ssh_keys WHERE fingerprint = ?", (fingerprint,)
    ).fetchone()
    return None if row is None else row["username"]


def _keys(connection: Connection, username: str) -> list[SshKey]:
    rows = connection.execute(
        "SELECT * FROM ssh_keys WHERE username = ? ORDER BY added_at, fingerprint", (username,)
    ).fetchall()
    return [
        SshKey(
            row["fingerprint"],
            row["name"],
            to_time(row["added_at"]),
            None if row["used_at"] is None else to_time(row["used_at"]),
        )
        for row in rows
    ]


def _shown(name: str) -> str:
    """A name as it is kept: one short line of characters that can be shown."""
    text = "".join(character for character in name if character.isprintable()).strip()
    return text[:LONGEST_NAME] or "key"
