"""A model of DynamoDB's engine, after its documentation. It keeps one table and knows no network.

- A write is atomic and conditional; a refused one hands the item back when it is asked to.
- A read is consistent only when it asks for that; otherwise it may show an item as it was.
- A query may end a page anywhere.
- An index is fed after a lag of its own, for each item in the order of its writes.
- BatchGetItem may leave keys unprocessed; any request may be throttled.
- The stream keeps every change of an item in order, with the images before and after.

Sources: the API reference of PutItem, UpdateItem, GetItem, BatchGetItem and Query; the developer
guide's "Read consistency", "Global secondary indexes" and "Change data capture".
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backend.adapters.dynamodb.game_items import to_game
from backend.domain.game import Game
from tests.simulation.expressions import Expression, Item

_INDEX_KEYS = {"user1-state": ("user1", "state"), "user2-state": ("user2", "state")}
_READS_LAG_SECONDS = 1.0


class EngineError(Exception):
    """The engine's refusal: its code, and the item where it was asked for."""

    def __init__(self, code: str, item: Item | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.item = item


def game_in(item: Item) -> Game | None:
    """The game of an item, as the backend reads it."""
    checked: Any = item
    return to_game(checked)


@dataclass
class Weather:
    """How badly the engine behaves: chances from 0 to 1, and seconds."""

    throttled: float = 0.0
    unprocessed: float = 0.2
    stale_reads: float = 0.5
    short_pages: float = 0.3
    index_lag: tuple[float, float] = (0.005, 0.3)


@dataclass(frozen=True)
class Change:
    """One record of the stream."""

    number: int
    old: Item | None
    new: Item | None


@dataclass
class Engine:
    """The table of one run."""

    clock: Callable[[], float]
    dice: random.Random
    weather: Weather = field(default_factory=Weather)
    tags: dict[str, str] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    stream: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._before: dict[str, tuple[float, Item | None]] = {}
        self._filed: dict[str, Item] = {}
        self._to_file: list[tuple[float, str, Item | None]] = []

    def request(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request. Raises: EngineError."""
        if self.dice.random() < self.weather.throttled:
            raise EngineError("ThrottlingException")
        match operation:
            case "PutItem":
                return self._put(asked)
            case "UpdateItem":
                return self._update(asked)
            case "GetItem":
                return self._get(asked)
            case "BatchGetItem":
                return self._batch(asked)
            case "Query":
                return self._query(asked)
            case "DescribeTable":
                return {"Table": {"TableArn": "arn:of:the:table", "TableStatus": "ACTIVE"}}
            case "ListTagsOfResource":
                return {"Tags": [{"Key": key, "Value": self.tags[key]} for key in self.tags]}
            case other:
                raise NotImplementedError(other)

    def _put(self, asked: dict[str, Any]) -> dict[str, Any]:
        key = asked["Item"]["gameId"]["S"]
        self._check(asked, key)
        self._write(key, dict(asked["Item"]))
        return {}

    def _update(self, asked: dict[str, Any]) -> dict[str, Any]:
        key = asked["Key"]["gameId"]["S"]
        self._check(asked, key)
        old = self.items.get(key, {"gameId": {"S": key}})
        new = self._expression(asked, "UpdateExpression", old).updated()
        self._write(key, new)
        return {"Attributes": new} if asked.get("ReturnValues") == "ALL_NEW" else {}

    def _check(self, asked: dict[str, Any], key: str) -> None:
        if "ConditionExpression" not in asked:
            return
        old = self.items.get(key)
        if not self._expression(asked, "ConditionExpression", old or {}).holds():
            wanted = asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            raise EngineError("ConditionalCheckFailedException", old if wanted else None)

    def _expression(self, asked: dict[str, Any], name: str, item: Item) -> Expression:
        return Expression(
            asked[name],
            item,
            asked.get("ExpressionAttributeNames", {}),
            asked.get("ExpressionAttributeValues", {}),
        )

    def _write(self, key: str, new: Item) -> None:
        old = self.items.get(key)
        if new == old:
            return
        self._before[key] = (self.clock(), old)
        self.items[key] = new
        self.stream.append(Change(len(self.stream), old, new))
        shown = self.clock() + self.dice.uniform(*self.weather.index_lag)
        latest = max((at for at, filed, _ in self._to_file if filed == key), default=0.0)
        self._to_file.append((max(shown, latest), key, new))

    def _get(self, asked: dict[str, Any]) -> dict[str, Any]:
        item = self._seen(asked["Key"]["gameId"]["S"], consistent=asked.get("ConsistentRead"))
        return {"Item": item} if item else {}

    def _seen(self, key: str, *, consistent: Any) -> Item | None:
        written, before = self._before.get(key, (-_READS_LAG_SECONDS, None))
        recent = self.clock() - written < _READS_LAG_SECONDS
        if not consistent and recent and self.dice.random() < self.weather.stale_reads:
            return before
        return self.items.get(key)

    def _batch(self, asked: dict[str, Any]) -> dict[str, Any]:
        ((table, wanted),) = asked["RequestItems"].items()
        keys = wanted["Keys"]
        if len({key["gameId"]["S"] for key in keys}) != len(keys) or not 0 < len(keys) <= 100:
            raise EngineError("ValidationException")
        found, left = [], []
        for key in keys:
            if self.dice.random() < self.weather.unprocessed:
                left.append(key)
            elif item := self._seen(key["gameId"]["S"], consistent=wanted.get("ConsistentRead")):
                found.append(item)
        answer: dict[str, Any] = {"Responses": {table: found}, "UnprocessedKeys": {}}
        if left:
            answer["UnprocessedKeys"] = {table: {**wanted, "Keys": left}}
        return answer

    def _query(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._file()
        hash_key, range_key = _INDEX_KEYS[asked["IndexName"]]
        matches = [
            item
            for item in self._filed.values()
            if hash_key in item
            and range_key in item
            and self._expression(asked, "KeyConditionExpression", item).holds()
        ]
        down = asked.get("ScanIndexForward") is False
        matches.sort(key=lambda item: item[range_key]["S"], reverse=down)
        if after := asked.get("ExclusiveStartKey"):
            places = [item["gameId"] for item in matches]
            at = places.index(after["gameId"]) + 1 if after["gameId"] in places else 0
            matches = matches[at:]
        most: int = asked.get("Limit", 100)
        if self.dice.random() < self.weather.short_pages:
            most = min(most, 1 + int(self.dice.random() * 3))
        page = matches[:most]
        names = ("gameId", hash_key, range_key)
        items = [{name: item[name] for name in names} for item in page]
        answer: dict[str, Any] = {"Count": len(page)}
        if asked.get("Select") != "COUNT":
            answer["Items"] = items
        if len(page) < len(matches):
            answer["LastEvaluatedKey"] = items[-1]
        return answer

    def _file(self) -> None:
        """Let the indexes see what their lag has come to."""
        now = self.clock()
        waiting = []
        for at, key, item in self._to_file:
            if at > now:
                waiting.append((at, key, item))
            elif item is not None:
                self._filed[key] = item
        self._to_file = waiting
