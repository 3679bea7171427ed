"""A list of 10 open games with 10,000 finished ones, against one with 10.

On SQLite in time; on DynamoDB in request units, which are computed from the answers, because no
engine here reports them truly: a query costs what it reads of an index (half a unit for each 4 KB,
since an index is not read consistently), a game one unit for each 4 KB of its item.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from backend.adapters.aws_sdk import Aws
from backend.adapters.dynamodb.game_items import to_item
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_rows import to_row
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.domain.game import Game
from backend.domain.ids import derived_id
from backend.service.ports import GameStore
from tests.aws_engines import REGION, new_table, running_ministack
from tests.benchmarks.measure import disk_of

OPEN = 10
FEW, MANY = 10, 10_000
ROUNDS = 200
MOST_RATIO = 1.1

# DynamoDB's limit for one BatchWriteItem, and what one read unit reads.
_AT_ONCE = 25
_UNIT_BYTES = 4096
_T0 = datetime(2026, 1, 1, tzinfo=UTC)


def games(finished: int) -> list[Game]:
    """Anna's games: so many are finished, and then some are open."""
    found = []
    for number in range(finished + OPEN):
        at = _T0 + timedelta(minutes=number)
        game = Game(
            game_id=derived_id("bench", str(number)),
            user1=f"rival{number % 50}" if number % 2 else "anna",
            user2="anna" if number % 2 else f"rival{number % 50}",
            last_move_by=f"rival{number % 50}" if number % 2 else "anna",
            created_at=at,
            waiting_since=at,
        )
        found.append(game if number >= finished else game.ended("resign", "anna", at))
    return found


async def list_open(store: GameStore) -> None:
    page = await store.list("anna", "open", 100, None)
    assert len(page.games) == OPEN, len(page.games)


async def on_sqlite(folder: Path) -> float:
    """The ratio of the medians; the two files take turns."""
    stores = {count: SqliteGameStore(Database(folder / f"{count}.db")) for count in (FEW, MANY)}
    for count, store in stores.items():
        await store.get("warm")
        # Too many to put one by one.
        await store._database.run(_all_rows(games(count)))
    times: dict[int, list[float]] = {count: [] for count in stores}
    for turn in range(ROUNDS):
        for count, store in stores.items():
            began = perf_counter()
            await list_open(store)
            if turn:
                times[count].append((perf_counter() - began) * 1000)
    for store in stores.values():
        await store.close()
    few, many = (median(times[count]) for count in (FEW, MANY))
    print(f"SQLite: {few:.2f} ms with {FEW}, {many:.2f} ms with {MANY:,}; {disk_of(folder)}")
    return many / few


def _all_rows(listed: list[Game]) -> Callable[[Any], None]:
    def work(connection: Any) -> None:
        for change, game in enumerate(listed, 1):
            row = to_row(game) | {"change": change, "writer": 1}
            columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
            connection.execute(f"INSERT INTO games ({columns}) VALUES ({values})", row)

    return work


async def on_dynamodb(aws: Aws) -> float:
    """The ratio of the units."""
    spent = {}
    for count in (FEW, MANY):
        table = new_table(aws)
        await _put_all(aws, table, games(count))
        with _counted(aws) as units:
            await list_open(DynamoGameStore(aws, table))
        spent[count] = sum(units)
    print(f"DynamoDB: {spent[FEW]:.1f} read units with {FEW}, {spent[MANY]:.1f} with {MANY:,}")
    return spent[MANY] / spent[FEW]


async def _put_all(aws: Aws, table: str, listed: list[Game]) -> None:
    client = aws.client("dynamodb")
    puts = [{"PutRequest": {"Item": to_item(game)}} for game in listed]
    for start in range(0, len(puts), _AT_ONCE):
        answer = client.batch_write_item(RequestItems={table: puts[start : start + _AT_ONCE]})
        assert not answer.get("UnprocessedItems")


@contextmanager
def _counted(aws: Aws) -> Iterator[list[float]]:
    """The read units of each call that goes through boto3."""
    units: list[float] = []

    def note(parsed: Any, model: Any, **_: Any) -> None:
        if model.name == "Query":
            size = sum(len(json.dumps(key)) for key in parsed["Items"])
            units.append(max(1, ceil(size / _UNIT_BYTES)) / 2)
        elif model.name == "BatchGetItem":
            (items,) = parsed["Responses"].values()
            units.append(sum(ceil(len(json.dumps(item)) / _UNIT_BYTES) for item in items))
        else:
            raise AssertionError(f"{model.name} is not counted")

    events = aws.client("dynamodb").meta.events
    events.register("after-call.dynamodb", note)
    try:
        yield units
    finally:
        events.unregister("after-call.dynamodb", note)


def main() -> int:
    """Print both; 1 when a ratio is over its bound."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        AWS_EC2_METADATA_DISABLED="true",
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ratios = {"SQLite": asyncio.run(on_sqlite(folder))}
        with running_ministack(folder) as engine:
            os.environ["AWS_ENDPOINT_URL"] = engine.endpoint
            ratios["DynamoDB"] = asyncio.run(on_dynamodb(Aws(REGION, transport="boto3")))
    for store, ratio in ratios.items():
        print(f"{store}: {ratio:.2f} times, bound {MOST_RATIO}")
    return int(max(ratios.values()) > MOST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
