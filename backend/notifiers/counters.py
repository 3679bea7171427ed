"""How many texts were sent today, counted where every process of a backend counts together."""

from __future__ import annotations

import time
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from backend.aws.sdk import Aws, told
from backend.sqlite import Database

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# A day's counters are of no use after it.
KEEP_SECONDS = 3 * 24 * 3600

_COUNT = """
INSERT INTO text_counts (name, sent, expires) VALUES (:name, 1, :expires)
ON CONFLICT (name) DO UPDATE SET sent = sent + 1 WHERE sent < :cap RETURNING sent
"""


class Counter(Protocol):
    """Counts up to a cap."""

    async def count(self, name: str, cap: int) -> bool:
        """Count one more under this name, unless that would pass `cap`. Raises: Unavailable."""


class DynamoCounter:
    """Counters as items of the games' table, raised by one conditional write each.

    Their keys (`sms#…`) are no game ids; DynamoDB removes them by `expires`.
    """

    def __init__(self, aws: Aws, table: str) -> None:
        self._aws = aws
        self._table = table
        self._client: DynamoDBClient = aws.client("dynamodb")

    async def count(self, name: str, cap: int) -> bool:
        """See `Counter.count`."""
        try:
            return await self._aws.call(partial(self._count, name, cap))
        except (ClientError, BotoCoreError) as error:
            raise told(error) from error

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


class SqliteCounter:
    """Counters as rows of the games' file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, name: str, cap: int) -> bool:
        """See `Counter.count`."""
        now = int(time.time())

        def work(connection: Connection) -> bool:
            connection.execute("DELETE FROM text_counts WHERE expires < ?", (now,))
            values = {"name": name, "cap": cap, "expires": now + KEEP_SECONDS}
            return bool(connection.execute(_COUNT, values).fetchall())

        return await self._database.run(work)
