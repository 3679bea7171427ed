"""Whom a player has played with, in one query of the games."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection

from backend.adapters.sqlite.database import to_stamp, to_time
from backend.domain.opponents import MOST_OPPONENTS, Opponent

# Each part is read from one of the indexes that lists use.
_QUERY = """
WITH played AS (
    SELECT user2 AS name, winner, 0 AS open, sort_at, created_at FROM games
        WHERE user1 = :user AND done
    UNION ALL
    SELECT user1, winner, 0, sort_at, created_at FROM games
        WHERE user2 = :user AND user1 <> :user AND done
    UNION ALL
    SELECT iif(user1 = :user, user2, user1), NULL, 1, sort_at, created_at FROM games
        WHERE turn = :user
    UNION ALL
    SELECT iif(user1 = :user, user2, user1), NULL, 1, sort_at, created_at FROM games
        WHERE waits = :user AND turn <> :user
)
SELECT name,
    sum(winner IS NOT NULL AND winner <> name) AS won,
    sum(winner IS NOT NULL AND winner = name) AS lost,
    sum(open) AS open,
    max(sort_at) AS last
FROM played
WHERE :owned_from IS NULL OR created_at IS NULL OR created_at >= :owned_from
GROUP BY name ORDER BY last DESC, name LIMIT :most
"""


def opponents_of(connection: Connection, user: str, owned_from: datetime | None) -> list[Opponent]:
    """The opponents of `user`, those played last first."""
    values = {
        "user": user,
        "owned_from": None if owned_from is None else to_stamp(owned_from),
        "most": MOST_OPPONENTS,
    }
    return [
        Opponent(
            row["name"],
            won=row["won"],
            lost=row["lost"],
            open=row["open"],
            last_played=to_time(row["last"]) if row["last"] else None,
        )
        for row in connection.execute(_QUERY, values).fetchall()
    ]
