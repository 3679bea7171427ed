"""Counts of the texts sent today, as items of the table of games."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable, error_code
from backend.service.ports import KEEP_SECONDS

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoCounter:
    """Counters as items of the table of games, each raised by one conditional write.

    Their keys (`sms#…`) are not game ids. DynamoDB removes them by `expires`.
    """

    def __init__(self, aws: Aws, table: str) -> None:
        self._aws = aws
        self._table = table
        self._client: DynamoDBClient = aws.client("dynamodb")

    async def count(self, name: str, cap: int) -> bool:
        """See `DailyCounter.count`."""
        try:
            return await self._aws.call(partial(self._count, name, cap))
        except (ClientError, BotoCoreError) as error:
            raise as_unavailable(error) from error

    async def give_back(self, name: str) -> None:
        """See `DailyCounter.give_back`."""
        call = partial(
            self._client.update_item,
            TableName=self._table,
            Key={"gameId": {"S": name}},
            UpdateExpression="ADD sent :less",
            ConditionExpression="sent > :zero",
            ExpressionAttributeValues={":less": {"N": "-1"}, ":zero": {"N": "0"}},
        )
        try:
            await self._aws.call(call)
        except (ClientError, BotoCoreError) as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise as_unavailable(error) from error

    def _count(self, name: str, cap: int) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"gameId": {"S": name}},
                UpdateExpression="SET expires = :expires ADD sent :one",
                ConditionExpression="attribute_not_exists(sent) OR sent < :cap",
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":cap": {"N": str(cap)},
                    ":expires": {"N": str(int(time.time()) + KEEP_SECONDS)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
