"""The score against each opponent, the same on every `GameStore`."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from backend.domain.game import Game
from backend.domain.opponents import Opponent, latest_first, tally
from backend.service.ports import GameStore
from tests.aws_calls import watched
from tests.aws_engines import Engine
from tests.backend.adapters.conftest import DynamoPlace
from tests.backend.adapters.game_store import T0, minutes, new_game, played

LATER = T0 + timedelta(days=9)


async def ended(store: GameStore, game: Game, winner: str | None, at: datetime) -> Game:
    """A game that ends by resignation, or without a winner."""
    await store.put(game)
    new = game.ended("decline" if winner is None else "resign", winner, at)
    return (await store.replace(game, new)).game


async def test_nobody_at_first(store: GameStore) -> None:
    assert await store.opponents("ana", None, T0) == []


async def test_games_are_counted_by_opponent_whoever_invited(store: GameStore) -> None:
    await ended(store, new_game("one"), "ana", minutes(1))
    await ended(store, new_game("two", user1="bob", user2="ana"), "bob", minutes(2))
    await ended(store, new_game("three"), "ana", minutes(3))
    await ended(store, new_game("four"), None, minutes(4))
    await played(store, new_game("five", user2="carl"), (1, 4))
    await played(store, new_game("six", user1="carl", user2="ana"))
    await ended(store, new_game("of others", user1="bob", user2="carl"), "bob", minutes(9))
    for _ in range(2):  # the second time from what was remembered
        assert await store.opponents("ana", None, LATER) == [
            Opponent("bob", won=2, lost=1, last_played=minutes(4)),
            Opponent("carl", open=2, last_played=minutes(1)),
        ]
    carl = await store.opponents("carl", None, LATER)
    assert [(one.username, one.won, one.lost, one.open) for one in carl] == [
        ("bob", 0, 1, 0),
        ("ana", 0, 0, 2),
    ]


async def test_a_game_won_by_play_counts(store: GameStore) -> None:
    await played(store, new_game(heaps=(1, 1, 0)), (1, 0), (2, 0))
    (bob,) = await store.opponents("ana", None, LATER)
    assert (bob.username, bob.won, bob.lost, bob.open) == ("bob", 0, 1, 0)


async def test_games_of_an_earlier_account_do_not_count(store: GameStore) -> None:
    await ended(store, new_game("one"), "ana", minutes(1))
    assert (await store.opponents("ana", None, LATER))[0].won == 1
    assert await store.opponents("ana", minutes(5), LATER) == []
    await ended(store, new_game("two", created_at=minutes(6)), "bob", minutes(7))
    (bob,) = await store.opponents("ana", minutes(5), LATER)
    assert (bob.won, bob.lost) == (0, 1)


@pytest.mark.wide
async def test_every_ending_counts_once_however_often_somebody_looks(store: GameStore) -> None:
    dice, games = random.Random(4), []
    for number in range(12):
        at = minutes(number * 3)
        game = new_game(f"game{number}", user2=dice.choice(("bob", "carl")))
        games.append(await ended(store, game, dice.choice(("ana", game.user2)), at))
        expected = latest_first(tally("ana", games).values())
        assert await store.opponents("ana", None, at + timedelta(seconds=1)) == expected
    assert await store.opponents("ana", None, LATER) == expected


@pytest.fixture
async def place_on_dynamodb(ministack: Engine) -> DynamoPlace:
    return DynamoPlace(ministack)


async def test_on_dynamodb_a_look_reads_only_the_endings_since_the_last(
    place_on_dynamodb: DynamoPlace,
) -> None:
    store = await place_on_dynamodb.open()
    for number in range(5):
        await ended(store, new_game(f"game{number}"), "ana", minutes(number))
    with watched(place_on_dynamodb.aws, "dynamodb") as calls:
        await store.opponents("ana", None, LATER)
        read = [call for call in calls.made if call[0] == "BatchGetItem"]
        ((_, request),) = read
        assert len(request["RequestItems"][place_on_dynamodb.table]["Keys"]) == 5
        assert calls.operations.count("PutItem") == 1
        calls.clear()
        await store.opponents("ana", None, LATER)
        assert set(calls.operations) == {"GetItem", "Query"}
        await ended(store, new_game("another"), "bob", LATER)
        calls.clear()
        (bob,) = await store.opponents("ana", None, LATER + timedelta(days=1))
        assert (bob.won, bob.lost) == (5, 1)
        ((_, request),) = [call for call in calls.made if call[0] == "BatchGetItem"]
        assert len(request["RequestItems"][place_on_dynamodb.table]["Keys"]) == 1
