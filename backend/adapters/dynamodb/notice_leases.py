"""Leases of notices in the table of games: each notice is sent once, however often Lambda repeats.

A lease is an item of its own (`notice#GAME#VERSION#KIND#WHO`, which is not a game id), written by
one conditional write. While it runs, nobody else sends this notice; if its holder dies, the next
try takes it over once it has run out. `done` makes it final. DynamoDB removes leases by `expires`,
long after the stream has forgotten the change.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable
from backend.domain.notices import Notice

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

LEASE_SECONDS = 50
"""Longer than the function may run, so that no lease runs out while its holder is alive."""

# A record stays in the stream for a day.
_KEEP_SECONDS = 3 * 24 * 3600

T = TypeVar("T")

Taken: TypeAlias = Literal["ours", "done", "busy"]


class NoticeLeases:
    """The leases of one table."""

    def __init__(self, aws: Aws, table: str, *, clock: Callable[[], float] = time.time) -> None:
        self._aws = aws
        self._table = table
        self._clock = clock
        self._client: DynamoDBClient = aws.client("dynamodb")

    async def take(self, notice: Notice) -> Taken:
        """Lease a notice: ours to send, done before, or busy elsewhere. Raises: Unavailable."""
        return await self._call(partial(self._take, notice))

    async def done(self, notice: Notice) -> None:
        """Mark a notice as finished for good. Raises: Unavailable."""
        await self._call(partial(self._set, notice, "SET done = :yes", {":yes": {"BOOL": True}}))

    async def release(self, notice: Notice) -> None:
        """Leave this notice to the next try. Raises: Unavailable."""
        await self._call(partial(self._set, notice, "REMOVE leased", {}))

    def _take(self, notice: Notice) -> Taken:
        now = int(self._clock())
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"gameId": {"S": _name(notice)}},
                UpdateExpression="SET leased = :until, expires = :expires",
                ConditionExpression=(
                    "attribute_not_exists(done) AND (attribute_not_exists(leased) OR leased < :now)"
                ),
                ExpressionAttributeValues={
                    ":until": {"N": str(now + LEASE_SECONDS)},
                    ":expires": {"N": str(now + _KEEP_SECONDS)},
                    ":now": {"N": str(now)},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            old: Any = refused.response.get("Item") or {}
            return "done" if "done" in old else "busy"
        return "ours"

    def _set(self, notice: Notice, update: str, values: dict[str, Any]) -> None:
        request: Any = {"ExpressionAttributeValues": values} if values else {}
        self._client.update_item(
            TableName=self._table,
            Key={"gameId": {"S": _name(notice)}},
            UpdateExpression=update,
            **request,
        )

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await self._aws.call(work)
        except (ClientError, BotoCoreError) as error:
            raise as_unavailable(error) from error


def _name(notice: Notice) -> str:
    return f"notice#{notice.game_id}#{notice.version}#{notice.kind}#{notice.to}"
