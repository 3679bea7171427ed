"""Games in a SQLite file.

What must hold when many write at once:

- A change of a game is one conditional UPDATE that reads nothing first: of many equal moves at
  once, exactly one finds its condition true. The statement computes everything that the move
  changes from the row itself, including the ending and the entry in the history.
- A refused change reads the current row in the same transaction. The reason follows from that row,
  and a move that was applied before is not an error.
- The notices that a change owes are written in its own transaction: they exist if and only if the
  change was committed.
- A new game never replaces one with the same id, and the limit of open games is counted in the
  transaction that adds to them.
- `change` numbers all writes of all games without gaps, in the order of their commits, because
  there is one writer at a time: a reader that has seen number n has missed nothing up to n.

A row that was damaged by hand is left out of lists; reading it by its id is a DamagedGame.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import datetime
from sqlite3 import Connection, Row

from backend.adapters.sqlite.change_feed import watch
from backend.adapters.sqlite.database import Database, to_stamp
from backend.adapters.sqlite.file_watch import Bell, bell
from backend.adapters.sqlite.game_rows import (
    DamagedRowError,
    Value,
    from_row,
    record_tail,
    to_row,
)
from backend.adapters.sqlite.invitations import (
    COUNT_GAMES,
    COUNT_INVITATIONS,
    SqliteInvitations,
)
from backend.adapters.sqlite.opponent_rows import opponents_of
from backend.domain.decisions import judge_move
from backend.domain.errors import DamagedGame, NoSuchGame, TooManyGames
from backend.domain.game import Game, State
from backend.domain.nim import RULES, Board, Heaps, Move
from backend.domain.opponents import Opponent
from backend.service.ports import (
    MOST_OPEN_GAMES,
    GameChanged,
    Page,
    PagePosition,
    Wakes,
    Written,
    place_of,
)

log = logging.getLogger(__name__)

_NEXT_CHANGE = "(SELECT coalesce(max(change), 0) + 1 FROM games)"

_PUT = """
INSERT INTO games (
    game_id, user1, user2, heap1, heap2, heap3, last_move_by, rule, start1, start2, start3, version,
    moves, created_at, waiting_since, days_per_move, winner, ended_by, ended_at, request_id,
    rematch_of, rematch_by, invitation, change, writer
) VALUES (
    :game_id, :user1, :user2, :heap1, :heap2, :heap3, :last_move_by, :rule, :start1, :start2,
    :start3, :version, :moves, :created_at, :waiting_since, :days_per_move, :winner, :ended_by,
    :ended_at, :request_id, :rematch_of, :rematch_by, :invitation, NEXT_CHANGE, :writer
) ON CONFLICT (game_id) DO NOTHING RETURNING *
""".replace("NEXT_CHANGE", _NEXT_CHANGE)

# The winner by the row's rule: SQL for each rule, decided by `Board.winner`. A row with an unknown
# rule gets no winner, and `from_row` refuses it.
_OTHER = "CASE WHEN user1 = :user THEN user2 ELSE user1 END"
_WINNERS = " ".join(
    f"WHEN '{rule}' THEN {Board((0, 0, 0), rule).winner(':user', _OTHER)}" for rule in RULES
)

# Every expression sees the row as it was before the statement.
_MOVE = (
    """
UPDATE games SET
    heap1 = CASE :heap WHEN 1 THEN :left ELSE heap1 END,
    heap2 = CASE :heap WHEN 2 THEN :left ELSE heap2 END,
    heap3 = CASE :heap WHEN 3 THEN :left ELSE heap3 END,
    last_move_by = :user,
    version = version + 1,
    moves = moves || CASE WHEN user1 = :user THEN '1' ELSE '2' END || :record,
    waiting_since = :now,
    ended_by = CASE WHEN IS_LAST THEN 'play' END,
    ended_at = CASE WHEN IS_LAST THEN :now END,
    winner = CASE WHEN IS_LAST THEN CASE rule WINNERS END END,
    change = NEXT_CHANGE,
    writer = :writer
