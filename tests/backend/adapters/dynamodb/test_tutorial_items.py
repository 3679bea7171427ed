"""The tutorial's items are games, and its own client may move in ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.dynamodb.tutorial_items import adopt
from backend.domain.decisions import claimed
from backend.domain.errors import GameOver, NotExpired, NotYourTurn
from backend.domain.game import Game
from backend.domain.nim import Move
from backend.wire import encode, from_game
from tests.aws_engines import DYNAMODB_ENGINES, Engine, new_table
from tests.backend.adapters.dynamodb.tutorial import GAME_ID, TutorialClient
from tests.backend.adapters.game_store import minutes, new_game, played

ANA, BOB = "myfirstuser", "theseconduser"


class Shared:
    """One table that both clients play on."""

    def __init__(self, engine: Engine) -> None:
        self.aws = engine.aws()
        self.table = new_table(self.aws)
        self.client = self.aws.client("dynamodb")
        self.store = DynamoGameStore(self.aws, self.table)
        self.tutorial = TutorialClient(self.client, self.table)

    async def get(self, game_id: str) -> Game:
        game = await self.store.get(game_id)
        assert game is not None
        return game


@pytest.fixture(params=DYNAMODB_ENGINES)
def shared(request: pytest.FixtureRequest) -> Shared:
    return Shared(request.getfixturevalue(request.param))


async def open_ids(store: DynamoGameStore, user: str) -> list[str]:
    page = await store.list(user, "open", 100, None)
    return [game.game_id for game in page.games]


async def done_ids(store: DynamoGameStore, user: str) -> list[str]:
    page = await store.list(user, "done", 100, None)
    return [game.game_id for game in page.games]


async def test_an_item_of_the_tutorials_is_played_to_its_end(shared: Shared) -> None:
    shared.tutorial.put(GAME_ID, ANA, BOB)
    game = await shared.get(GAME_ID)
    assert game == Game(game_id=GAME_ID, user1=ANA, user2=BOB, last_move_by=ANA)
    assert await open_ids(shared.store, BOB) == []
    with pytest.raises(NotYourTurn):
        await shared.store.move(GAME_ID, ANA, Move(1, 0), version=0, now=minutes(0))

    # Its first move of ours puts it into the lists.
    moves = [(1, 0), (2, 0), (3, 1)]
    for count, (heap, left) in enumerate(moves):
        assert game.turn is not None
        written = await shared.store.move(
            GAME_ID, game.turn, Move(heap, left), version=count, now=minutes(count)
        )
        game = written.game
        assert game.version == count + 1
        assert await open_ids(shared.store, ANA) == [GAME_ID]
    assert game.turn == ANA
    ended = await shared.store.move(GAME_ID, ANA, Move(3, 0), version=3, now=minutes(9))
    assert (ended.game.winner, ended.game.ended_by) == (BOB, "play")
    assert await open_ids(shared.store, BOB) == []
    assert await done_ids(shared.store, BOB) == [GAME_ID]


async def test_both_clients_play_by_turns_and_the_history_has_gaps(shared: Shared) -> None:
    game = await played(shared.store, new_game(user1=ANA, user2=BOB), (1, 2))
    shared.tutorial.move("game", ANA, 2, 3)
    seen = await shared.get("game")
    assert (seen.heaps, seen.turn, seen.version) == ((2, 3, 5), BOB, game.version)
    assert [(move.heap, move.left) for move in seen.moves] == [(1, 2)]
    written = await shared.store.move("game", BOB, Move(3, 0), version=1, now=minutes(5))
    assert [(move.heap, move.left) for move in written.game.moves] == [(1, 2), (3, 0)]
    assert written.game.version == 2
    # A version alone names no board any more; the rules still stand.
    with pytest.raises(NotYourTurn):
        await shared.store.move("game", BOB, Move(1, 0), version=2, now=minutes(6))


async def test_its_move_makes_another_answer_though_the_version_stays(shared: Shared) -> None:
    """What the ETag is made of."""
    before = await played(shared.store, new_game(user1=ANA, user2=BOB), (1, 2))
    shared.tutorial.move("game", ANA, 2, 3)
    after = await shared.get("game")
    assert after.version == before.version
    assert encode(from_game(after)) != encode(from_game(before))


async def test_the_deadline_of_the_other_player_is_nobodys_deadline(shared: Shared) -> None:
    game = new_game(user1=ANA, user2=BOB, days_per_move=1)
    game = await played(shared.store, game, (1, 2))
    assert game.deadline == minutes(1 + 24 * 60)
    shared.tutorial.move("game", ANA, 2, 3)
    moved = await shared.get("game")
    assert moved.deadline is None
    with pytest.raises(NotExpired):
        claimed(moved, ANA, minutes(10 * 24 * 60))
    # With our next move there is one again.
    written = await shared.store.move("game", BOB, Move(3, 1), version=1, now=minutes(30))
    assert written.game.deadline == minutes(30 + 24 * 60)


async def test_a_resigned_board_can_change_and_the_ending_stands(shared: Shared) -> None:
    game = new_game(user1=ANA, user2=BOB)
    await shared.store.put(game)
    await shared.store.replace(game, game.ended("resign", ANA, minutes(1)))
    shared.tutorial.move("game", BOB, 1, 0)
    now = await shared.get("game")
    assert now.heaps == (0, 4, 5)
    assert (now.state, now.winner, now.ended_by) == ("done", ANA, "resign")
    with pytest.raises(GameOver):
        await shared.store.move("game", ANA, Move(2, 0), version=None, now=minutes(2))
    # Not even the last object changes who won.
    for user, heap in ((ANA, 2), (BOB, 3)):
        shared.tutorial.move("game", user, heap, 0)
    assert ((await shared.get("game")).winner, await done_ids(shared.store, ANA)) == (ANA, ["game"])


def read_it(store: DynamoGameStore) -> Any:
    return store.get("game")


def list_it(store: DynamoGameStore) -> Any:
    return store.list(ANA, "open", 10, None)


@pytest.mark.parametrize("look", [read_it, list_it])
async def test_a_game_that_it_ended_is_closed_by_the_next_look(
    shared: Shared, look: Callable[[DynamoGameStore], Any]
) -> None:
    await played(shared.store, new_game(user1=ANA, user2=BOB, heaps=(1, 1, 0)), (1, 0))
    shared.tutorial.move("game", ANA, 2, 0)
    assert shared.tutorial.item("game")["state"]["S"].startswith("open#")
    await look(shared.store)
    item = shared.tutorial.item("game")
    assert item["state"]["S"].startswith("done#")
    assert (item["winner"]["S"], item["endedBy"]["S"]) == (BOB, "play")
    assert await open_ids(shared.store, ANA) == []
    assert await done_ids(shared.store, BOB) == ["game"]
    closed = await shared.get("game")
    assert closed == await shared.get("game")
    with pytest.raises(GameOver):
        await shared.store.move("game", BOB, Move(1, 0), version=None, now=minutes(9))


async def test_adopting_files_what_no_list_knows_once(shared: Shared) -> None:
    shared.tutorial.put("waiting1", ANA, BOB)
    shared.tutorial.put("over0001", ANA, BOB, 1, 0, 0)
    shared.tutorial.move("over0001", BOB, 1, 0)
    shared.client.put_item(TableName=shared.table, Item={"gameId": {"S": "no game"}})
    await shared.store.put(new_game("ours", user1=ANA, user2=BOB))
    counts: list[int] = []
    assert adopt(shared.client, shared.table, counts.append) == 2
    assert counts == [1, 2]
    assert sorted(await open_ids(shared.store, BOB)) == ["ours", "waiting1"]
    assert await done_ids(shared.store, ANA) == ["over0001"]
    assert adopt(shared.client, shared.table) == 0


async def test_an_item_that_is_not_a_game_is_in_no_list(shared: Shared) -> None:
    """A table that others write to may hold anything."""
    good = {"user1": {"S": ANA}, "user2": {"S": BOB}, "lastMoveBy": {"S": ANA}}
    heaps = {f"heap{heap}": {"N": "3"} for heap in (1, 2, 3)}
    state = {"state": {"S": "open#"}}
    odd: list[dict[str, Any]] = [
        {},
        {**good},
        {**heaps, **state, "user1": {"S": ANA}},
        {**good, **heaps, **state, "heap1": {"N": "2.5"}},
        {**good, **heaps, **state, "heap1": {"N": "-1"}},
        {**good, **heaps, **state, "heap1": {"N": "1000"}},
        {**good, **heaps, **state, "heap1": {"S": "3"}},
        {**good, **heaps, **state, "lastMoveBy": {"S": "eve"}},
        {**good, **heaps, **state, "moves": {"L": [{"S": "nonsense"}]}},
        {**good, **heaps, **state, "moves": {"L": [{"N": "1"}]}},
        {**good, **heaps, **state, "version": {"S": "x"}, "rule": {"N": "1"}},
    ]
    for number, item in enumerate(odd):
        shared.client.put_item(
            TableName=shared.table, Item={"gameId": {"S": f"odd{number}"}, **item}
        )
    for number in range(len(odd) - 1):
        assert await shared.store.get(f"odd{number}") is None, odd[number]
    # Of the tutorial's attributes nothing is wrong with the last one.
    assert await open_ids(shared.store, ANA) == [f"odd{len(odd) - 1}"]
