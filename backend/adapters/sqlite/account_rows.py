"""The accounts in the SQLite file as rows, and the file's secret.

The functions run inside a transaction of `database`. Usernames are looked up without regard to
case; a string that is not a valid username finds nobody.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection, IntegrityError, Row

from backend.adapters.sqlite.id_tokens import Proof, proof_of
from backend.adapters.sqlite.refresh_tokens import text_of
from backend.domain.credentials import username_problem
from backend.domain.errors import UserExists
from backend.domain.people import NOTICES_BY, Player

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Account:
    """An account.

    Attributes:
        one_time_until: set if its password is for one use: when it expires.
        closing: whether its deletion has begun.

    """

    player: Player
    password_hash: str
    created_at: datetime
    one_time_until: datetime | None = None
    closing: bool = False

    @property
    def username(self) -> str:
        """The username as it was registered."""
        return self.player.username

    @property
    def proof(self) -> Proof:
        """What a current ID token of this account says."""
        return proof_of(self.username, self.password_hash, self.created_at)


def find(connection: Connection, username: str) -> Account | None:
    """The account with this username, if there is one."""
    if username_problem(username):
        return None
    row = connection.execute(
        "SELECT * FROM accounts WHERE folded = ?", (_folded(username),)
    ).fetchone()
    return None if row is None else _account(row)


def everybody(connection: Connection) -> list[Player]:
    """All players, by name."""
    rows = connection.execute("SELECT * FROM accounts ORDER BY folded").fetchall()
    return [_account(row).player for row in rows]


def all_closing(connection: Connection) -> list[str]:
    """The usernames of the accounts whose deletion has begun."""
    rows = connection.execute("SELECT username FROM accounts WHERE closing").fetchall()
    return [row["username"] for row in rows]


def insert(connection: Connection, account: Account) -> None:
    """Add an account. Raises: UserExists, also if the name differs only in case."""
    player = account.player
    try:
        connection.execute(
            "INSERT INTO accounts (username, folded, password_hash, one_time_until,"
            " email, phone, notices, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                player.username,
                _folded(player.username),
                account.password_hash,
                _text_or_null(account.one_time_until),
                player.email,
                player.phone,
                player.notices,
                text_of(account.created_at),
            ),
        )
    except IntegrityError as error:
        raise UserExists from error


def set_password(
    connection: Connection, username: str, password_hash: str, one_time_until: datetime | None
) -> None:
    """Replace the password, by a lasting or a one-time password."""
    connection.execute(
        "UPDATE accounts SET password_hash = ?, one_time_until = ? WHERE folded = ?",
        (password_hash, _text_or_null(one_time_until), _folded(username)),
    )


def set_contacts(connection: Connection, player: Player) -> None:
    """Change the addresses, and by which of them notices go."""
    connection.execute(
        "UPDATE accounts SET email = ?, phone = ?, notices = ?, ntfy_topic = ? WHERE folded = ?",
        (
            player.email,
            player.phone,
            player.notices,
            player.ntfy_topic,
            _folded(player.username),
        ),
    )


def set_closing(connection: Connection, username: str) -> None:
    """Mark the account's deletion as begun."""
    connection.execute("UPDATE accounts SET closing = 1 WHERE folded = ?", (_folded(username),))


def remove(connection: Connection, username: str) -> None:
    """Remove the account."""
    connection.execute("DELETE FROM accounts WHERE folded = ?", (_folded(username),))


def secret_of_file(connection: Connection) -> bytes:
    """The secret that ID tokens are signed with, created when it is first needed."""
    connection.execute(
        "INSERT OR IGNORE INTO secrets (name, value) VALUES ('id-token', ?)",
        (secrets.token_bytes(_SECRET_BYTES),),
    )
    rows = connection.execute("SELECT value FROM secrets WHERE name = 'id-token'").fetchall()
    return bytes(rows[0]["value"])


def _folded(username: str) -> str:
    # Usernames are ASCII, so that nothing else can fold into one.
    return username.lower() if username.isascii() else username


def _text_or_null(time: datetime | None) -> str | None:
    return None if time is None else text_of(time)


def _account(row: Row) -> Account:
    until: str | None = row["one_time_until"]
    created_at = datetime.fromisoformat(row["created_at"])
    return Account(
        player=Player(
            row["username"],
            email=row["email"],
            phone=row["phone"],
            notices=next((by for by in NOTICES_BY if by == row["notices"]), "none"),
            ntfy_topic=row["ntfy_topic"],
            since=created_at,
        ),
        password_hash=row["password_hash"],
        created_at=created_at,
        one_time_until=None if until is None else datetime.fromisoformat(until),
        closing=bool(row["closing"]),
    )
