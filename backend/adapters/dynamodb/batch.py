"""Many items of a table by their keys, read consistently, a hundred at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from backend.adapters.aws.answers import Value
from backend.adapters.aws.transport import AwsTransport
from backend.domain.errors import Unavailable

_BATCH = 100  # DynamoDB's limit for one BatchGetItem.
_TRIES = 6
_PAUSE_SECONDS = 0.05


async def items_of(
    transport: AwsTransport, table: str, keys: Sequence[str]
) -> AsyncIterator[dict[str, Value]]:
    """The current items with these keys, leaving out those that do not exist.

    Raises:
        ClientError, BotoCoreError: as `AwsTransport.send`.
        Unavailable: DynamoDB kept some of them back, time after time.

    """
    for start in range(0, len(keys), _BATCH):
        asked: Any = [{"gameId": {"S": key}} for key in keys[start : start + _BATCH]]
        wanted: Any = {table: {"Keys": asked, "ConsistentRead": True}}
        for attempt in range(_TRIES):
            answer = await transport.send("BatchGetItem", {"RequestItems": wanted})
            for item in answer.get("Responses", {}).get(table, []):
                yield item
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                break
            await asyncio.sleep(_PAUSE_SECONDS * 2**attempt)
        else:
            raise Unavailable("AWS is too busy right now. Try again in a moment.", retry_after=2.0)
