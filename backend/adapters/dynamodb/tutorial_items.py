"""Completes the items of the tutorial's own client: index keys, and the endings of games.

Its items have no `state`, so no list finds them, and a game that it finished has no `endedBy`.
Everything here is a conditional write that changes nothing if another process was faster.
`adopt` is for administration and blocks.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws.transport import AwsTransport
from backend.adapters.aws_sdk import is_condition_failure
from backend.adapters.dynamodb.game_items import Item, done_state, is_unsettled, open_state, to_game
from backend.domain.clock import utc_now
from backend.domain.game import Game
from backend.domain.nim import HEAP_NUMBERS

if TYPE_CHECKING:
    from datetime import datetime

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import UpdateItemInputTypeDef

log = logging.getLogger(__name__)

STATE = {"#state": "state"}
"""`state` is a reserved word of DynamoDB, so expressions need another name for it."""

_EMPTY = " AND ".join(f"heap{heap} = :zero" for heap in HEAP_NUMBERS)


def new_id() -> str:
    """A `moveId`, by which a repeated write recognizes itself."""
    return secrets.token_urlsafe(12)


async def settle(transport: AwsTransport, table: str, game: Game) -> Game:
    """Write the ending of a game whose board is empty. Returns the game with that ending.

    If the write fails, the read that found the game still succeeds, and the next one tries again.
    """
    # The real time is unknown: the tutorial's client writes no times.
    ended = utc_now()
    try:
        await transport.send("UpdateItem", _ending(table, game, ended))
    except (ClientError, BotoCoreError) as error:
        _pass_over(error)
    return replace(game, ended_at=ended)


def _ending(table: str, game: Game, ended: datetime) -> UpdateItemInputTypeDef:
    return {
        "TableName": table,
        "Key": {"gameId": {"S": game.game_id}},
        "UpdateExpression": "SET winner = :winner, endedBy = :play, #state = :done, moveId = :id",
        "ConditionExpression": f"attribute_not_exists(endedBy) AND {_EMPTY}",
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": {
            ":winner": {"S": game.winner or ""},
            ":play": {"S": "play"},
            ":done": {"S": done_state(ended)},
            ":zero": {"N": "0"},
            ":id": {"S": new_id()},
        },
    }


def _pass_over(error: ClientError | BotoCoreError) -> None:
    if is_condition_failure(error):
        log.debug("another process has just written that ending")
    else:
        log.warning("an ending cannot be written now: %s", type(error).__name__)


def adopt(client: DynamoDBClient, table: str, progress: Callable[[int], None] | None = None) -> int:
    """Index the games that no list finds, with one scan of the table. Returns how many.

    Args:
        client: a DynamoDB client; its errors pass through.
        table: the name of a table that has both indexes.
        progress: called with the number of games indexed so far.
    """
    filed = 0
    for item in _unfiled(client, table):
        game = to_game(item)
        if game is None:
            continue
        if is_unsettled(item):
            _settle_now(client, table, game)
        elif not _file(client, table, game):
            continue
        filed += 1
        if progress is not None:
            progress(filed)
    return filed


def _settle_now(client: DynamoDBClient, table: str, game: Game) -> None:
    try:
        client.update_item(**_ending(table, game, utc_now()))
    except (ClientError, BotoCoreError) as error:
        _pass_over(error)


def _unfiled(client: DynamoDBClient, table: str) -> Iterator[Item]:
    scan: Any = client.get_paginator("scan")
    for page in scan.paginate(
        TableName=table,
        FilterExpression="attribute_not_exists(#state) AND attribute_exists(lastMoveBy)",
        ExpressionAttributeNames=STATE,
        ConsistentRead=True,
    ):
        yield from page["Items"]


def _file(client: DynamoDBClient, table: str, game: Game) -> bool:
    """Put a game into the indexes. Returns whether it was missing there."""
    state = done_state(game.ended_at) if game.state == "done" else open_state(game.created_at)
    try:
        client.update_item(
            TableName=table,
            Key={"gameId": {"S": game.game_id}},
            UpdateExpression="SET #state = :state",
            ConditionExpression="attribute_exists(gameId) AND attribute_not_exists(#state)",
            ExpressionAttributeNames=STATE,
            ExpressionAttributeValues={":state": {"S": state}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
