"""Games in a DynamoDB table. What must hold when many write at once:

- A move is one UpdateItem whose condition states the rules: the caller plays, did not move last,
  takes something, and the game has not ended. Nothing is read first, so of many equal moves at
  once, exactly one finds its condition true.
- A refused write returns the current item (`ReturnValuesOnConditionCheckFailure`); the reason
  follows from it without a second read.
- Each write carries its own `moveId`. boto3 repeats a write whose answer was lost, and a repeat
  that fails on an item with its own `moveId` has in fact succeeded.
- Only a move that leaves 0 can end a game. It is tried as an ordinary move first, on the condition
  that another heap is not empty. If only that condition fails, it is written as an ending, on the
  opposite condition. Neither can be applied in place of the other.
- An ordinary move changes no index key.

The tutorial's own client may play on the same items. It writes `lastMoveBy` and one heap, but
neither `endedBy` nor `state`. `game_items` copes with that, and the next read or list writes the
ending of a game that it finished.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakValueDictionary

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import (
    Aws,
    as_unavailable,
    condition_failure_item,
    is_condition_failure,
)
from backend.adapters.dynamodb.change_feed import Poller, PollingPace
from backend.adapters.dynamodb.game_items import (
    Item,
    done_state,
    is_unsettled,
    open_state,
    stamp,
    to_game,
    to_item,
    write_move,
)
from backend.adapters.dynamodb.game_lists import LAST_OPEN, GameLists
from backend.adapters.dynamodb.invitation_items import DynamoInvitations, oldest_state
from backend.adapters.dynamodb.opponent_items import OpponentItems
from backend.adapters.dynamodb.tutorial_items import STATE, new_id, settle
from backend.domain.clock import utc_now
from backend.domain.decisions import judge_move, refusal
from backend.domain.errors import NoSuchGame, TooManyGames, Unavailable
from backend.domain.game import Game, State
from backend.domain.nim import HEAP_NUMBERS, Heaps, Move
from backend.domain.opponents import Opponent
from backend.service.ports import MOST_OPEN_GAMES, GameChanged, Page, PagePosition, Wakes, Written

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import UpdateItemInputTypeDef

log = logging.getLogger(__name__)

Values: TypeAlias = dict[str, Any]

_MOVE = (
    "SET lastMoveBy = :user, {heap} = :left, version = if_not_exists(version, :zero) + :one,"
    " moves = list_append(if_not_exists(moves, :none), :made), waitingSince = :now,"
    " left{heap_} = :left, left{other_} = {other}, left{another_} = {another}, moveId = :id, "
)
# The tutorial's items have no `state`; our first move puts them into the indexes.
_GO_ON = "#state = if_not_exists(#state, :open)"
_END = "#state = :done, winner = :winner, endedBy = :play"
_ALLOWED = (
    "(user1 = :user OR user2 = :user) AND lastMoveBy <> :user AND {heap} > :left"
    " AND attribute_not_exists(endedBy)"
)
_OTHERS_LEFT = " AND ({other} > :zero OR {another} > :zero)"
_OTHERS_EMPTY = " AND {other} = :zero AND {another} = :zero"
# A name's earlier owner played older games; the tutorial's items have no time.
_OWN = " AND (createdAt >= :own OR attribute_not_exists(createdAt))"
_SEEN = " AND version = :seen"
# The tutorial's items have no version, which counts as 0.
_SEEN_NONE = " AND (version = :seen OR attribute_not_exists(version))"
# A version alone names a board only as far as the tutorial's client, which leaves it as it is, has
# not moved for both players since. If the caller made our last move, only the opponent has, once.
_SAME_BOARD = (
    " AND (attribute_not_exists(left1) OR {own_move}"
    " OR (heap1 = left1 AND heap2 = left2 AND heap3 = left3))"
)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A move, and the version and heaps of the board that its player saw, as far as known.

    Attributes:
        owned_from: since when its player has had this name; None plays older games, too.

    """

    user: str
    move: Move
    version: int | None
    seen: Heaps | None
    owned_from: datetime | None

    def values(self, now: datetime) -> Values:
        """What the move writes."""
        made = write_move(self.user, self.move.heap, self.move.left, now)
        return {
            ":user": {"S": self.user},
            ":left": {"N": str(self.move.left)},
            ":zero": {"N": "0"},
            ":one": {"N": "1"},
            ":none": {"L": []},
            ":made": {"L": [{"S": made}]},
            ":now": {"S": stamp(now)},
            ":id": {"S": new_id()},
        }

    def on_its_board(self) -> tuple[str, Values]:
        """What the condition says of the board that was seen, and its values."""
        condition, values = "", dict[str, Any]()
        if self.version is not None:
            condition += _SEEN if self.version else _SEEN_NONE
            values[":seen"] = {"N": str(self.version)}
        if self.version is not None and self.seen is None:
            own = "user1 = :user"  # the creator counts as the last mover
            if self.version:
                own = f"begins_with(moves[{self.version - 1}], :mine)"
                values[":mine"] = {"S": f"{self.user} "}
            condition += _SAME_BOARD.replace("{own_move}", own)
        if self.seen is not None:
            for heap, count in zip(HEAP_NUMBERS, self.seen, strict=True):
                condition += f" AND heap{heap} = :seen{heap}"
                values[f":seen{heap}"] = {"N": str(count)}
        if self.owned_from is not None:
            condition += _OWN
            values[":own"] = {"S": stamp(self.owned_from)}
        return condition, values

    def ending(self, game: Game, now: datetime) -> Values:
        """What the move writes, too, if it ends the game."""
        return {
            ":done": {"S": done_state(now)},
            ":winner": {"S": game.board.winner(self.user, game.opponent_of(self.user))},
            ":play": {"S": "play"},
        }

    def judged(self, game: Game | None) -> Game:
        """See `judge_move`."""
        return judge_move(game, self.user, self.move, self.version, self.seen)

    def only_the_ending_stops(self, game: Game) -> bool:
        """Whether the move is allowed, but ends the game."""
        others = [game.board.count(heap) for heap in HEAP_NUMBERS if heap != self.move.heap]
        refused = refusal(game, self.user, self.move, self.version, self.seen)
        return not any(others) and refused is None


