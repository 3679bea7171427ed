"""Holds, codes and marks for contacts, as items of the table of games.

Their keys (`code#…`) are not game ids. Each change is one conditional write; DynamoDB removes holds
and codes by `expires`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable, error_code

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

# Clocks differ, and DynamoDB removes items late anyway.
_KEEP = timedelta(days=1)


class DynamoNotes:
    """The notes of one table; a `Notes`."""

    def __init__(self, aws: Aws, table: str) -> None:
        self._aws = aws
        self._table = table
        self._client: DynamoDBClient = aws.client("dynamodb")

    async def take(self, name: str, until: datetime, now: datetime) -> bool:
        return await self._write(
            name,
            "SET heldUntil = :until, expires = :expires",
            "attribute_not_exists(heldUntil) OR heldUntil <= :now",
            _times(until) | {":now": _milliseconds(now)},
        )

    async def put_code(self, name: str, code_hash: str, until: datetime) -> None:
        values = _times(until) | {":hash": {"S": code_hash}, ":zero": {"N": "0"}}
        update = "SET codeHash = :hash, tries = :zero, heldUntil = :until, expires = :expires"
        await self._write(name, f"{update} REMOVE used", None, values)

    async def use_code(self, name: str, code_hash: str, tries: int, now: datetime) -> bool:
        # The try is counted before the code is looked at, so that many at once are counted, too.
        counted = await self._write(
            name,
            "ADD tries :one",
            "heldUntil > :now AND tries < :most",
            {":one": {"N": "1"}, ":most": {"N": str(tries)}, ":now": _milliseconds(now)},
        )
        if not counted:
            return False
        kept = await self._read(name)
        if not hmac.compare_digest(kept.get("codeHash", {}).get("S", ""), code_hash):
            return False
        return await self._write(
            name,
            "SET used = :yes",
            "codeHash = :hash AND attribute_not_exists(used)",
            {":yes": {"BOOL": True}, ":hash": {"S": code_hash}},
        )

    async def mark(self, name: str) -> None:
        await self._write(name, "SET marked = :yes", None, {":yes": {"BOOL": True}})

    async def unmark(self, name: str) -> None:
        await self._write(name, "REMOVE marked", "attribute_exists(gameId)", {})

    async def is_marked(self, name: str) -> bool:
        return "marked" in await self._read(name)

    async def _write(
        self, name: str, update: str, condition: str | None, values: dict[str, Any]
    ) -> bool:
        """One write; whether its condition held."""
        request: Any = {"UpdateExpression": update, **self._key(name)}
        if condition is not None:
            request["ConditionExpression"] = condition
        if values:
            request["ExpressionAttributeValues"] = values
        try:
            await self._aws.call(partial(self._client.update_item, **request))
        except (ClientError, BotoCoreError) as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            missing = self._aws.no_table(self._table)
            raise as_unavailable(error, missing=missing) from error
        return True

    async def _read(self, name: str) -> Any:
        request: Any = {"ConsistentRead": True, **self._key(name)}
        return (await self._call(partial(self._client.get_item, **request))).get("Item", {})

    def _key(self, name: str) -> dict[str, Any]:
        return {"TableName": self._table, "Key": {"gameId": {"S": f"code#{name}"}}}

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await self._aws.call(call)
        except (ClientError, BotoCoreError) as error:
            missing = self._aws.no_table(self._table)
            raise as_unavailable(error, missing=missing) from error


def _times(until: datetime) -> dict[str, Any]:
    expires = int((until + _KEEP).timestamp())
    return {":until": _milliseconds(until), ":expires": {"N": str(expires)}}


def _milliseconds(time: datetime) -> dict[str, str]:
    return {"N": str(int(time.timestamp() * 1000))}
