"""Games as rows of the SQLite file and back. Rows are checked: they may be edited by hand."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from backend.adapters.sqlite.database import to_stamp, to_time
from backend.domain.game import ENDINGS, Game, Played
from backend.domain.nim import MOST_OBJECTS, RULES, Heaps

Value: TypeAlias = str | int | None
Word = TypeVar("Word", bound=str)

# 1 January 2200. We write no later time, and the days of a move can still be added to it.
_LATEST = 7_258_118_400_000_000
_MOST_DAYS = 366
_MOST_VERSION = 2**31
_MOVE = re.compile(r"([12]),([123]),(\d{1,2}),(\d{1,16});", re.ASCII)


class DamagedRowError(ValueError):
    """A row holds something that this program never writes."""


def record_tail(heap: int, left: int, at: datetime) -> str:
    """A move's record in the column `moves`, without the player's number at its beginning."""
    return f",{heap},{left},{to_stamp(at)};"


def _stamp(time: datetime | None) -> int | None:
    return None if time is None else to_stamp(time)


def to_row(game: Game) -> dict[str, Value]:
    """The columns of a game by name, without the generated ones."""
    moves = (
        ("1" if made.user == game.user1 else "2") + record_tail(made.heap, made.left, made.at)
        for made in game.moves
    )
    return {
        "game_id": game.game_id,
        "user1": game.user1,
        "user2": game.user2,
        "heap1": game.heaps[0],
        "heap2": game.heaps[1],
        "heap3": game.heaps[2],
        "last_move_by": game.last_move_by,
        "rule": game.rule,
        "start1": game.start[0],
        "start2": game.start[1],
        "start3": game.start[2],
        "version": game.version,
        "moves": "".join(moves),
        "created_at": _stamp(game.created_at),
        "waiting_since": _stamp(game.waiting_since),
        "days_per_move": game.days_per_move,
        "winner": game.winner,
        "ended_by": game.ended_by,
        "ended_at": _stamp(game.ended_at),
        "request_id": game.request_id,
        "rematch_of": game.rematch_of,
        "invitation": game.invitation,
        "rematch_by": game.rematch_by,
    }


def from_row(row: sqlite3.Row) -> Game:
    """The game in a row. Names may be any text; the client cleans them before it draws them.

    Raises:
        DamagedRowError: no game could have such heaps, times, words or moves.

    """
    user1, user2 = _text(row["user1"]), _text(row["user2"])
    ended_by = row["ended_by"]
    days = row["days_per_move"]
    game = Game(
        game_id=_text(row["game_id"]),
        user1=user1,
        user2=user2,
        heaps=checked_heaps(row["heap1"], row["heap2"], row["heap3"]),
        last_move_by=_text(row["last_move_by"]),
        rule=checked_word(row["rule"], RULES),
        start=checked_heaps(row["start1"], row["start2"], row["start3"]),
        version=_whole(row["version"], _MOST_VERSION),
        moves=_moves(_text(row["moves"]), user1, user2),
        created_at=_time(row["created_at"]),
        waiting_since=_time(row["waiting_since"]),
        days_per_move=None if days is None else _whole(days, _MOST_DAYS),
        winner=_text_or_none(row["winner"]),
        ended_by=None if ended_by is None else checked_word(ended_by, ENDINGS),
        ended_at=_time(row["ended_at"]),
        request_id=_text_or_none(row["request_id"]),
        rematch_of=_text_or_none(row["rematch_of"]),
        invitation=_text_or_none(row["invitation"]),
        rematch_by=_text_or_none(row["rematch_by"]),
    )
    return game.settled(game.sort_time)


def _moves(text: str, user1: str, user2: str) -> tuple[Played, ...]:
    records = list(_MOVE.finditer(text))
    if sum(len(record[0]) for record in records) != len(text):
        raise DamagedRowError("moves")
    return tuple(
        Played(
            user1 if player == "1" else user2,
            int(heap),
            _whole(int(left), MOST_OBJECTS),
            to_time(_whole(int(at), _LATEST)),
        )
        for player, heap, left, at in (record.groups() for record in records)
    )


def checked_heaps(*counts: Any) -> Heaps:
    """The heaps in three columns. Raises: DamagedRowError."""
    one, two, three = (_whole(count, MOST_OBJECTS) for count in counts)
    return one, two, three


def _whole(value: Any, most: int) -> int:
    if not isinstance(value, int) or not 0 <= value <= most:
        raise DamagedRowError(f"{value!r} is not a number from 0 to {most}")
    return value


def checked_time(value: Any) -> datetime:
    """A time from a column. Raises: DamagedRowError."""
    return to_time(_whole(value, _LATEST))


def _time(value: Any) -> datetime | None:
    return None if value is None else checked_time(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise DamagedRowError(f"{value!r} is not text")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def checked_word(value: Any, words: Iterable[Word]) -> Word:
    """The one of these words that is in a column. Raises: DamagedRowError."""
    for word in words:
        if word == value:
            return word
    raise DamagedRowError(f"{value!r} is not an allowed word")
