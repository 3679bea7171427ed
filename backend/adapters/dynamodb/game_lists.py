"""Lists from the two indexes of the table.

Both indexes are KEYS_ONLY and lag behind a little, so they only say which games to look at; a
consistent BatchGet then reads those. Blocking: called in a thread.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from backend.adapters.dynamodb.game_items import done_state, is_unsettled, to_game
from backend.domain.errors import Unavailable
from backend.domain.game import Game, State
from backend.service.ports import Page, PagePosition, list_order, place_of

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

INDEXES = {"user1": "user1-state", "user2": "user2-state"}
"""The hash key of each index, and the index's name; `state` is the range key of both."""

_BATCH = 100  # DynamoDB's limit for one BatchGetItem.
_BATCH_TRIES = 6
_BATCH_PAUSE_SECONDS = 0.05


class GameLists:
    """A player's games, found through the indexes."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def page(
        self, user: str, state: State, limit: int, after: PagePosition | None
    ) -> tuple[Page, list[Game]]:
        """A page in `list_order`, and any games found that are over but still indexed as open."""
        if state == "open":
            return self._open(user, limit, after)
        return self._done(user, limit, after), []

    def count_open_of(self, user: str, most: int) -> int:
        """How many open games `user` has created, counting up to about `most`."""
        counted = 0
        for answer in self._query("user1", user, "open#", Select="COUNT", Limit=most):
            counted += answer["Count"]
            if counted >= most:
                break
        return counted

    def boards(self, game_ids: Sequence[str]) -> dict[str, Game]:
        """The current games with these ids, leaving out those that do not exist."""
        games = (to_game(item) for item in self._items(game_ids))
        return {game.game_id: game for game in games if game is not None}

    def _open(self, user: str, limit: int, after: PagePosition | None) -> tuple[Page, list[Game]]:
        # All of them, because only the items say whose turn it is and since when.
        ids = dict.fromkeys(
            key["gameId"]["S"]
            for index in INDEXES
            for answer in self._query(index, user, "open#")
            for key in answer["Items"]
        )
        games, unsettled = [], []
        for item in self._items(list(ids)):
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

    def _done(self, user: str, limit: int, after: PagePosition | None) -> Page:
        before = after.time if after else None
        streams = [self._latest_done(index, user, before, limit + 1) for index in INDEXES]
        merged = heapq.merge(*streams, key=_latest_first)
        ids: dict[str, None] = {}
        games: list[Game] = []
        for state, group in groupby(merged, key=lambda key: key[0]):
            # Games that ended in the same millisecond are ordered by id, on both sides of `after`.
            for game_id in sorted(game_id for _, game_id in group):
                is_past = after is not None and state == done_state(before)
                if after is None or not is_past or game_id > after.game_id:
                    ids[game_id] = None
            # What cannot be read is left out, so a page may have to look at more than its length.
            if len(games) + len(ids) > limit:
                games += self._readable(ids, user)
                ids.clear()
            if len(games) > limit:
                break
        games += self._readable(ids, user)
        return _cut(games, user, limit)

    def _readable(self, ids: Iterable[str], user: str) -> list[Game]:
        """The games of `user` among these, in this order."""
        found = self.boards(wanted := list(ids))
        games = [found[game_id] for game_id in wanted if game_id in found]
        return [game for game in games if game.has_player(user)]

    def _latest_done(
        self, index: str, user: str, before: datetime | None, many: int
    ) -> Iterator[tuple[str, str]]:
        answers = self._query(index, user, "done#", upto=before, ScanIndexForward=False, Limit=many)
        for answer in answers:
            for key in answer["Items"]:
                yield key["state"]["S"], key["gameId"]["S"]

    def _query(
        self, index: str, user: str, prefix: str, *, upto: datetime | None = None, **options: Any
    ) -> Iterator[Any]:
        condition, values = "begins_with(#state, :prefix)", {":prefix": {"S": prefix}}
        if upto is not None:
            condition = "#state BETWEEN :prefix AND :upto"
            values[":upto"] = {"S": done_state(upto)}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=INDEXES[index],
            KeyConditionExpression=f"{index} = :user AND {condition}",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":user": {"S": user}, **values},
            **options,
        )
        yield from pages

    def _items(self, ids: Sequence[str]) -> Iterator[Any]:
        for start in range(0, len(ids), _BATCH):
            keys: Any = [{"gameId": {"S": game_id}} for game_id in ids[start : start + _BATCH]]
            wanted: Any = {self._table: {"Keys": keys, "ConsistentRead": True}}
            for attempt in range(_BATCH_TRIES):
                answer = self._client.batch_get_item(RequestItems=wanted)
                yield from answer.get("Responses", {}).get(self._table, [])
                wanted = answer.get("UnprocessedKeys")
                if not wanted:
                    break
                time.sleep(_BATCH_PAUSE_SECONDS * 2**attempt)
            else:
                raise Unavailable(
                    "AWS is too busy for this list. Try again in a moment.", retry_after=2.0
                )


def _cut(games: list[Game], user: str, limit: int) -> Page:
    if len(games) <= limit:
        return Page(games, None)
    shown = games[:limit]
    return Page(shown, place_of(shown[-1], user))


def _latest_first(key: tuple[str, str]) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in key[0])
