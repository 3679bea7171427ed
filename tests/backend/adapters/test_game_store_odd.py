"""What stores do with records that are no games, and with boards that others have changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.adapters.aws.transport import AwsTransport
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.domain.errors import NotYourTurn, Stale, TooManyGames
from backend.domain.nim import Move
from backend.service.ports import MOST_OPEN_GAMES, GameStore
from tests.aws_engines import DYNAMODB_ENGINES, Engine, new_table
from tests.backend.adapters.dynamodb.tutorial import TutorialClient
from tests.backend.adapters.game_store import minutes, new_game, played


@pytest.fixture(params=DYNAMODB_ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.getfixturevalue(request.param)
    return made


async def finished(store: GameStore, user: str, limit: int) -> list[str]:
    """The ids of all finished games, page by page."""
    ids, after = [], None
    while True:
        page = await store.list(user, "done", limit, after)
        ids += [game.game_id for game in page.games]
        if (after := page.next) is None:
            return ids


@pytest.mark.wide
@pytest.mark.parametrize("odd", [[0], [3], [5], [1, 2], [0, 1, 2, 3], [2, 3, 4, 5]])
async def test_a_list_of_finished_games_goes_on_behind_what_cannot_be_read(
    engine: Engine, odd: list[int]
) -> None:
    aws = engine.aws()
    store = DynamoGameStore(aws, new_table(aws))
    for number in range(6):
        game = new_game(f"game{number}")
        await store.put(game)
        await store.replace(game, game.ended("resign", "ana", minutes(number)))
    for number in odd:
        aws.client("dynamodb").update_item(
            TableName=store._table,
            Key={"gameId": {"S": f"game{number}"}},
            UpdateExpression="SET heap1 = :many",
            ExpressionAttributeValues={":many": {"N": "99"}},
        )
    readable = [f"game{number}" for number in range(5, -1, -1) if number not in odd]
    for limit in (1, 2, 3, 100):
        assert await finished(store, "ana", limit) == readable


async def test_a_move_on_a_board_that_was_not_seen_is_stale(store: GameStore) -> None:
    game = await played(store, new_game(), (1, 2))
    for seen in ((5, 4, 5), (2, 4, 4), (2, 5, 4)):
        with pytest.raises(Stale) as refused:
            await store.move("game", "ana", Move(2, 1), version=1, now=minutes(2), seen=seen)
        assert refused.value.game == game
    made = await store.move("game", "ana", Move(2, 1), version=1, now=minutes(2), seen=(2, 4, 5))
    # A repeat stays a success, although the board is another one by now.
    again = await store.move("game", "ana", Move(2, 1), version=1, now=minutes(3), seen=(2, 4, 5))
    assert (again.game, again.applied) == (made.game, False)
    with pytest.raises(NotYourTurn):
        await store.move("game", "ana", Move(3, 1), version=2, now=minutes(3), seen=(2, 1, 5))


@pytest.mark.parametrize("last", [False, True])
async def test_two_moves_of_the_tutorials_client_make_the_board_another_one(
    engine: Engine, *, last: bool
) -> None:
    aws = engine.aws()
    store = DynamoGameStore(aws, new_table(aws))
    tutorial = TutorialClient(aws.client("dynamodb"), store._table)
    heaps = (1, 1, 1) if last else (5, 4, 5)
    game = await played(store, new_game(heaps=heaps))
    tutorial.move("game", "bob", 2, 0)
    tutorial.move("game", "ana", 3, 0)
    with pytest.raises(Stale) as refused:
        await store.move("game", "bob", Move(1, 0), version=0, now=minutes(2), seen=game.heaps)
    now = refused.value.game
    assert now is not None
    moved = await store.move("game", "bob", Move(1, 0), version=0, now=minutes(2), seen=now.heaps)
    assert moved.game.ended_by == "play"


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("last", [False, True])
async def test_a_version_alone_does_not_name_a_board_that_two_hidden_moves_have_changed(
    engine: Engine, *, begun: bool, last: bool
) -> None:
    aws = engine.aws()
    store = DynamoGameStore(aws, new_table(aws))
    tutorial = TutorialClient(aws.client("dynamodb"), store._table)
    game = new_game(heaps=(3, 1, 1) if last else (5, 4, 5))
    await store.put(game)
    mover, other = "bob", "ana"
    if begun:
        game = (await store.move("game", mover, Move(1, 1), version=0, now=minutes(1))).game
        mover, other = other, mover
    tutorial.move("game", mover, 2, 0)
    tutorial.move("game", other, 3, 0)
    move = Move(1, 0)
    with pytest.raises(Stale) as refused:
        await store.move("game", mover, move, version=game.version, now=minutes(2))
    now = refused.value.game
    assert now is not None
    assert (now.version, now.heaps) == (game.version, (game.heaps[0], 0, 0))
    # What was seen, or no claim to have seen anything, is enough to go on.
    seen = None if begun else now.heaps
    version = None if begun else now.version
    moved = await store.move("game", mover, move, version=version, now=minutes(2), seen=seen)
    assert moved.game.ended_by == "play"


async def test_a_version_alone_is_enough_after_one_move_of_the_tutorials_client(
    engine: Engine,
) -> None:
    aws = engine.aws()
    store = DynamoGameStore(aws, new_table(aws))
    tutorial = TutorialClient(aws.client("dynamodb"), store._table)
    await store.put(new_game())
    tutorial.move("game", "bob", 1, 4)
    moved = await store.move("game", "ana", Move(1, 3), version=0, now=minutes(1))
    assert (moved.game.version, moved.game.heaps) == (1, (3, 4, 5))
    tutorial.move("game", "bob", 2, 3)
    moved = await store.move("game", "ana", Move(2, 2), version=1, now=minutes(2))
    assert (moved.game.version, moved.game.heaps) == (2, (3, 2, 5))
    # The tutorial's own items say nothing of what was moved on them.
    tutorial.put("other", "ana", "bob")
    tutorial.move("other", "bob", 1, 4)
    tutorial.move("other", "ana", 1, 3)
    moved = await store.move("other", "bob", Move(1, 2), version=0, now=minutes(3))
    assert moved.game.heaps == (2, 4, 5)


class Forgetful:
    """The transport to an engine that does not return the item with a failed condition."""

    def __init__(self, transport: AwsTransport) -> None:
        self._transport = transport

    async def send(self, operation: Any, request: Any) -> Any:
        request.pop("ReturnValuesOnConditionCheckFailure", None)
        return await self._transport.send(operation, request)

    async def close(self) -> None:
        await self._transport.close()


async def test_an_engine_that_returns_no_item_with_a_failed_condition_is_asked_for_it(
    engine: Engine,
) -> None:
    aws = engine.aws()
    store = DynamoGameStore(aws, new_table(aws))
    store._transport = Forgetful(store._transport)
    game = await played(store, new_game(), (1, 2))
    with pytest.raises(NotYourTurn) as refused:
        await store.move("game", "bob", Move(2, 1), version=None, now=minutes(3))
    assert refused.value.game == game
    with pytest.raises(Stale):
        await store.move("game", "ana", Move(2, 1), version=0, now=minutes(3))
    repeated = await store.put(new_game())
    assert (repeated.game, repeated.applied) == (game, False)


@pytest.mark.wide
async def test_requests_at_once_do_not_exceed_the_limit_of_open_games(store: GameStore) -> None:
    for number in range(MOST_OPEN_GAMES - 2):
        await store.put(new_game(f"game{number}"))
    results = await asyncio.gather(
        *(store.put(new_game(f"more{number}")) for number in range(8)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, TooManyGames)]
    assert len(refused) == 6
