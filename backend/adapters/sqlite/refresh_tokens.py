"""Refresh tokens of local accounts in SQLite: random, stored only as hashes, and rotated gently.

Each refresh hands out a new token, and the old one stays valid until the new one is first used. So
nobody is signed out by a crash before the client has saved its new token, nor by a second terminal
that started with the same token: each follows its own branch. All branches of one sign-in are a
family, and they end together. A token names its family, so that signing out works also with one
that another terminal has replaced.

The functions run inside a transaction of `backend.adapters.sqlite.database`.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection

LIFE = timedelta(days=30)
"""How long an unused token stays valid; each use hands out a fresh one."""

# Only a program that signs in each time needs more; its oldest tokens are dropped.
MOST_OF_ONE_PLAYER = 200

_RANDOM_BYTES = 32
_FAMILY_BYTES = 8
_NAMES_FAMILY = re.compile(rf"([0-9a-f]{{{2 * _FAMILY_BYTES}}})\.")


@dataclass(frozen=True, slots=True)
class Followed:
    """A new token and its owner."""

    username: str
    token: str


def text_of(time: datetime) -> str:
    """A time as the tables of accounts store it: always as long, so that it sorts as text."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def begin(connection: Connection, username: str, now: datetime) -> str:
    """The first token of a new family."""
    return _hand_out(connection, username, secrets.token_hex(_FAMILY_BYTES), None, now)


def follow(connection: Connection, token: str, now: datetime) -> Followed | None:
    """The token that replaces this one; None if this one is no longer valid."""
    kept = _hash(token)
    row = connection.execute(
        "SELECT username, family, parent FROM refresh_tokens"
        " WHERE token_hash = ? AND expires_at > ?",
        (kept, text_of(now)),
    ).fetchone()
    if row is None:
        return None
    if row["parent"] is not None:
        connection.execute("DELETE FROM refresh_tokens WHERE token_hash = ?", (row["parent"],))
        connection.execute("UPDATE refresh_tokens SET parent = NULL WHERE token_hash = ?", (kept,))
    username: str = row["username"]
    return Followed(username, _hand_out(connection, username, row["family"], kept, now))


def end(connection: Connection, token: str) -> None:
    """End the family of a token, also of one that was replaced; unknown tokens are ignored."""
    named = _NAMES_FAMILY.match(token)
    connection.execute(
        "DELETE FROM refresh_tokens WHERE family ="
        # Tokens of older versions name no family: those are looked up as long as they are kept.
        " coalesce(?, (SELECT family FROM refresh_tokens WHERE token_hash = ?))",
        (named and named[1], _hash(token)),
    )


def end_all(connection: Connection, username: str) -> None:
    """End all families of a player."""
    connection.execute("DELETE FROM refresh_tokens WHERE username = ?", (username,))


def all_of(connection: Connection, username: str, now: datetime) -> list[tuple[str, str]]:
    """When the valid tokens of a player were handed out, and until when they are valid."""
    rows = connection.execute(
        "SELECT created_at, expires_at FROM refresh_tokens WHERE username = ? AND expires_at > ?"
        " ORDER BY created_at",
        (username, text_of(now)),
    ).fetchall()
    return [(row["created_at"], row["expires_at"]) for row in rows]


def _hand_out(
    connection: Connection, username: str, family: str, parent: str | None, now: datetime
) -> str:
    token = f"{family}.{secrets.token_urlsafe(_RANDOM_BYTES)}"
    connection.execute(
        "INSERT INTO refresh_tokens (token_hash, username, family, created_at, expires_at, parent)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (_hash(token), username, family, text_of(now), text_of(now + LIFE), parent),
    )
    connection.execute(
        "DELETE FROM refresh_tokens WHERE username = ? AND (expires_at <= ? OR token_hash IN"
        " (SELECT token_hash FROM refresh_tokens WHERE username = ?"
        "  ORDER BY created_at DESC, rowid DESC LIMIT -1 OFFSET ?))",
        (username, text_of(now), username, MOST_OF_ONE_PLAYER),
    )
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
