"""A game as a DynamoDB item, and back.

The tutorial's attributes keep their names and define the board. All others are optional, and an
item from elsewhere is checked before it becomes a game. Ours are kept short: a game from 5, 4, 5
stays under 1 KB to its end, so that a move costs one write unit.

`waitingSince` holds only until the tutorial's own client moves, which does not know it. So each of
our moves also writes `left1`, `left2` and `left3`, the heaps after it: as long as they are the
board, nobody has moved since. (Older items have `rest`, the objects in the two other heaps.)
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from backend.adapters.aws.answers import Value
from backend.domain.game import ENDINGS, Game, Played
from backend.domain.nim import DEFAULT_HEAPS, HEAP_NUMBERS, MOST_OBJECTS, RULES, Heaps

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

log = logging.getLogger(__name__)

Item: TypeAlias = Mapping[str, Value]

_LONGEST_NAME = 2048  # DynamoDB's limit for the hash key of an index.
_LONGEST_HISTORY = 3 * MOST_OBJECTS
_MOST_DAYS = 14
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def stamp(time: datetime) -> str:
    """A time as text that sorts by time: UTC, milliseconds, always as long."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def open_state(created: datetime | None) -> str:
    """The index key of an open game."""
    return f"open#{stamp(created)}" if created else "open#"


def done_state(ended: datetime | None) -> str:
    """The index key of a finished game."""
    return f"done#{stamp(ended)}" if ended else "done#"


def write_move(user: str, heap: int, left: int, at: datetime) -> str:
    """One move of the history as a short text; the time is in milliseconds, base 36."""
    return f"{user} {heap} {left} {_base36(int((at - _EPOCH) / timedelta(milliseconds=1)))}"


def to_item(game: Game) -> dict[str, AttributeValueTypeDef]:
    """A game without moves as an item."""
    item: dict[str, AttributeValueTypeDef] = {
        "gameId": {"S": game.game_id},
        "user1": {"S": game.user1},
        "user2": {"S": game.user2},
        "lastMoveBy": {"S": game.last_move_by},
        "version": {"N": str(game.version)},
        "state": {"S": open_state(game.created_at)},
        "rule": {"S": game.rule},
        "start": {"S": " ".join(map(str, game.start))},
    }
    for heap in HEAP_NUMBERS:
        item[f"heap{heap}"] = item[f"left{heap}"] = {"N": str(game.heaps[heap - 1])}
    for name, time in (("createdAt", game.created_at), ("waitingSince", game.waiting_since)):
        if time is not None:
            item[name] = {"S": stamp(time)}
    for name, text in _origin(game):
        if text is not None:
            item[name] = {"S": text}
    if game.ended_by is not None:
        item["endedBy"] = {"S": game.ended_by}
        item["state"] = {"S": done_state(game.ended_at)}
    if game.winner is not None:
        item["winner"] = {"S": game.winner}
    if game.days_per_move is not None:
        item["daysPerMove"] = {"N": str(game.days_per_move)}
    return item


def _origin(game: Game) -> tuple[tuple[str, str | None], ...]:
    """What the game was created by, by attribute."""
    return (
        ("requestId", game.request_id),
        ("rematchOf", game.rematch_of),
        ("rematchBy", game.rematch_by),
        ("invitation", game.invitation),
    )


def to_game(item: Item) -> Game | None:
    """The game in an item, settled if its board is empty; None if it is not a playable game."""
    try:
        return _to_game(item)
    except (KeyError, ValueError, TypeError) as error:
        # A table that others write to may hold anything; a list must survive it.
        log.warning("an item of the table is not a game: %s", type(error).__name__)
        return None


def is_unsettled(item: Item) -> bool:
    """Whether the tutorial's own client ended this game, and so left its ending unwritten."""
    return "endedBy" not in item and all(
        item.get(f"heap{heap}", {}).get("N") == "0" for heap in HEAP_NUMBERS
    )


def _to_game(item: Item) -> Game:
    heaps = (_count(item, "heap1"), _count(item, "heap2"), _count(item, "heap3"))
    user1, user2 = _name(item, "user1"), _name(item, "user2")
    last_move_by = _name(item, "lastMoveBy")
    if last_move_by not in (user1, user2):
        raise ValueError("lastMoveBy is neither player")
    moves = _moves(item)
    start = _start(item, heaps)
    ended_by = _text(item, "endedBy")
    winner = _text(item, "winner")
    days = _number(item, "daysPerMove")
    game = Game(
        game_id=_name(item, "gameId"),
        user1=user1,
        user2=user2,
        heaps=heaps,
        last_move_by=last_move_by,
        rule=next((rule for rule in RULES if rule == _text(item, "rule")), "misere"),
        start=start,
        version=max(0, _number(item, "version") or 0),
        moves=moves,
        created_at=_time(_text(item, "createdAt")),
        days_per_move=days if days is not None and 1 <= days <= _MOST_DAYS else None,
        winner=winner if winner in (user1, user2) else None,
        ended_by=next((ending for ending in ENDINGS if ending == ended_by), None),
        ended_at=_time((_text(item, "state") or "").removeprefix("done#")),
        request_id=_text(item, "requestId"),
        rematch_of=_text(item, "rematchOf"),
        invitation=_text(item, "invitation"),
        rematch_by=_text(item, "rematchBy"),
    )
    if _nobody_moved_since(game, item):
        game = replace(game, waiting_since=_time(_text(item, "waitingSince")))
    return game.settled(game.ended_at)


def _nobody_moved_since(game: Game, item: Item) -> bool:
    rest = _number(item, "rest")
    if "left1" in item:
        return all(_number(item, f"left{n}") == game.heaps[n - 1] for n in HEAP_NUMBERS)
    if rest is None:
        return False
    left = game.moves[-1].left if game.moves else 0
    return rest + left == sum(game.heaps)


def _moves(item: Item) -> tuple[Played, ...]:
    made = []
    for entry in item.get("moves", {}).get("L", [])[:_LONGEST_HISTORY]:
        user, heap, left, at = str(entry["S"]).rsplit(" ", 3)
        if int(heap) not in HEAP_NUMBERS or not 0 <= int(left) < MOST_OBJECTS:
            raise ValueError("a move that is illegal on any board")
        time = _EPOCH + timedelta(milliseconds=int(at[:10], 36))
        made.append(Played(user[:_LONGEST_NAME], int(heap), int(left), time))
    return tuple(made)


def _start(item: Item, heaps: Heaps) -> Heaps:
    words = (_text(item, "start") or "").split()
    if len(words) == len(HEAP_NUMBERS) and all(word.isdecimal() for word in words):
        one, two, three = (min(int(word[:3]), MOST_OBJECTS) for word in words)
    else:
        one, two, three = DEFAULT_HEAPS
    # At least what is there now: one of the tutorial's items may have begun with other heaps.
    return (max(one, heaps[0]), max(two, heaps[1]), max(three, heaps[2]))


def _count(item: Item, name: str) -> int:
    count = _number(item, name)
    if count is None or not 0 <= count <= MOST_OBJECTS:
        raise ValueError(f"{name} is not a heap")
    return count


def _number(item: Item, name: str) -> int | None:
    value: Any = item.get(name, {}).get("N")
    return None if value is None else int(value)


def _name(item: Item, name: str) -> str:
    value = item[name]["S"]
    if not value or len(value) > _LONGEST_NAME:
        raise ValueError(f"{name} is not a name")
    return value


def _text(item: Item, name: str) -> str | None:
    value: Any = item.get(name, {}).get("S")
    return value if isinstance(value, str) else None


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
