"""Lists from the two indexes of the table.

Both indexes are KEYS_ONLY and lag behind a little, so they only say which games to look at; a
consistent BatchGet then reads those.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any

from backend.adapters.aws.answers import QueryPage, Value
from backend.adapters.aws.transport import AwsTransport
from backend.adapters.dynamodb.batch import items_of
from backend.adapters.dynamodb.game_items import done_state, is_unsettled, to_game
from backend.domain.game import Game, State
from backend.service.ports import Page, PagePosition, list_order, place_of

INDEXES = {"user1": "user1-state", "user2": "user2-state"}
"""The hash key of each index, and the index's name; `state` is the range key of both."""

LAST_OPEN = "open#~"
"""After the `state` of every open game."""


class GameLists:
    """A player's games, found through the indexes."""

    def __init__(self, transport: AwsTransport, table: str) -> None:
        self._transport = transport
        self._table = table

    async def page(
        self, user: str, state: State, limit: int, after: PagePosition | None
    ) -> tuple[Page, list[Game]]:
        """A page in `list_order`, and any games found that are over but still indexed as open."""
        if state == "open":
            return await self._open(user, limit, after)
        return await self._done(user, limit, after), []

    async def count_between(self, user: str, first: str, last: str, most: int) -> int:
        """How much `user` has created with a `state` in this range, up to about `most`."""
        counted = 0
        async for answer in self._query("user1", user, first, last, Select="COUNT", Limit=most):
            counted += answer["Count"]
            if counted >= most:
                break
        return counted

    async def keys_between(
        self, user: str, first: str, last: str, *, index: str = "user1"
    ) -> list[str]:
        """The keys with a `state` in this range of what `user` has created, or takes part in."""
        pages = self._query(index, user, first, last)
        return [key["gameId"]["S"] async for page in pages for key in page.get("Items", [])]

    async def boards(self, game_ids: Sequence[str]) -> dict[str, Game]:
        """The current games with these ids, leaving out those that do not exist."""
        games = [to_game(item) async for item in self.items(game_ids)]
        return {game.game_id: game for game in games if game is not None}

    async def _open(
        self, user: str, limit: int, after: PagePosition | None
    ) -> tuple[Page, list[Game]]:
        # All of them, because only the items say whose turn it is and since when.
        ids = {
            key["gameId"]["S"]: None
            for index in INDEXES
            async for answer in self._query(index, user, "open#")
            for key in answer.get("Items", [])
        }
        games, unsettled = [], []
        async for item in self.items(list(ids)):
            game = to_game(item)
            if game is not None and is_unsettled(item):
                unsettled.append(game)
            if game is not None and game.state == "open" and game.has_player(user):
                games.append(game)
        games.sort(key=lambda game: list_order(game, user))
        if after is not None:
            since = after.time.timestamp() if after.time else 0.0
            start = (after.rank, since, after.game_id)
            games = [game for game in games if list_order(game, user) > start]
        return _cut(games, user, limit), unsettled

    async def _done(self, user: str, limit: int, after: PagePosition | None) -> Page:
        before = after.time if after else None
        ids: dict[str, None] = {}
        games: list[Game] = []
        async with aclosing(self._latest_done(user, before, limit + 1)) as groups:
            async for state, group in groups:
                # Games that ended in the same millisecond are ordered by id, on both sides of
                # `after`.
                for game_id in sorted(group):
                    is_past = after is not None and state == done_state(before)
                    if after is None or not is_past or game_id > after.game_id:
                        ids[game_id] = None
                # What cannot be read is left out, so a page may have to look at more than its
                # length.
                if len(games) + len(ids) > limit:
                    games += await self._readable(ids, user)
                    ids.clear()
                if len(games) > limit:
                    break
        games += await self._readable(ids, user)
        return _cut(games, user, limit)

    async def _readable(self, ids: Iterable[str], user: str) -> list[Game]:
        """The games of `user` among these, in this order."""
        found = await self.boards(wanted := list(ids))
        games = [found[game_id] for game_id in wanted if game_id in found]
        return [game for game in games if game.has_player(user)]

    async def _latest_done(
        self, user: str, before: datetime | None, many: int
    ) -> AsyncGenerator[tuple[str, list[str]]]:
        """The finished games of both indexes, by the `state` that they have in common."""
        keys = [self._done_keys(index, user, before, many) for index in INDEXES]
        heads = [await anext(each, None) for each in keys]
        while state := max((head[0] for head in heads if head), default=None):
            group = []
            for number, each in enumerate(keys):
                while (head := heads[number]) and head[0] == state:
                    group.append(head[1])
                    heads[number] = await anext(each, None)
            yield state, group

    async def _done_keys(
        self, index: str, user: str, before: datetime | None, many: int
    ) -> AsyncIterator[tuple[str, str]]:
        upto = None if before is None else done_state(before)
        answers = self._query(index, user, "done#", upto, ScanIndexForward=False, Limit=many)
        async for answer in answers:
            for key in answer.get("Items", []):
                yield key["state"]["S"], key["gameId"]["S"]

    async def _query(
        self, index: str, user: str, prefix: str, upto: str | None = None, **options: Any
    ) -> AsyncIterator[QueryPage]:
        """What `state` begins with `prefix`, or lies between it and `upto`."""
        condition, values = "begins_with(#state, :prefix)", {":prefix": {"S": prefix}}
        if upto is not None:
            condition = "#state BETWEEN :prefix AND :upto"
            values[":upto"] = {"S": upto}
        request: Any = {
            "TableName": self._table,
            "IndexName": INDEXES[index],
            "KeyConditionExpression": f"{index} = :user AND {condition}",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":user": {"S": user}, **values},
            **options,
        }
        while True:
            page = await self._transport.send("Query", request)
            yield page
            if not (start := page.get("LastEvaluatedKey")):
                break
            request["ExclusiveStartKey"] = start

    def items(self, ids: Sequence[str]) -> AsyncIterator[dict[str, Value]]:
        """The current items with these keys, leaving out those that do not exist."""
        return items_of(self._transport, self._table, ids)


def _cut(games: list[Game], user: str, limit: int) -> Page:
    if len(games) <= limit:
        return Page(games, None)
    shown = games[:limit]
    return Page(shown, place_of(shown[-1], user))