class DynamoGameStore:
    """The games of one table; a `GameStore`. Costs and attributes: see docs/aws.md."""

    def __init__(self, aws: Aws, table: str, *, pace: PollingPace | None = None) -> None:
        self._aws = aws
        self._table = table
        self._transport = aws.transport_to("dynamodb")
        self._lists = GameLists(self._transport, table)
        self._opponents = OpponentItems(self._transport, table, self._lists)
        self.invitations = DynamoInvitations(aws, table, self._lists, self._errors_in_words)
        # Kept only while somebody holds or awaits one.
        self._creating: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._poller = Poller(self, pace or PollingPace())

    async def put(self, game: Game) -> Written:
        """See `GameStore.put`: one PutItem, after one count of the creator's open games.

        One at a time for each creator, so that requests at once do not pass the same count. Other
        processes may do so: the limit can be exceeded by the number of their requests in flight.
        """
        creating = self._creating.setdefault(game.user1, asyncio.Lock())
        async with creating:
            with self._errors_in_words():
                return await self._put(game)

    async def get(self, game_id: str) -> Game | None:
        """See `GameStore.get`: one consistent GetItem."""
        with self._errors_in_words():
            return await self._get(game_id)

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
        """See `GameStore.move`: one UpdateItem; two for a move that ends the game."""
        made = _Attempt(user, move, version, seen, owned_from)
        with self._errors_in_words():
            return await self._move(game_id, made, now)

    async def replace(self, seen: Game, new: Game) -> Written:
        """See `GameStore.replace`: one UpdateItem, on the condition that nothing has changed."""
        with self._errors_in_words():
            return await self._replace(seen, new)

    async def list(self, user: str, state: State, limit: int, after: PagePosition | None) -> Page:
        """See `GameStore.list`: both indexes, then consistent BatchGets."""
        with self._errors_in_words():
            page, unsettled = await self._lists.page(user, state, limit, after)
            for game in unsettled:
                await settle(self._transport, self._table, game)
            return page

    async def boards(self, game_ids: Sequence[str]) -> dict[str, Game]:
        """The current games with these ids: one consistent BatchGet for each hundred."""
        with self._errors_in_words():
            return await self._lists.boards(game_ids)

    async def opponents(
        self, user: str, owned_from: datetime | None, now: datetime
    ) -> Sequence[Opponent]:
        """See `GameStore.opponents`: reads the endings since the last time, and the open games."""
        with self._errors_in_words():
            return await self._opponents.of(user, owned_from, now)

    async def watch(self, hub: Wakes) -> None:
        """See `GameStore.watch`: polls what is waited for, less often while nothing happens."""
        await self._poller.watch(hub)

    async def close(self) -> None:
        """Release threads and connections."""
        await self._aws.aclose()

    @contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            missing = self._aws.no_table(self._table)
            raise as_unavailable(error, missing=missing) from error

    async def _put(self, game: Game) -> Written:
        # An invitation was counted when it was made.
        if game.invitation is None and await self._has_many(game):
            # The limit does not stop a repeated request, because its game exists already.
            if (kept := await self._get(game.game_id)) is not None:
                return Written(kept, applied=False)
            raise TooManyGames
        item = to_item(game)
        item["moveId"] = {"S": new_id()}
        try:
            await self._transport.send(
                "PutItem",
                {
                    "TableName": self._table,
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(gameId)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                },
            )
        except ClientError as refused:
            if not is_condition_failure(refused):
                raise
            old = condition_failure_item(refused) or await self._item(game.game_id)
            kept = to_game(old) if old else None
            if old is None or kept is None:
                raise Unavailable("That game could not be created. Try again.") from refused
            return Written(kept, applied=old.get("moveId") == item["moveId"])
        return Written(game)

    async def _has_many(self, game: Game) -> bool:
        """Whether its creator has as many open games and invitations as are allowed."""
        first = oldest_state(game.created_at or utc_now())
        count = await self._lists.count_between(game.user1, first, LAST_OPEN, MOST_OPEN_GAMES)
        return count >= MOST_OPEN_GAMES

    async def _get(self, game_id: str) -> Game | None:
        item = await self._item(game_id)
        game = to_game(item) if item else None
        if item and game and is_unsettled(item):
            return await settle(self._transport, self._table, game)
        return game

    async def _item(self, game_id: str) -> Item | None:
        answer = await self._transport.send(
            "GetItem",
            {
                "TableName": self._table,
                "Key": {"gameId": {"S": game_id}},
                "ConsistentRead": True,
            },
        )
        item: Item | None = answer.get("Item")
        return item

    async def _move(self, game_id: str, made: _Attempt, now: datetime) -> Written:
        move = made.move
        if move.left < 0 or move.heap not in HEAP_NUMBERS:
            # No condition can refer to a heap that does not exist, so judge from the game.
            return Written(made.judged(await self._get(game_id)), applied=False)
        board, board_values = made.on_its_board()
        allowed, values = _ALLOWED + board, made.values(now) | board_values
        last_of_heap = move.left == 0
        going_on = values | {":open": {"S": open_state(now)}}
        condition = allowed + _OTHERS_LEFT if last_of_heap else allowed
        old = await self._try(game_id, move.heap, _MOVE + _GO_ON, condition, going_on)
        if isinstance(old, Written):
            return old
        game = to_game(old) if old else None
        if last_of_heap and game is not None and made.only_the_ending_stops(game):
            ending = values | made.ending(game, now)
            old = await self._try(game_id, move.heap, _MOVE + _END, allowed + _OTHERS_EMPTY, ending)
            if isinstance(old, Written):
                return old
            game = to_game(old) if old else None
        return Written(made.judged(game), applied=False)

    async def _try(
        self, game_id: str, heap: int, update: str, condition: str, values: Values
    ) -> Written | Item | None:
        """One conditional write. If it is refused: the current item, or None if there is none."""
        other, another = (number for number in HEAP_NUMBERS if number != heap)
        names = {"heap": f"heap{heap}", "other": f"heap{other}", "another": f"heap{another}"}
        names |= {"heap_": str(heap), "other_": str(other), "another_": str(another)}
        return await self._update(
            game_id, update.format(**names), condition.format(**names), values
        )

    async def _replace(self, seen: Game, new: Game) -> Written:
        values: Values = {
            ":version": {"N": str(new.version)},
            ":seen": {"N": str(seen.version)},
            ":last": {"S": seen.last_move_by},
            ":by": {"S": str(new.ended_by)},
            ":done": {"S": done_state(new.ended_at)},
            ":id": {"S": new_id()},
        }
        update = "SET version = :version, endedBy = :by, #state = :done, moveId = :id"
        if new.winner is not None:
            update += ", winner = :winner"
            values[":winner"] = {"S": new.winner}
        condition = "lastMoveBy = :last AND "
        if seen.ended_by is None:
            condition += "attribute_not_exists(endedBy)"
        else:
            condition += "endedBy = :was"
            values[":was"] = {"S": seen.ended_by}
        condition += _SEEN if seen.version else _SEEN_NONE
        for heap in HEAP_NUMBERS:
            condition += f" AND heap{heap} = :heap{heap}"
            values[f":heap{heap}"] = {"N": str(seen.heaps[heap - 1])}
        old = await self._update(seen.game_id, update, condition, values)
        if isinstance(old, Written):
            return old
        game = to_game(old) if old else None
        if game is None:
            raise NoSuchGame
        raise GameChanged(game)

    async def _update(
        self, game_id: str, update: str, condition: str, values: Values
    ) -> Written | Item | None:
        request: UpdateItemInputTypeDef = {
            "TableName": self._table,
            "Key": {"gameId": {"S": game_id}},
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": STATE,
            "ExpressionAttributeValues": values,
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            answer = await self._transport.send("UpdateItem", request)
            # `ReturnValues` asked for them: without them it is not the answer to this write.
            if "Attributes" not in answer:
                raise Unavailable
            item: Item | None = answer["Attributes"]
            applied = True
        except ClientError as refused:
            if not is_condition_failure(refused):
                raise
            # Some engines do not return it; then whether there is one takes a read.
            item = condition_failure_item(refused) or await self._item(game_id)
            applied = item is not None and item.get("moveId") == values[":id"]
        game = to_game(item) if item and applied else None
        return Written(game) if game else item
