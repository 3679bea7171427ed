"""Why one table in two regions loses moves, unless its replication is strongly consistent.

DynamoDB's global tables replicate eventually by default: each region decides its conditions on its
own copy, and of two versions of an item the later one stays (last writer wins).
"""

from __future__ import annotations

import random
from typing import Any

import httpx
import msgspec
import pytest

from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.domain.errors import NimError
from backend.domain.game import Game
from backend.domain.nim import Move
from backend.wire import from_game
from tests.simulation.boto_client import ConditionalCheckFailed, error_response
from tests.simulation.dynamodb_engine import Engine, EngineError, Weather
from tests.simulation.history import Exchange
from tests.simulation.linearizability import NotLinearizable, Operation, check, of_exchange
from tests.simulation.small_world import GAME, NOON, new_game

START = new_game((2, 1, 1), "misere")


class OneRegion:
    """The store's way to one copy of the table, without a network between."""

    region = "simulated-1"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def transport_to(self, service: str) -> OneRegion:
        assert service == "dynamodb"
        return self

    async def send(self, operation: str, request: Any) -> Any:
        try:
            return self._engine.request(operation, dict(request))
        except EngineError as error:
            raise ConditionalCheckFailed(error_response(error), operation) from error

    async def close(self) -> None:
        """Nothing is held."""


def region() -> tuple[Engine, DynamoGameStore]:
    calm = Weather(unprocessed=0.0, stale_reads=0.0, index_lag=(0.0, 0.0))
    engine = Engine(lambda: 0.0, random.Random(1), calm)
    aws: Any = OneRegion(engine)
    return engine, DynamoGameStore(aws, "table")


async def moved(store: DynamoGameStore, user: str, at: int, left: int) -> list[Exchange]:
    """A move of heap 1 that was sent to one region and accepted; nothing if it was refused."""
    sent = {"changedHeap": "heap1", "changedHeapValue": left, "version": 0}
    try:
        game = (await store.move(GAME, user, Move(1, left), version=0, now=NOON)).game
    except NimError:
        return []
    return [answered("POST", user, at, msgspec.json.encode(sent), game)]


def answered(method: str, user: str, at: int, body: bytes, game: Game) -> Exchange:
    shown = msgspec.to_builtins(from_game(game))
    url = httpx.URL(f"http://x/games/{GAME}")
    return Exchange(user, user, method, url, [], body, at, 0.0, at + 0.5, 200, shown)


async def two_moves(*, replicated_at_once: bool) -> list[Exchange]:
    """Bert moves from two devices in two regions, and both write on what their region holds."""
    (one, store1), (two, store2) = region(), region()
    await store1.put(START)
    two.items.update(one.items)
    history = await moved(store1, "bert", 1, left=1)
    if replicated_at_once:
        two.items.update(one.items)
    history += await moved(store2, "bert", 2, left=0)
    if replicated_at_once:
        two.items.update(one.items)
    one.items.update(two.items)  # the later version stays
    last = await store1.get(GAME)
    assert last is not None
    return [*history, answered("GET", "anna", 3, b"", last)]


def operations(history: list[Exchange]) -> list[Operation]:
    return [operation for exchange in history for operation in of_exchange(exchange)]


async def test_replication_that_is_eventual_loses_an_acknowledged_move() -> None:
    history = await two_moves(replicated_at_once=False)
    assert len(history) == 3, "both regions have accepted a move of version 0"
    with pytest.raises(NotLinearizable):
        check(START, operations(history))


async def test_replication_before_the_answer_loses_none() -> None:
    history = await two_moves(replicated_at_once=True)
    assert len(history) == 2, "the second region refuses"
    check(START, operations(history))
