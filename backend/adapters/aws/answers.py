"""The answers of the calls in `transport`, strictly decoded.

Only what our code reads is listed; the rest is dropped. An engine, a proxy or a captive portal may
answer in the place of AWS, so an answer of another shape is refused and never guessed at.
"""

from __future__ import annotations

from typing import Any, TypedDict

import msgspec


class Value(TypedDict, total=False):
    """One attribute: its type's letter, and the value."""

    S: str
    N: str
    B: bytes
    BOOL: bool
    NULL: bool
    SS: list[str]
    NS: list[str]
    BS: list[bytes]
    L: list[Value]
    M: dict[str, Value]


class Found(TypedDict, total=False):
    """GetItem's answer; no item, no key."""

    Item: dict[str, Value]
    ConsumedCapacity: Any


class Updated(TypedDict, total=False):
    """UpdateItem's answer: what `ReturnValues` asked for."""

    Attributes: dict[str, Value]
    ConsumedCapacity: Any


class Put(TypedDict, total=False):
    """PutItem's answer."""

    ConsumedCapacity: Any


class _Page(TypedDict):
    Count: int


class QueryPage(_Page, total=False):
    """Query's answer; no items where only their count was asked for."""

    Items: list[dict[str, Value]]
    LastEvaluatedKey: dict[str, Value]
    ConsumedCapacity: Any


class KeysAndAttributes(TypedDict, total=False):
    """What a BatchGetItem asked for and did not get."""

    Keys: list[dict[str, Value]]
    ConsistentRead: bool


class Batch(TypedDict, total=False):
    """BatchGetItem's answer, by table."""

    Responses: dict[str, list[dict[str, Value]]]
    UnprocessedKeys: dict[str, KeysAndAttributes]
    ConsumedCapacity: Any


class Published(TypedDict):
    """Publish's answer."""

    MessageId: str


class Refused(msgspec.Struct):
    """An error of a service that speaks JSON, in either spelling of its message."""

    kind: str = msgspec.field(name="__type", default="")
    message: str | None = None
    other_message: str | None = msgspec.field(name="Message", default=None)
    item: dict[str, Value] | None = msgspec.field(name="Item", default=None)


ANSWERS: dict[str, Any] = {
    "BatchGetItem": Batch,
    "GetItem": Found,
    "PutItem": Put,
    "Query": QueryPage,
    "UpdateItem": Updated,
    "Publish": Published,
}
