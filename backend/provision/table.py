"""The games' table: made, completed and removed. Each step looks first, so it may run again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from backend.adapters.aws_sdk import error_code
from backend.adapters.dynamodb.game_lists import INDEXES
from backend.adapters.dynamodb.tags import MADE_BY, MADE_BY_US, table_tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef

EXPIRY = "expires"
"""The attribute by which DynamoDB removes counters and leases of text messages."""

_LOCK = "setup#"
_LOCK_SECONDS = 60

_KEYS = ("gameId", "user1", "user2", "state")


class GamesTable:
    """One table and its two indexes. Blocking; raises boto3's errors.

    Args:
        provisioned: read and write units of the table and each index; None pays per request.
        wait: called between looks at something that takes AWS a while.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        name: str,
        *,
        provisioned: int | None = None,
        wait: Callable[[], None],
    ) -> None:
        self._client = client
        self._name = name
        self._provisioned = provisioned
        self._wait = wait

    def description(self) -> TableDescriptionTypeDef | None:
        """AWS's description of it; None if it does not exist."""
        try:
            return self._client.describe_table(TableName=self._name)["Table"]
        except self._client.exceptions.ResourceNotFoundException:
            return None

    def is_ours(self) -> bool:
        """Whether its tag says that `aws create` created it."""
        return table_tags(self._client, self._name).get(MADE_BY) == MADE_BY_US

    def missing_indexes(self) -> list[str]:
        """The hash keys whose index is missing."""
        table = self.description() or {}
        there = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
        return [key for key, index in INDEXES.items() if index not in there]

    def make(self) -> bool:
        """Create it with its indexes if it does not exist. Returns whether it was created."""
        if self.description() is not None:
            self._until_active()
            return False
        try:
            self._client.create_table(
                TableName=self._name,
                AttributeDefinitions=[
                    {"AttributeName": key, "AttributeType": "S"} for key in _KEYS
                ],
                KeySchema=[{"AttributeName": "gameId", "KeyType": "HASH"}],
                GlobalSecondaryIndexes=[self._index(key) for key in INDEXES],
                Tags=[{"Key": MADE_BY, "Value": MADE_BY_US}],
                **self._billing(),
            )
            made = True
        except self._client.exceptions.ResourceInUseException:
            made = False  # somebody has created it just now
        self._until_active()
        return made

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lets one process at a time do what follows, of all that work on this table.

        The lock is an item that is not a game. It ends by itself, should its holder die.
        """
        while not self._take_lock(int(time.time())):
            self._wait()
        try:
            yield
        finally:
            self._set_lock(0)

    def _take_lock(self, now: int) -> bool:
        condition = {
            "ConditionExpression": "attribute_not_exists(heldUntil) OR heldUntil < :now",
            "ExpressionAttributeValues": {
                ":until": {"N": str(now + _LOCK_SECONDS)},
                ":now": {"N": str(now)},
            },
        }
        try:
            self._set_lock(now + _LOCK_SECONDS, condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _set_lock(self, until: int, condition: Any = None) -> None:
        values = {"ExpressionAttributeValues": {":until": {"N": str(until)}}}
        self._client.update_item(
            TableName=self._name,
            Key={"gameId": {"S": _LOCK}},
            UpdateExpression="SET heldUntil = :until",
            **(condition or values),
        )

    def tags(self) -> dict[str, str]:
        """Its tags; none if it does not exist."""
        return table_tags(self._client, self._name) if self.description() else {}

    def add_missing_indexes(self) -> list[str]:
        """Add the indexes that the tutorial's table lacks, one by one as DynamoDB requires."""
        added = self.missing_indexes()
        for key in added:
            attributes: Any = [
                {"AttributeName": name, "AttributeType": "S"} for name in (key, "state")
            ]
            self._client.update_table(
                TableName=self._name,
                AttributeDefinitions=attributes,
                GlobalSecondaryIndexUpdates=[{"Create": self._index(key)}],
            )
            self._until_active()
        return added

    def keep_backups(self) -> bool:
        """Switch point-in-time recovery on. Returns whether it was off."""
        if self.has_backups():
            return False
        self._client.update_continuous_backups(
            TableName=self._name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        return True

    def has_backups(self) -> bool:
        """Whether point-in-time recovery is on."""
        described = self._client.describe_continuous_backups(TableName=self._name)
        backups = described["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {})
        return recovery.get("PointInTimeRecoveryStatus") == "ENABLED"

    def expires_counters(self) -> bool:
        """Whether DynamoDB removes old counters."""
        described = self._client.describe_time_to_live(TableName=self._name)
        return described["TimeToLiveDescription"].get("TimeToLiveStatus") in ("ENABLED", "ENABLING")

    def expire_counters(self) -> bool:
        """Let DynamoDB remove old counters. Returns whether that was off."""
        if self.expires_counters():
            return False
        try:
            self._client.update_time_to_live(
                TableName=self._name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRY},
            )
        except ClientError as error:
            # What somebody has switched on just now cannot be switched on.
            if error_code(error) != "ValidationException" or "already" not in str(error):
                raise
            return False
        return True

    def delete(self) -> None:
        """Delete it with all its games. Callers ask for confirmation first."""
        if (self.description() or {}).get("DeletionProtectionEnabled"):
            self._client.update_table(TableName=self._name, DeletionProtectionEnabled=False)
            self._until_active()
        self._client.delete_table(TableName=self._name)
        while self.description() is not None:
            self._wait()

    def _index(self, key: str) -> Any:
        index: dict[str, Any] = {
            "IndexName": INDEXES[key],
            "KeySchema": [
                {"AttributeName": key, "KeyType": "HASH"},
                {"AttributeName": "state", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        if units := self._units():
            index["ProvisionedThroughput"] = units
        return index

    def _billing(self) -> Any:
        if units := self._units():
            return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
        return {"BillingMode": "PAY_PER_REQUEST"}

    def _units(self) -> Any:
        """The units of the table, or of the one to be created; None if it pays per request."""
        table = self.description()
        if table is None:
            units = self._provisioned
        else:
            units = table.get("ProvisionedThroughput", {}).get("ReadCapacityUnits") or None
        return units and {"ReadCapacityUnits": units, "WriteCapacityUnits": units}

    def _until_active(self) -> None:
        while not _is_active(self.description()):
            self._wait()


def _is_active(table: TableDescriptionTypeDef | None) -> bool:
    if table is None:
        return False
    indexes = table.get("GlobalSecondaryIndexes", [])
    states = [table.get("TableStatus"), *(index.get("IndexStatus") for index in indexes)]
    # Some engines give indexes no status, because they exist at once.
    return all(state in (None, "ACTIVE") for state in states)
