"""The tags that mark what we created, and what sends a table's notices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MADE_BY = "nim-tui:made-by"
MADE_BY_US = "nim-backend"
STACK = "nim-tui:stack"
"""The stack that a table belongs to, from the beginning of its deployment."""

NOTICES = "nim-tui:notices"
NOTICES_BY_STREAM = "stream"


def as_mapping(tags: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """DynamoDB's list of tags as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def table_tags(client: DynamoDBClient, table: str) -> dict[str, str]:
    """The tags of a table. Blocking. Raises: boto3's errors."""
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    return as_mapping(client.list_tags_of_resource(ResourceArn=arn).get("Tags", []))


async def stream_sends(aws: Aws, table: str) -> bool:
    """Whether the table's stream sends its notices, so that nothing else may.

    Raises:
        Unavailable: AWS cannot be asked.
    """
    client: DynamoDBClient = aws.client("dynamodb")
    try:
        tags = await aws.call(partial(table_tags, client, table))
    except (ClientError, BotoCoreError) as error:
        raise as_unavailable(error, missing=f"There is no table {table}.") from error
    finally:
        client.close()
    return tags.get(NOTICES) == NOTICES_BY_STREAM
