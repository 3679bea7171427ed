"""What an account's tokens are good for, as one item an account in the table of games.

Its key (`account#name`, in small letters) is no game id, and it has neither heaps nor `version`, so
that the tutorial's client, the lists and the table's stream pass over it. While its deletion is
under way, it is in one of the indexes under a user's name that no user can have; that is how a
restart finds it. What is left of a deleted account keeps the time of its end for some days.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable
from backend.adapters.dynamodb.game_items import Item, stamp
from backend.adapters.dynamodb.game_lists import INDEXES
from backend.adapters.dynamodb.tutorial_items import STATE
from backend.domain.clock import utc_now
from backend.domain.errors import Unavailable
from backend.service.ports import AccountRecord

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

_PREFIX = "account#"
_CLOSING = "account#closing"
# Longer than any ID token lives.
_KEEP_SECONDS = 3 * 24 * 3600
_BATCH_TRIES = 3


class AccountItems:
    """The items of one table; an `AccountRecords`."""

    def __init__(self, aws: Aws, table: str) -> None:
        self._aws = aws
        self._table = table
        self._client: DynamoDBClient = aws.client("dynamodb")

    async def get(self, usernames: Collection[str]) -> Mapping[str, AccountRecord]:
        """See `AccountRecords.get`: one consistent GetItem, or one BatchGetItem for several."""
        return await self._call(partial(self._get, usernames))

    async def begin(self, username: str, record: AccountRecord, instead_of: str | None) -> bool:
        """See `AccountRecords.begin`: one PutItem."""
        return await self._call(partial(self._begin, username, record, instead_of))

    async def count_from(self, username: str, seconds: int) -> None:
        """See `AccountRecords.count_from`: one UpdateItem."""
        await self._update(
            username,
            "SET countsFrom = :seconds",
            "attribute_exists(#sub)",
            {":seconds": {"N": str(seconds)}},
            names={"#sub": "sub"},
        )

    async def begin_closing(self, username: str, sub: str) -> None:
        """See `AccountRecords.begin_closing`: one UpdateItem."""
        await self._update(
            username,
            "SET closing = :yes, user1 = :closing, #state = :since",
            "#sub = :sub",
            {
                ":yes": {"BOOL": True},
                ":closing": {"S": _CLOSING},
                ":since": {"S": f"closing#{stamp(utc_now())}"},
                ":sub": {"S": sub},
            },
            names={**STATE, "#sub": "sub"},
        )

    async def all_closing(self) -> Sequence[str]:
        """See `AccountRecords.all_closing`: one query of an index."""
        return await self._call(self._all_closing)

    async def end(self, username: str, at: datetime) -> None:
        """See `AccountRecords.end`: one UpdateItem."""
        await self._update(
            username,
            "SET ended = :at, expires = :expires REMOVE #sub, closing, user1, #state, countsFrom",
            None,
            {
                ":at": {"S": stamp(at)},
                ":expires": {"N": str(int(time.time()) + _KEEP_SECONDS)},
            },
            names={**STATE, "#sub": "sub"},
        )

    def _get(self, usernames: Collection[str]) -> dict[str, AccountRecord]:
        keys = {_key(name): name for name in usernames}
        if len(keys) == 1:
            answer = self._client.get_item(
                TableName=self._table,
                Key={"gameId": {"S": next(iter(keys))}},
                ConsistentRead=True,
            )
            items: list[Any] = [answer["Item"]] if "Item" in answer else []
        else:
            items = self._batch(keys)
        return {keys[item["gameId"]["S"]]: _record(item) for item in items}

    def _batch(self, keys: Collection[str]) -> list[Any]:
        items: list[Any] = []
        wanted: Any = {
            self._table: {
                "Keys": [{"gameId": {"S": key}} for key in keys],
                "ConsistentRead": True,
            }
        }
        for _ in range(_BATCH_TRIES):
            answer = self._client.batch_get_item(RequestItems=wanted)
            items += answer.get("Responses", {}).get(self._table, [])
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return items
        raise Unavailable("AWS is too busy right now. Try again in a moment.", retry_after=2.0)

    def _begin(self, username: str, record: AccountRecord, instead_of: str | None) -> bool:
        item: dict[str, Any] = {
            "gameId": {"S": _key(username)},
            "username": {"S": username},
            "sub": {"S": record.sub},
        }
        if record.owned_from is not None:
            item["ownedFrom"] = {"S": stamp(record.owned_from)}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(#sub)"}
        if instead_of:
            condition = {
                "ConditionExpression": "#sub = :before",
                "ExpressionAttributeValues": {":before": {"S": instead_of}},
            }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ExpressionAttributeNames={"#sub": "sub"},
                **condition,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _all_closing(self) -> list[str]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=INDEXES["user1"],
            KeyConditionExpression="user1 = :closing",
            ExpressionAttributeValues={":closing": {"S": _CLOSING}},
        )
        return [
            item["gameId"]["S"].removeprefix(_PREFIX) for page in pages for item in page["Items"]
        ]

    async def _update(
        self,
        username: str,
        update: str,
        condition: str | None,
        values: dict[str, Any],
        *,
        names: Mapping[str, str],
    ) -> None:
        request: Any = {"ConditionExpression": condition} if condition else {}

        def work() -> None:
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"gameId": {"S": _key(username)}},
                    UpdateExpression=update,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                    **request,
                )
            except self._client.exceptions.ConditionalCheckFailedException as refused:
                # Somebody else has just deleted the account, or registered its name again.
                raise Unavailable("That account is changing. Try again.") from refused

        await self._call(work)

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await self._aws.call(work)
        except (ClientError, BotoCoreError) as error:
            missing = self._aws.no_table(self._table)
            raise as_unavailable(error, missing=missing) from error


def _key(username: str) -> str:
    return f"{_PREFIX}{username.casefold()}"


def _record(item: Item) -> AccountRecord:
    """The record in an item; what is damaged counts as missing, so that it is written anew."""
    ended = _time(item, "ended")
    return AccountRecord(
        sub=str(item.get("sub", {}).get("S") or ""),
        owned_from=ended or _time(item, "ownedFrom"),
        counts_from=_seconds(item),
        closing=item.get("closing", {}).get("BOOL") is True,
    )


def _time(item: Item, name: str) -> datetime | None:
    text: Any = item.get(name, {}).get("S")
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return time if time is not None and time.tzinfo else None


def _seconds(item: Item) -> int:
    text: Any = item.get("countsFrom", {}).get("N")
    try:
        return int(text or 0)
    except ValueError:
        return 0