WHERE game_id = :game_id
    AND turn = :user
    AND (:version IS NULL OR version = :version)
    AND (:seen1 IS NULL OR (heap1, heap2, heap3) = (:seen1, :seen2, :seen3))
    AND (:owned_from IS NULL OR created_at IS NULL OR created_at >= :owned_from)
    AND :left BETWEEN 0 AND CASE :heap WHEN 1 THEN heap1 WHEN 2 THEN heap2 WHEN 3 THEN heap3 END - 1
RETURNING *
""".replace("NEXT_CHANGE", _NEXT_CHANGE)
    .replace("WINNERS", _WINNERS)
    # The move empties its heap, and that heap held all the objects.
    .replace(
        "IS_LAST",
        ":left = 0 AND heap1 + heap2 + heap3 = "
        "CASE :heap WHEN 1 THEN heap1 WHEN 2 THEN heap2 WHEN 3 THEN heap3 END",
    )
)

_END = """
UPDATE games SET
    version = :version,
    winner = :winner,
    ended_by = :ended_by,
    ended_at = :ended_at,
    change = NEXT_CHANGE,
    writer = :writer
WHERE game_id = :game_id
    AND version = :seen_version
    AND last_move_by = :seen_last_move_by
    AND (heap1, heap2, heap3) = (:seen_heap1, :seen_heap2, :seen_heap3)
    AND ended_by IS :seen_ended_by
