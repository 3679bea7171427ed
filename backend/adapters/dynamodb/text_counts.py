"""Counts of the texts sent today, as items of the table of games."""

from __future__ import annotations

import time

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable, is_condition_failure
from backend.service.ports import KEEP_SECONDS


class DynamoCounter:
    """Counters as items of the table of games, each raised by one conditional write.

    Their keys (`sms#…`) are not game ids. DynamoDB removes them by `expires`.
    """

    def __init__(self, aws: Aws, table: str) -> None:
        self._transport = aws.transport_to("dynamodb")
        self._table = table

    async def count(self, name: str, cap: int) -> bool:
        """See `DailyCounter.count`."""
        try:
            await self._transport.send(
                "UpdateItem",
                {
                    "TableName": self._table,
                    "Key": {"gameId": {"S": name}},
                    "UpdateExpression": "SET expires = :expires ADD sent :one",
                    "ConditionExpression": "attribute_not_exists(sent) OR sent < :cap",
                    "ExpressionAttributeValues": {
                        ":one": {"N": "1"},
                        ":cap": {"N": str(cap)},
                        ":expires": {"N": str(int(time.time()) + KEEP_SECONDS)},
                    },
                },
            )
        except (ClientError, BotoCoreError) as error:
            if is_condition_failure(error):
                return False
            raise as_unavailable(error) from error
        return True
