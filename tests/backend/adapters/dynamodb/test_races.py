"""Many at once on an engine that writes atomically, let go together by a barrier."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

import pytest

from backend.adapters.aws_sdk import Aws
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.domain.errors import MoveRefused, NotYourTurn
from backend.domain.game import Game
from backend.domain.nim import Move
from backend.service.ports import Written
from tests.aws_engines import Engine, new_table
from tests.backend.adapters.game_store import T0, minutes, new_game

T = TypeVar("T")

EQUAL = 50


@pytest.fixture
async def stores(
    ministack: Engine, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sequence[DynamoGameStore]]:
    """Two adapters with connections of their own, on one table."""
    for name, value in ministack.environment.items():
        monkeypatch.setenv(name, value)
    table = new_table(ministack.aws())
    several = [Aws("us-east-1") for _ in range(2)]
    yield [DynamoGameStore(aws, table) for aws in several]
    for aws in several:
        await aws.aclose()


async def at_once(count: int, work: Callable[[int], Awaitable[T]]) -> list[T]:
    """What `work` gives to each of `count` tasks."""
    return list(await asyncio.gather(*map(work, range(count))))


@pytest.mark.parametrize("games", [20, pytest.param(40, marks=pytest.mark.reliability)])
async def test_of_fifty_equal_moves_at_once_exactly_one_is_stored_in_each_game(
    stores: Sequence[DynamoGameStore], games: int
) -> None:
    ids = [f"game{number}" for number in range(games)]
    for game_id in ids:
        await stores[0].put(new_game(game_id))
    barrier = asyncio.Barrier(EQUAL)

    async def press_enter(number: int) -> list[bool]:
        """Half of them say which board they saw."""
        applied = []
        version = 0 if number % 2 else None
        for game_id in ids:
            await barrier.wait()
            try:
                store = stores[number % len(stores)]
                written = await store.move(
                    game_id, "bob", Move(1, 2), version=version, now=minutes(1)
                )
                applied.append(written.applied)
            except NotYourTurn:
                assert version is None
                applied.append(False)
        return applied

    rows = await at_once(EQUAL, press_enter)
    for number, game_id in enumerate(ids):
        assert sum(row[number] for row in rows) == 1
        game = await stores[0].get(game_id)
        assert game is not None
        assert (game.version, len(game.moves), game.heaps) == (1, 1, (2, 4, 5))


# 200 games are the full size; 20 of them show the same in a tenth of the time.
@pytest.mark.parametrize("games", [20, pytest.param(200, marks=pytest.mark.reliability)])
async def test_two_players_hammer_all_games_at_once_and_every_game_is_legal(
    stores: Sequence[DynamoGameStore], games: int
) -> None:
    ids = [f"game{number}" for number in range(games)]
    for number, game_id in enumerate(ids):
        # Nobody may have created more than a hundred open games.
        user1, user2 = ("ana", "bob") if number % 2 else ("bob", "ana")
        await stores[0].put(new_game(game_id, user1=user1, user2=user2))
    barrier = asyncio.Barrier(4)

    async def hammer(number: int) -> None:
        """Each player at two terminals, moving in any game at any time, allowed or not."""
        user, store, dice = ("ana", "bob")[number % 2], stores[number // 2], random.Random(number)
        known: dict[str, Game] = {game_id: new_game(game_id) for game_id in ids}
        await barrier.wait()
        while left := [game_id for game_id, game in known.items() if game.state == "open"]:
            for game_id in left:
                known[game_id] = await try_anything(store, known[game_id], user, dice)

    await at_once(4, hammer)
    for game_id in ids:
        game = await stores[1].get(game_id)
        assert game is not None
        assert replayed(game) == game


async def try_anything(store: DynamoGameStore, seen: Game, user: str, dice: random.Random) -> Game:
    """One try at a move, on the board that was seen; the game as it is now."""
    moves = list(seen.board.moves())
    move = dice.choice([*moves, Move(dice.randint(1, 3), dice.randint(0, 5))])
    version = dice.choice([seen.version, None])
    try:
        written = await store.move(seen.game_id, user, move, version=version, now=T0)
        return written.game
    except MoveRefused as refused:
        return refused.game or seen


def replayed(game: Game) -> Game:
    """The game as its own history makes it; every move of it must be legal."""
    fresh: dict[str, Any] = {"user1": game.user1, "user2": game.user2}
    again = new_game(game.game_id, **fresh)
    for played in game.moves:
        assert played.user == again.turn
        move = Move(played.heap, played.left)
        assert again.board.allows(move)
        again = again.after_move(played.user, move, played.at)
    assert again.state == "done"
    return again


async def test_of_two_last_moves_at_once_one_ends_the_game(
    stores: Sequence[DynamoGameStore],
) -> None:
    """The two forms of a move that leaves 0, met by each other."""
    for number in range(20):
        game_id = f"last{number}"
        await stores[0].put(new_game(game_id, heaps=(1, 1, 0)))
        barrier = asyncio.Barrier(4)

        async def empty(
            player: int, barrier: asyncio.Barrier = barrier, game_id: str = game_id
        ) -> Written | None:
            user, heap = ("bob", 1 + player % 2) if player < 2 else ("ana", 1 + player % 2)
            await barrier.wait()
            try:
                store = stores[player % 2]
                return await store.move(game_id, user, Move(heap, 0), version=None, now=T0)
            except MoveRefused:
                return None

        written = [one for one in await at_once(4, empty) if one is not None and one.applied]
        game = await stores[0].get(game_id)
        assert game is not None
        assert len(written) == len(game.moves) in (1, 2)
        assert game.state == ("done" if len(game.moves) == 2 else "open")
        assert game.winner == ("bob" if game.state == "done" else None)
