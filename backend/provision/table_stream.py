"""The stream of the games' table, from which the stack texts, and the tag that tells others so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from backend.adapters.dynamodb.tags import NOTICES, NOTICES_BY_STREAM, table_tags

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef

VIEW: Final = "NEW_AND_OLD_IMAGES"
"""What a record shows: only both images together tell whether a version went up."""


class TableStream:
    """One table's stream. Blocking; raises boto3's errors, also where there is no such table.

    Args:
        wait: called between looks at something that takes AWS a while.
    """

    def __init__(self, client: DynamoDBClient, table: str, *, wait: Callable[[], None]) -> None:
        self._client = client
        self._table = table
        self._wait = wait

    def switch_on(self) -> str:
        """The stream's ARN, switched on where it was off."""
        table = self._described()
        view = table.get("StreamSpecification", {}).get("StreamViewType")
        if view is not None and view != VIEW:
            # Somebody else's, with less in it; a stream's view cannot be changed.
            self.switch_off()
        if view != VIEW:
            self._client.update_table(
                TableName=self._table,
                StreamSpecification={"StreamEnabled": True, "StreamViewType": VIEW},
            )
        return self._until_active()["LatestStreamArn"]

    def switch_off(self) -> None:
        """Without a stream; nothing where there is none."""
        if self._described().get("StreamSpecification", {}).get("StreamEnabled"):
            self._client.update_table(
                TableName=self._table, StreamSpecification={"StreamEnabled": False}
            )
            self._until_active()

    def protect(self) -> bool:
        """Protect the table from deletion; whether it was not."""
        if self._described().get("DeletionProtectionEnabled"):
            return False
        self._client.update_table(TableName=self._table, DeletionProtectionEnabled=True)
        self._until_active()
        return True

    def tell_others(self, *, to_be_silent: bool) -> None:
        """Tell everybody who reads the tags whether the stream sends this table's notices."""
        arn = self._described()["TableArn"]
        if to_be_silent:
            tag: Any = {"Key": NOTICES, "Value": NOTICES_BY_STREAM}
            self._client.tag_resource(ResourceArn=arn, Tags=[tag])
        elif NOTICES in table_tags(self._client, self._table):
            self._client.untag_resource(ResourceArn=arn, TagKeys=[NOTICES])

    def _described(self) -> TableDescriptionTypeDef:
        return self._client.describe_table(TableName=self._table)["Table"]

    def _until_active(self) -> TableDescriptionTypeDef:
        while (table := self._described()).get("TableStatus") != "ACTIVE":
            self._wait()
        return table
