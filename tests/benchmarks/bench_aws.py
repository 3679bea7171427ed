"""Processor time of one conditional write to DynamoDB: boto3, boto3 in threads, and our transport.

All ways send the same UpdateItem to the same engine, one at a time and sixteen at once, in rounds
that take turns; ours on the event loop that a server runs. The bound is on one at a time.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, TypeAlias

from backend.adapters.aws_sdk import Aws
from backend.adapters.dynamodb.game_items import to_item
from backend.domain.game import Game
from tests.aws_engines import REGION, new_table, running_ministack
from tests.benchmarks.measure import report

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import UpdateItemInputTypeDef

CALLS = 300
AT_ONCE = 16
ROUNDS = 7
MOST_RATIO = 0.35
"""Of our transport's processor time to that of boto3, for one call at a time."""

Send: TypeAlias = Callable[[Any], Awaitable[Any]]


def move(table: str, game_id: str, number: int) -> UpdateItemInputTypeDef:
    """The request of a move, whose condition holds for the number-th time too."""
    return {
        "TableName": table,
        "Key": {"gameId": {"S": game_id}},
        "UpdateExpression": (
            "SET lastMoveBy = :user, heap1 = :left, version = if_not_exists(version, :zero) + :one,"
            " moves = :made, waitingSince = :now, rest = heap2 + heap3, moveId = :id,"
            " #state = if_not_exists(#state, :open)"
        ),
        "ConditionExpression": (
            "(user1 = :user OR user2 = :user) AND lastMoveBy <> :other AND heap2 > :left"
            " AND attribute_not_exists(endedBy) AND version = :seen"
        ),
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {
            ":user": {"S": "anna"},
            ":other": {"S": "nobody"},
            ":left": {"N": "2"},
            ":zero": {"N": "0"},
            ":one": {"N": "1"},
            ":made": {"L": [{"S": "anna 1 2 abcdefgh"}]},
            ":now": {"S": "2026-11-22T12:00:00.000Z"},
            ":id": {"S": secrets.token_urlsafe(12)},
            ":seen": {"N": str(number)},
            ":open": {"S": "open#"},
        },
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


class Bench:
    """One table of a running engine, and what each way took so far, in milliseconds a call."""

    def __init__(self, aws: Aws, threads: Aws) -> None:
        self._client: Any = aws.client("dynamodb")
        self._ours = aws.transport_to("dynamodb")
        self._threads = threads.transport_to("dynamodb")
        self._table = new_table(aws)
        self.took: dict[str, list[float]] = {}

    async def round(self) -> None:
        """Each way once."""
        await self.direct_round()
        for many in (1, AT_ONCE):
            await self._measure(f"boto3 in threads, {many} at a time", self._in_threads, many)
            await self._measure(f"our transport, {many} at a time", self._by_ours, many)

    async def direct_round(self) -> None:
        """boto3's own call alone."""
        await self._measure("boto3, called directly", self._directly, 1)

    async def _directly(self, request: Any) -> None:
        self._client.update_item(**request)

    async def _in_threads(self, request: Any) -> None:
        await self._threads.send("UpdateItem", request)

    async def _by_ours(self, request: Any) -> None:
        await self._ours.send("UpdateItem", request)

    async def _measure(self, name: str, send: Send, many: int) -> None:
        games = [self._new_game() for _ in range(many)]

        async def play(game_id: str, first: int, after: int) -> None:
            for number in range(first, after):
                await send(move(self._table, game_id, number))

        calls = CALLS // many
        await asyncio.gather(*(play(game_id, 0, 1) for game_id in games))
        began = time.process_time()
        await asyncio.gather(*(play(game_id, 1, calls + 1) for game_id in games))
        spent = time.process_time() - began
        self.took.setdefault(name, []).append(spent / (calls * many) * 1000)

    def _new_game(self) -> str:
        game = Game(game_id=secrets.token_hex(8), user1="anna", user2="bert", last_move_by="anna")
        self._client.put_item(TableName=self._table, Item=to_item(game))
        return game.game_id


async def measure() -> dict[str, float]:
    """Medians of all rounds, boto3's first."""
    aws, threads = Aws(REGION), Aws(REGION, transport="boto3")
    bench = Bench(aws, threads)
    await bench.round()  # the first round imports and connects
    bench.took.clear()
    for _ in range(ROUNDS):
        await bench.round()
    await aws.aclose()
    await threads.aclose()
    return {name: median(times) for name, times in bench.took.items()}


@contextmanager
def engine_as_aws() -> Iterator[None]:
    """A ministack that boto3 takes for AWS, with keys of no account."""
    with tempfile.TemporaryDirectory() as folder, running_ministack(Path(folder)) as engine:
        os.environ.update(
            AWS_ENDPOINT_URL=engine.endpoint,
            AWS_ACCESS_KEY_ID="testing",
            AWS_SECRET_ACCESS_KEY="testing",
            AWS_EC2_METADATA_DISABLED="true",
        )
        yield


def main() -> int:
    """Print a table; 1 when the bound is not kept."""
    loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    if sys.platform != "win32":
        from uvloop import new_event_loop as loop
    with engine_as_aws(), asyncio.Runner(loop_factory=loop) as runner:
        medians = runner.run(measure())
    report(medians, unit="ms CPU")
    ratio = medians["our transport, 1 at a time"] / medians["boto3, called directly"]
    print(f"our transport: {ratio:.2f} of boto3, bound {MOST_RATIO}")
    return int(ratio > MOST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
