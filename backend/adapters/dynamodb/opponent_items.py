"""Whom a player has played with, as one item a player in the table of games (`score#name`).

The item remembers up to which ending it has counted, so that reading the score costs the endings
since then and the open games, and a move costs nothing more. It is only a memory: without it, as
when it has expired, everything is counted again. The last minutes are always counted anew, because
the indexes lag and clocks differ.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from backend.adapters.aws.transport import AwsTransport
from backend.adapters.aws_sdk import is_condition_failure
from backend.adapters.dynamodb.game_items import Item, done_state, stamp
from backend.adapters.dynamodb.game_lists import INDEXES, LAST_OPEN, GameLists
from backend.domain.game import Game
from backend.domain.opponents import Opponent, latest_first, tally

log = logging.getLogger(__name__)

_PREFIX = "score#"
_NEW = timedelta(minutes=5)
_KEEP_SECONDS = 180 * 24 * 3600
_FIRST_DONE, _LAST_DONE = "done#", "done#~"


@dataclass(frozen=True, slots=True)
class _Counted:
    """What an item holds: the endings up to `upto`, of games created since `owned_from`."""

    upto: str = ""
    owned_from: str = ""
    opponents: dict[str, Opponent] = field(default_factory=dict)


class OpponentItems:
    """The scores of one table."""

    def __init__(self, transport: AwsTransport, table: str, lists: GameLists) -> None:
        self._transport = transport
        self._table = table
        self._lists = lists

    async def of(self, user: str, owned_from: datetime | None, now: datetime) -> list[Opponent]:
        """See `GameStore.opponents`."""
        owned = stamp(owned_from) if owned_from else ""
        counted = await self._counted(user)
        if counted.owned_from != owned:
            # Of another account of the name.
            counted = _Counted(owned_from=owned)
        first = f"{counted.upto}~" if counted.upto else _FIRST_DONE
        ended = await self._games(user, owned_from, first, _LAST_DONE)
        settled = done_state(now - _NEW)
        old = [game for game in ended if done_state(game.ended_at) <= settled]
        known = tally(user, old, counted.opponents)
        if old:
            await self._keep(user, _Counted(settled, owned, known), counted.upto)
        new = [game for game in ended if done_state(game.ended_at) > settled]
        opened = await self._games(user, owned_from, "open#", LAST_OPEN)
        return latest_first(tally(user, [*new, *opened], known).values())

    async def _games(
        self, user: str, owned_from: datetime | None, first: str, last: str
    ) -> Collection[Game]:
        """The player's games with a `state` in this range."""
        keys = {
            key: None
            for index in INDEXES
            for key in await self._lists.keys_between(user, first, last, index=index)
        }
        games = await self._lists.boards(list(keys))
        return [game for game in games.values() if game.belongs_to(user, owned_from)]

    async def _counted(self, user: str) -> _Counted:
        request: Any = {"TableName": self._table, "Key": {"gameId": {"S": _PREFIX + user}}}
        answer = await self._transport.send("GetItem", request)
        item: Item | None = answer.get("Item")
        try:
            return _read(item) if item else _Counted()
        except (KeyError, ValueError, TypeError) as error:
            log.warning("a score is counted again: %s", type(error).__name__)
            return _Counted()

    async def _keep(self, user: str, counted: _Counted, before: str) -> None:
        """Write what was counted, unless somebody else has counted since."""
        request: Any = {
            "TableName": self._table,
            "Item": _write(user, counted),
            "ConditionExpression": "attribute_not_exists(upto) OR upto < :upto",
            "ExpressionAttributeValues": {":upto": {"S": counted.upto}},
        }
        if before:
            request["ConditionExpression"] = "attribute_not_exists(upto) OR upto = :before"
            request["ExpressionAttributeValues"] = {":before": {"S": before}}
        try:
            await self._transport.send("PutItem", request)
        except ClientError as refused:
            if not is_condition_failure(refused):
                raise


def _write(user: str, counted: _Counted) -> dict[str, Any]:
    lines = [
        {"S": f"{one.username} {one.won} {one.lost} {_time(one.last_played)}"}
        for one in counted.opponents.values()
    ]
    return {
        "gameId": {"S": _PREFIX + user},
        "upto": {"S": counted.upto},
        "ownedFrom": {"S": counted.owned_from or "-"},
        "opponents": {"L": lines},
        "expires": {"N": str(int(time.time()) + _KEEP_SECONDS)},
    }


def _read(item: Item) -> _Counted:
    opponents = {}
    for line in item["opponents"]["L"]:
        # Names from the tutorial's pools may hold spaces.
        name, won, lost, last = str(line["S"]).rsplit(" ", 3)
        played = None if last == "-" else datetime.fromisoformat(last).astimezone(UTC)
        opponents[name] = Opponent(name, int(won), int(lost), 0, played)
    owned = item["ownedFrom"]["S"]
    return _Counted(item["upto"]["S"], "" if owned == "-" else owned, opponents)


def _time(time: datetime | None) -> str:
    return "-" if time is None else stamp(time)
