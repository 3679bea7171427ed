"""Leases of notices in the table of games: each notice is sent once, however often Lambda repeats.

A lease is an item of its own (`notice#GAME#VERSION#KIND#WHO`, which is not a game id), written by
one conditional write. While it runs, nobody else sends this notice; if its holder dies, the next
try takes it over once it has run out. `done` makes it final. DynamoDB removes leases by `expires`,
long after the stream has forgotten the change.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import (
    Aws,
    as_unavailable,
    condition_failure_item,
    is_condition_failure,
)
from backend.domain.errors import Unavailable
from backend.domain.notices import Notice

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import UpdateItemInputTypeDef

LEASE_SECONDS = 50
"""Longer than the function may run, so that no lease runs out while its holder is alive."""

RECORD_PAUSES = (0.5, 2.0, 6.0, 12.0)
"""Seconds between two tries to record that a notice was sent; together shorter than a lease."""

# A record stays in the stream for a day.
_KEEP_SECONDS = 3 * 24 * 3600

Taken: TypeAlias = Literal["ours", "done", "busy"]


class NoticeLeases:
    """The leases of one table."""

    def __init__(self, aws: Aws, table: str, *, clock: Callable[[], float] = time.time) -> None:
        self._transport = aws.transport_to("dynamodb")
        self._table = table
        self._clock = clock

    async def take(self, notice: Notice) -> Taken:
        """Lease a notice: ours to send, done before, or busy elsewhere. Raises: Unavailable."""
        now = int(self._clock())
        try:
            await self._transport.send("UpdateItem", self._lease(notice, now))
        except (ClientError, BotoCoreError) as error:
            if not is_condition_failure(error):
                raise as_unavailable(error) from error
            old = condition_failure_item(error) or {}
            return "done" if "done" in old else "busy"
        return "ours"

    async def done(self, notice: Notice) -> None:
        """Mark a notice as finished for good.

        It keeps trying for a while: a notice that was sent and not recorded is sent again.

        Raises:
            Unavailable: the table would not take it.

        """
        yes: UpdateItemInputTypeDef = {
            **self._of(notice),
            "UpdateExpression": "SET done = :yes",
            "ExpressionAttributeValues": {":yes": {"BOOL": True}},
        }
        for pause in RECORD_PAUSES:
            try:
                await self._send(yes)
                return
            except Unavailable:
                await asyncio.sleep(pause)
        await self._send(yes)

    async def release(self, notice: Notice) -> None:
        """Leave this notice to the next try. Raises: Unavailable."""
        await self._send({**self._of(notice), "UpdateExpression": "REMOVE leased"})

    def _lease(self, notice: Notice, now: int) -> UpdateItemInputTypeDef:
        return {
            **self._of(notice),
            "UpdateExpression": "SET leased = :until, expires = :expires",
            "ConditionExpression": (
                "attribute_not_exists(done) AND (attribute_not_exists(leased) OR leased < :now)"
            ),
            "ExpressionAttributeValues": {
                ":until": {"N": str(now + LEASE_SECONDS)},
                ":expires": {"N": str(now + _KEEP_SECONDS)},
                ":now": {"N": str(now)},
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _of(self, notice: Notice) -> UpdateItemInputTypeDef:
        return {"TableName": self._table, "Key": {"gameId": {"S": f"notice#{notice.key}"}}}

    async def _send(self, request: UpdateItemInputTypeDef) -> None:
        try:
            await self._transport.send("UpdateItem", request)
        except (ClientError, BotoCoreError) as error:
            raise as_unavailable(error) from error
