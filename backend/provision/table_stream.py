"""The stream of the table of games, which the stack sends texts from, and the tag that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from backend.adapters.dynamodb.tags import NOTICES, NOTICES_BY_STREAM, STACK, table_tags

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef

VIEW: Final = "NEW_AND_OLD_IMAGES"
"""What a record contains: only both images together show whether a version went up."""


class TableStream:
    """One table's stream. Blocking; raises boto3's errors, also if there is no such table.

    Args:
        wait: called between looks at something that takes AWS a while.
    """

    def __init__(self, client: DynamoDBClient, table: str, *, wait: Callable[[], None]) -> None:
        self._client = client
        self._table = table
        self._wait = wait

    def switch_on(self) -> str:
        """Switch it on if it is off. Returns its ARN."""
        table = self._described()
        view = table.get("StreamSpecification", {}).get("StreamViewType")
        if view is not None and view != VIEW:
            # Somebody else's stream, with too little in it. A stream's view cannot be changed.
            self.switch_off()
        if view != VIEW:
            self._client.update_table(
                TableName=self._table,
                StreamSpecification={"StreamEnabled": True, "StreamViewType": VIEW},
            )
        return self._until_active()["LatestStreamArn"]

    def switch_off(self) -> None:
        """Switch it off, if there is one."""
        if self._described().get("StreamSpecification", {}).get("StreamEnabled"):
            self._client.update_table(
                TableName=self._table, StreamSpecification={"StreamEnabled": False}
            )
            self._until_active()

    def protect(self) -> bool:
        """Protect the table from deletion. Returns whether it was unprotected."""
        if self._described().get("DeletionProtectionEnabled"):
            return False
        self._client.update_table(TableName=self._table, DeletionProtectionEnabled=True)
        self._until_active()
        return True

    def tell_others(self, *, to_be_silent: bool) -> None:
        """Record in a tag, for other processes, whether the stream sends this table's notices."""
        arn = self._described()["TableArn"]
        if to_be_silent:
            tag: Any = {"Key": NOTICES, "Value": NOTICES_BY_STREAM}
            self._client.tag_resource(ResourceArn=arn, Tags=[tag])
        elif NOTICES in table_tags(self._client, self._table):
            self._client.untag_resource(ResourceArn=arn, TagKeys=[NOTICES])

    def note_stack(self, name: str) -> None:
        """Record in a tag which stack the table belongs to, so that nobody deletes it under it."""
        tag: Any = {"Key": STACK, "Value": name}
        self._client.tag_resource(ResourceArn=self._described()["TableArn"], Tags=[tag])

    def forget_stack(self) -> None:
        """Remove that tag."""
        arn = self._described()["TableArn"]
        if STACK in table_tags(self._client, self._table):
            self._client.untag_resource(ResourceArn=arn, TagKeys=[STACK])

    def _described(self) -> TableDescriptionTypeDef:
        return self._client.describe_table(TableName=self._table)["Table"]

    def _until_active(self) -> TableDescriptionTypeDef:
        while (table := self._described()).get("TableStatus") != "ACTIVE":
            self._wait()
        return table
