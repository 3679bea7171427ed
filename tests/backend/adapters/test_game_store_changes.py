"""The GameStore contract: new games, and endings without a move."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from backend.domain.errors import GameOver, NoSuchGame, TooManyGames
from backend.domain.game import EndedBy
from backend.domain.nim import Move
from backend.service.ports import MOST_OPEN_GAMES, GameChanged, GameStore, Written
from tests.backend.adapters.game_store import T0, Place, minutes, new_game, played


async def test_a_new_game_is_kept_with_all_that_it_has(store: GameStore) -> None:
    game = new_game(
        rule="normal",
        heaps=(0, 20, 7),
        days_per_move=14,
        request_id="a request",
        rematch_of="another",
        rematch_by="bob",
    )
    assert await store.put(game) == Written(game)
    assert await store.get("game") == game


async def test_a_game_with_nothing_but_the_board_is_kept(store: GameStore) -> None:
    game = new_game(created_at=None, waiting_since=None)
    await store.put(game)
    assert await store.get("game") == game


async def test_putting_again_changes_nothing_and_hands_back_what_is_there(
    store: GameStore,
) -> None:
    game = await played(store, new_game(), (1, 2))
    again = await store.put(new_game(rule="normal", user2="eve", heaps=(9, 9, 9)))
    assert again == Written(game, applied=False)
    assert await store.get("game") == game


async def test_of_equal_new_games_at_once_exactly_one_is_kept(place: Place) -> None:
    stores = [await place.open() for _ in range(4)]
    games = [new_game(user2=name, created_at=T0) for name in ("bob", "eve", "dan", "kim")]
    written = await asyncio.gather(
        *(store.put(game) for store, game in zip(stores, games, strict=True))
    )
    assert sorted(one.applied for one in written) == [False, False, False, True]
    assert len({one.game for one in written}) == 1


@pytest.mark.wide
async def test_a_player_may_have_created_so_many_open_games_and_no_more(
    store: GameStore,
) -> None:
    first = new_game("game0", heaps=(1, 1, 0))
    await store.put(first)
    for number in range(1, MOST_OPEN_GAMES):
        await store.put(new_game(f"game{number}"))
    with pytest.raises(TooManyGames):
        await store.put(new_game("one more"))
    assert await store.get("one more") is None

    # A repeated request is answered all the same, and others may still invite the player.
    assert (await store.put(first)).applied is False
    assert (await store.put(new_game("invitation", user1="bob", user2="ana"))).applied
    # A game that ended, by play or otherwise, makes room.
    await store.move("game0", "bob", Move(1, 0), version=0, now=minutes(1))
    await store.move("game0", "ana", Move(2, 0), version=1, now=minutes(2))
    assert (await store.put(new_game("one more"))).applied
    with pytest.raises(TooManyGames):
        await store.put(new_game("and one more"))


@pytest.mark.parametrize(
    ("how", "winner"), [("resign", "ana"), ("timeout", "bob"), ("decline", None)]
)
async def test_an_ending_is_written_where_the_game_is_as_seen(
    store: GameStore, how: EndedBy, winner: str | None
) -> None:
    game = new_game()
    await store.put(game)
    ended = replace(
        game, version=1, ended_by=how, winner=winner, ended_at=minutes(5)
    )  # what `Game.ended` gives, written out
    assert await store.replace(game, ended) == Written(ended)
    assert await store.get("game") == ended
    with pytest.raises(GameOver) as refused:
        await store.move("game", "bob", Move(1, 0), version=1, now=minutes(6))
    assert refused.value.game == ended


async def test_an_ending_loses_against_a_move(store: GameStore) -> None:
    seen = new_game()
    moved = await played(store, seen, (1, 2))
    with pytest.raises(GameChanged) as changed:
        await store.replace(seen, seen.ended("decline", None, minutes(5)))
    assert changed.value.game == moved
    assert await store.get("game") == moved


@pytest.mark.parametrize(
    "other",
    [{"heaps": (5, 4, 4)}, {"last_move_by": "bob"}, {"version": 1}, {"ended_by": "timeout"}],
    ids=lambda fields: next(iter(fields)),
)
async def test_every_part_of_what_was_seen_counts(store: GameStore, other: dict[str, Any]) -> None:
    """Also if the game was changed without raising its version."""
    game = new_game(start=(5, 4, 5), **other)
    await store.put(game)
    seen = new_game()
    with pytest.raises(GameChanged) as changed:
        await store.replace(seen, seen.ended("decline", None, minutes(1)))
    assert changed.value.game == game
    assert await store.get("game") == game


async def test_a_game_that_is_gone_cannot_be_ended(store: GameStore) -> None:
    seen = new_game("gone")
    with pytest.raises(NoSuchGame):
        await store.replace(seen, seen.ended("resign", "ana", minutes(1)))


async def test_of_two_endings_at_once_one_is_written(place: Place) -> None:
    one, other = await place.open(), await place.open()
    seen = new_game()
    await one.put(seen)
    results = await asyncio.gather(
        one.replace(seen, seen.ended("resign", "ana", minutes(1))),
        other.replace(seen, seen.ended("resign", "bob", minutes(1))),
        return_exceptions=True,
    )
    (written,) = [result for result in results if isinstance(result, Written)]
    (changed,) = [result for result in results if isinstance(result, GameChanged)]
    assert changed.game == written.game == await one.get("game")
