"""Holds, codes and marks for contacts, as items of the table of games.

Their keys (`code#…`) are not game ids. Each change is one conditional write; DynamoDB removes holds
and codes by `expires`.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable, is_condition_failure
from backend.adapters.dynamodb.batch import items_of
from backend.adapters.dynamodb.game_items import Item

# Clocks differ, and DynamoDB removes items late anyway.
_KEEP = timedelta(days=1)


class DynamoNotes:
    """The notes of one table; a `Notes`."""

    def __init__(self, aws: Aws, table: str) -> None:
        self._aws = aws
        self._table = table
        self._transport = aws.transport_to("dynamodb")

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
        kept = (await self._items(name)).get(name, {})
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

    async def marked(self, *names: str) -> Collection[str]:
        return {name for name, item in (await self._items(*names)).items() if "marked" in item}

    async def _write(
        self, name: str, update: str, condition: str | None, values: dict[str, Any]
    ) -> bool:
        """One write; whether its condition held."""
        request: Any = {
            "TableName": self._table,
            "Key": {"gameId": {"S": _key(name)}},
            "UpdateExpression": update,
        }
        if condition is not None:
            request["ConditionExpression"] = condition
        if values:
            request["ExpressionAttributeValues"] = values
        with self._errors_in_words():
            try:
                await self._transport.send("UpdateItem", request)
            except ClientError as error:
                if not is_condition_failure(error):
                    raise
                return False
        return True

    async def _items(self, *names: str) -> dict[str, Item]:
        keys = {_key(name): name for name in names}
        with self._errors_in_words():
            found = [item async for item in items_of(self._transport, self._table, list(keys))]
        return {keys[item["gameId"]["S"]]: item for item in found}

    @contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            missing = self._aws.no_table(self._table)
            raise as_unavailable(error, missing=missing) from error


def _key(name: str) -> str:
    return f"code#{name}"


def _times(until: datetime) -> dict[str, Any]:
    expires = int((until + _KEEP).timestamp())
    return {":until": _milliseconds(until), ":expires": {"N": str(expires)}}


def _milliseconds(time: datetime) -> dict[str, str]:
    return {"N": str(int(time.timestamp() * 1000))}
