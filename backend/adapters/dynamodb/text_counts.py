"""Counts of the texts sent today, as items of the table of games.

Their keys (`sms#…`) are not game ids. DynamoDB removes them by `expires`. A write whose answer was
lost is repeated, so each one can recognize itself: a number's item is the set of its texts, and a
cap's item has the places taken in all (`sent`) and those that each process took (`by_…`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import (
    Aws,
    as_unavailable,
    condition_failure_item,
    is_condition_failure,
)
from backend.adapters.dynamodb.game_items import Item
from backend.service.ports import KEEP_SECONDS

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, UpdateItemInputTypeDef


class DynamoCounter:
    """Counters as items of the table of games; a `DailyCounter`."""

    def __init__(self, aws: Aws, table: str) -> None:
        self._transport = aws.transport_to("dynamodb")
        self._table = table

    async def count(self, name: str, text: str, cap: int) -> bool:
        """See `DailyCounter.count`: one UpdateItem."""
        if cap < 1:
            return False
        request: UpdateItemInputTypeDef = {
            "TableName": self._table,
            "Key": {"gameId": {"S": name}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "UpdateExpression": "SET expires = :expires ADD texts :texts",
            "ConditionExpression": (
                "attribute_not_exists(texts) OR size(texts) < :cap OR contains(texts, :text)"
            ),
            "ExpressionAttributeValues": {
                ":expires": _expires(),
                ":texts": {"SS": [text]},
                ":text": {"S": text},
                ":cap": {"N": str(cap)},
            },
        }
        return await self._refusal(request) is None

    async def lease(self, name: str, *, holder: str, held: int, places: int, cap: int) -> int:
        """See `DailyCounter.lease`: one UpdateItem; two where fewer than `places` are left."""
        places = min(places, cap)
        while places > 0:
            request = self._change(name, holder, held, places)
            request["ConditionExpression"] += " AND (attribute_not_exists(sent) OR sent <= :most)"
            request["ExpressionAttributeValues"][":most"] = {"N": str(cap - places)}
            refused = await self._refusal(request)
            if refused is None:
                return held + places
            if (found := _number(refused, _attribute(holder))) > held:
                # An earlier call succeeded, and its answer was lost.
                return found
            places = min(places, cap - _number(refused, "sent"))
        return held

    async def give_back(self, name: str, *, holder: str, held: int, places: int) -> None:
        """See `DailyCounter.give_back`: one UpdateItem."""
        await self._refusal(self._change(name, holder, held, -places))

    def _change(self, name: str, holder: str, held: int, places: int) -> dict[str, Any]:
        """The write that adds these places, once: it needs what the holder had before."""
        return {
            "TableName": self._table,
            "Key": {"gameId": {"S": name}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "UpdateExpression": "SET expires = :expires ADD sent :places, #ours :places",
            "ConditionExpression": "(attribute_not_exists(#ours) OR #ours = :held)",
            "ExpressionAttributeNames": {"#ours": _attribute(holder)},
            "ExpressionAttributeValues": {
                ":expires": _expires(),
                ":places": {"N": str(places)},
                ":held": {"N": str(held)},
            },
        }

    async def _refusal(self, request: Any) -> Item | None:
        """Send a conditional write; the item that its condition failed on, None if it succeeded."""
        try:
            await self._transport.send("UpdateItem", request)
        except (ClientError, BotoCoreError) as error:
            if is_condition_failure(error):
                return condition_failure_item(error) or {}
            raise as_unavailable(error) from error
        return None


def _expires() -> AttributeValueTypeDef:
    return {"N": str(int(time.time()) + KEEP_SECONDS)}


def _attribute(holder: str) -> str:
    return f"by_{holder}"


def _number(item: Item, name: str) -> int:
    return int(item.get(name, {}).get("N", 0))
