"""The tutorial's own client, as its scripts talk to DynamoDB: one PutItem, one UpdateItem."""

from __future__ import annotations

from typing import Any

# The tutorial's own example.
GAME_ID = "5b5ee7d8"


class TutorialClient:
    """Puts games and moves in them, knowing nothing but the tutorial's attributes."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def put(self, game_id: str, user1: str, user2: str, *heaps: int) -> None:
        """A new game, `user1` counting as the last mover."""
        item: dict[str, Any] = {
            "gameId": {"S": game_id},
            "user1": {"S": user1},
            "user2": {"S": user2},
            "lastMoveBy": {"S": user1},
        }
        for number, count in enumerate(heaps or (5, 4, 5), start=1):
            item[f"heap{number}"] = {"N": str(count)}
        self._client.put_item(TableName=self._table, Item=item)

    def move(self, game_id: str, user: str, heap: int, left: int) -> dict[str, Any]:
        """A move on the tutorial's condition; the item after it. Raises boto3's refusal."""
        answer = self._client.update_item(
            TableName=self._table,
            Key={"gameId": {"S": game_id}},
            UpdateExpression=f"SET lastMoveBy = :user, heap{heap} = :value",
            ConditionExpression=(
                f"(user1 = :user OR user2 = :user) AND lastMoveBy <> :user AND heap{heap} > :value"
            ),
            ExpressionAttributeValues={":user": {"S": user}, ":value": {"N": str(left)}},
            ReturnValues="ALL_NEW",
        )
        item: dict[str, Any] = answer["Attributes"]
        return item

    def item(self, game_id: str) -> dict[str, Any]:
        """The item as it stands."""
        answer = self._client.get_item(
            TableName=self._table, Key={"gameId": {"S": game_id}}, ConsistentRead=True
        )
        item: dict[str, Any] = answer["Item"]
        return item