RETURNING *
""".replace("NEXT_CHANGE", _NEXT_CHANGE)

_NOTICE = """
INSERT INTO outbox (game_id, version, person, kind, made_by, actor, created_at, try_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

# In the order of `backend.service.ports.list_order`, each from one index.
_TURN = """
SELECT * FROM games WHERE turn = :user AND (sort_at, game_id) > (:time, :game_id)
ORDER BY sort_at, game_id
"""
_WAITS = """
SELECT * FROM games WHERE waits = :user AND turn <> :user AND (sort_at, game_id) > (:time, :game_id)
ORDER BY sort_at, game_id
"""
_DONE = """
SELECT * FROM games WHERE user1 = :user AND done AND sort_at <= :time
    AND (sort_at < :time OR game_id > :game_id)
UNION ALL
SELECT * FROM games WHERE user2 = :user AND user1 <> :user AND done AND sort_at <= :time
    AND (sort_at < :time OR game_id > :game_id)
ORDER BY sort_at DESC, game_id
"""
_BEFORE_ALL: dict[str, Value] = {"time": -(2**63), "game_id": ""}
_LATEST_FIRST: dict[str, Value] = {"time": 2**63 - 1, "game_id": ""}


class SqliteGameStore:
    """The games of one file; a `GameStore`.

    Args:
        bell: tells of other processes' writes to the file.
    """

    def __init__(self, database: Database, *, bell: Bell = bell) -> None:
        self.invitations = SqliteInvitations(database)
        self._database = database
        self._bell = bell
        # Distinguishes our own writes, which the service reports at once, from other processes'.
        self._writer = secrets.randbits(63)

    async def put(self, game: Game) -> Written:
        def work(connection: Connection) -> Written:
            values = {**to_row(game), "writer": self._writer}
            if not connection.execute(_PUT, values).fetchall():
                return Written(_existing(connection, game.game_id), applied=False)
            # An invitation was counted when it was made.
            if game.state == "open" and game.invitation is None:
                _check_count(connection, game)
            return _with_notices(connection, Written(game), game.created_at)

        return await self._database.run(work)

    async def get(self, game_id: str) -> Game | None:
        return await self._database.read(lambda connection: _get(connection, game_id))

    async def move(
        self,
        game_id: str,
        user: str,
        move: Move,
        *,
        version: int | None,
        now: datetime,
        owned_from: datetime | None = None,
        seen: Heaps | None = None,
    ) -> Written:
        seen1, seen2, seen3 = seen or (None, None, None)
        values: dict[str, Value] = {
            "game_id": game_id,
            "user": user,
            "heap": move.heap,
            "left": move.left,
            "version": version,
            "seen1": seen1,
            "seen2": seen2,
            "seen3": seen3,
            "now": to_stamp(now),
            "owned_from": None if owned_from is None else to_stamp(owned_from),
            "record": record_tail(move.heap, move.left, now),
            "writer": self._writer,
        }

        def work(connection: Connection) -> Written:
            rows = connection.execute(_MOVE, values).fetchall()
            if not rows:
                game = _get(connection, game_id)
                return Written(judge_move(game, user, move, version, seen), applied=False)
            return _with_notices(connection, Written(_game(rows[0])), now)

        return await self._database.run(work)

    async def replace(self, seen: Game, new: Game) -> Written:
        before, after = to_row(seen), to_row(new)
        names = ("version", "last_move_by", "heap1", "heap2", "heap3", "ended_by")
        values = {**after, **{f"seen_{name}": before[name] for name in names}}

        def work(connection: Connection) -> Written:
            rows = connection.execute(_END, {**values, "writer": self._writer}).fetchall()
            if not rows:
                raise GameChanged(_existing(connection, seen.game_id))
            return _with_notices(connection, Written(_game(rows[0])), new.ended_at)

        return await self._database.run(work)

    async def list(self, user: str, state: State, limit: int, after: PagePosition | None) -> Page:
        def work(connection: Connection) -> Page:
            games: list[Game] = []
            with closing(_listed(connection, user, state, after)) as found:
                for game in found:
                    if len(games) == limit:
                        return Page(games, place_of(games[-1], user) if games else after)
                    games.append(game)
            return Page(games, None)

        return await self._database.read(work)

    async def opponents(
        self, user: str, owned_from: datetime | None, now: datetime
    ) -> Sequence[Opponent]:
        return await self._database.read(
            lambda connection: opponents_of(connection, user, owned_from)
        )

    async def watch(self, hub: Wakes) -> None:
        await watch(self._database, self._writer, hub, bell=self._bell)

    async def close(self) -> None:
        await self._database.close()


def _get(connection: Connection, game_id: str) -> Game | None:
    row = connection.execute("SELECT * FROM games WHERE game_id = ?", (game_id,)).fetchone()
    return None if row is None else _game(row)


def _existing(connection: Connection, game_id: str) -> Game:
    game = _get(connection, game_id)
    if game is None:
        raise NoSuchGame
    return game


def _game(row: Row) -> Game:
    try:
        return from_row(row)
    except DamagedRowError as error:
        raise DamagedGame from error


def _check_count(connection: Connection, game: Game) -> None:
    now = 0 if game.created_at is None else to_stamp(game.created_at)
    (games,) = connection.execute(COUNT_GAMES, (game.user1,)).fetchone()
    (invitations,) = connection.execute(COUNT_INVITATIONS, (game.user1, now)).fetchone()
    if games + invitations > MOST_OPEN_GAMES:
        raise TooManyGames


def _with_notices(connection: Connection, written: Written, at: datetime | None) -> Written:
    """The same write, once its notices are in the outbox."""
    stamp = 0 if at is None else to_stamp(at)
    for notice in written.notices:
        key = (notice.game_id, notice.version, notice.to, notice.kind)
        facts = (*key, notice.by, notice.actor)
        connection.execute(_NOTICE, (*facts, stamp, stamp))
    return written


def _listed(
    connection: Connection, user: str, state: State, after: PagePosition | None
) -> Generator[Game, None, None]:
    """The games after a position, in order; rows are read only as far as the caller goes."""
    place: dict[str, Value] | None = None
    if after is not None:
        time = 0 if after.time is None else to_stamp(after.time)
        place = {"time": time, "game_id": after.game_id}
    if state == "done":
        yield from _good(connection, _DONE, user, place or _LATEST_FIRST)
        return
    if after is None or after.rank <= 0:
        yield from _good(connection, _TURN, user, place or _BEFORE_ALL)
        place = None
    yield from _good(connection, _WAITS, user, place or _BEFORE_ALL)


def _good(
    connection: Connection, query: str, user: str, place: dict[str, Value]
) -> Generator[Game, None, None]:
    with closing(connection.execute(query, {"user": user, **place})) as rows:
        for row in rows:
            try:
                yield from_row(row)
            except DamagedRowError:
                log.warning("a damaged game is left out of a list")
