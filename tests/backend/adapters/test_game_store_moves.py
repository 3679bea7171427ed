"""The GameStore contract: moves, their refusals in order, and their repetition."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.domain.errors import (
    GameOver,
    IllegalMove,
    NimError,
    NoSuchGame,
    NotYourTurn,
    Stale,
)
from backend.domain.game import Game
from backend.domain.nim import RULES, Heaps, Move, Rule, valid_heaps
from backend.service.ports import GameStore, Written
from tests.backend.adapters.game_store import Place, minutes, new_game, played

HEAPS = st.tuples(*[st.integers(0, 20)] * 3).filter(valid_heaps)
_numbers = itertools.count()


async def test_a_move_changes_what_the_rules_say_and_is_kept(store: GameStore) -> None:
    game = new_game(days_per_move=3)
    await store.put(game)
    written = await store.move("game", "bob", Move(1, 2), version=0, now=minutes(1))
    assert written == Written(game.after_move("bob", Move(1, 2), minutes(1)))
    assert await store.get("game") == written.game
    assert written.game.deadline == minutes(1 + 3 * 24 * 60)


@pytest.mark.wide
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    heaps=HEAPS,
    rule=st.sampled_from(RULES),
    choices=st.lists(st.integers(0, 59), min_size=60, max_size=60),
    with_version=st.booleans(),
)
async def test_whole_games_follow_the_rules_to_their_end(
    store: GameStore, heaps: Heaps, rule: Rule, choices: Sequence[int], *, with_version: bool
) -> None:
    game = new_game(f"played{next(_numbers)}", heaps=heaps, rule=rule)
    await store.put(game)
    for count, choice in enumerate(choices):
        moves = list(game.board.moves())
        if not moves:
            break
        move, user = moves[choice % len(moves)], game.turn
        assert user is not None
        game = game.after_move(user, move, minutes(count))
        version = game.version - 1 if with_version else None
        written = await store.move(game.game_id, user, move, version=version, now=minutes(count))
        assert written == Written(game)
    assert game.state == "done"
    assert await store.get(game.game_id) == game


@pytest.mark.parametrize(("rule", "winner"), [("misere", "bob"), ("normal", "ana")])
async def test_who_takes_the_last_object_ends_the_game(
    store: GameStore, rule: Rule, winner: str
) -> None:
    ended = await played(store, new_game(heaps=(1, 0, 1), rule=rule), (1, 0), (3, 0))
    assert ended.last_move_by == "ana"
    assert (ended.winner, ended.ended_by, ended.ended_at) == (winner, "play", minutes(2))
    assert ended.turn is None


CALLERS = {"stranger": "eve", "waiting": "ana", "on turn": "bob"}
VERSIONS = {"none": None, "right": 2, "old": 1, "ahead": 3}
MOVES = {
    "legal": Move(1, 1),
    "too much": Move(1, 6),
    "nothing": Move(3, 5),
    "below zero": Move(3, -1),
    "no heap": Move(4, 0),
}


def expected(caller: str, version: str, move: str, *, over: bool) -> type[NimError] | None:
    """The contract's order, written out once more."""
    if caller == "stranger":
        return NoSuchGame
    if over:
        return GameOver
    if version in ("old", "ahead"):
        return Stale
    if caller == "waiting":
        return NotYourTurn
    return None if move == "legal" else IllegalMove


@pytest.mark.parametrize("over", [False, True], ids=["open", "over"])
async def test_every_refusal_comes_in_the_contracts_order(store: GameStore, *, over: bool) -> None:
    game = await played(store, new_game(), (2, 3), (2, 1))
    if over:
        game = (await store.replace(game, game.ended("resign", "bob", minutes(3)))).game
    for caller, version, move in itertools.product(CALLERS, VERSIONS, MOVES):
        error = expected(caller, version, move, over=over)
        if error is None:
            continue
        seen = VERSIONS[version]
        if over and seen is not None:
            seen += 1
        with pytest.raises(error) as refused:
            await store.move("game", CALLERS[caller], MOVES[move], version=seen, now=minutes(4))
        assert refused.type is error, (caller, version, move)
        assert refused.value.game == (None if caller == "stranger" else game)
    assert await store.get("game") == game


@pytest.mark.parametrize("version", [None, 0])
async def test_a_move_in_a_missing_game_gives_no_such_game(
    store: GameStore, version: int | None
) -> None:
    with pytest.raises(NoSuchGame):
        await store.move("nowhere", "bob", Move(1, 0), version=version, now=minutes(1))
    assert await store.get("nowhere") is None


async def test_a_repeated_move_answers_the_game_as_it_is_now(store: GameStore) -> None:
    game = await played(store, new_game(), (1, 2))
    again = await store.move("game", "bob", Move(1, 2), version=0, now=minutes(9))
    assert again == Written(game, applied=False)


async def test_a_move_is_a_repeat_also_after_the_reply_and_after_the_end(
    store: GameStore,
) -> None:
    game = await played(store, new_game(heaps=(2, 1, 0)), (1, 1), (2, 0))
    again = await store.move("game", "bob", Move(1, 1), version=0, now=minutes(9))
    assert again == Written(game, applied=False)
    game = (await store.replace(game, game.ended("resign", "ana", minutes(3)))).game
    for user, move, version in (("bob", Move(1, 1), 0), ("ana", Move(2, 0), 1)):
        again = await store.move("game", user, move, version=version, now=minutes(9))
        assert again == Written(game, applied=False)


async def test_the_ending_move_can_be_repeated(store: GameStore) -> None:
    game = await played(store, new_game(heaps=(1, 0, 1)), (1, 0), (3, 0))
    again = await store.move("game", "ana", Move(3, 0), version=1, now=minutes(9))
    assert again == Written(game, applied=False)


async def test_only_exactly_the_same_move_is_a_repeat(store: GameStore) -> None:
    await played(store, new_game(), (1, 2))
    others = [("bob", Move(1, 1)), ("bob", Move(2, 2)), ("ana", Move(1, 2))]
    for user, move in others:
        with pytest.raises(Stale):
            await store.move("game", user, move, version=0, now=minutes(9))
    with pytest.raises(NotYourTurn):
        await store.move("game", "bob", Move(1, 2), version=None, now=minutes(9))


async def test_of_equal_moves_at_once_exactly_one_is_applied(place: Place) -> None:
    stores = [await place.open() for _ in range(4)]
    await stores[0].put(new_game())
    moves = [store.move("game", "bob", Move(1, 2), version=0, now=minutes(1)) for store in stores]
    written = await asyncio.gather(*moves)
    assert sorted(one.applied for one in written) == [False, False, False, True]
    assert len({one.game for one in written}) == 1


@pytest.mark.wide
async def test_names_pass_through_as_they_are(store: GameStore) -> None:
    names = ["[/]", "[@click=app.quit]x[/]", "\x1b]0;title\x07", "'; DROP TABLE games; --"]
    names += ["x" * 200, "a,1,2;b", "名前 🎲", "%_*"]
    for number, name in enumerate(names):
        game = new_game(f"odd{number}", user2=name)
        await store.put(game)
        written = await store.move(game.game_id, name, Move(2, 0), version=0, now=minutes(1))
        assert written.game == game.after_move(name, Move(2, 0), minutes(1))
        assert (await store.list(name, "open", 5, None)).games == [written.game]


async def test_no_move_is_written_to_an_earlier_owners_game(store: GameStore) -> None:
    game = new_game(created_at=minutes(0))
    await store.put(game)
    for left in (2, 0):
        with pytest.raises(NimError):
            await store.move(
                "game", "bob", Move(1, left), version=0, now=minutes(9), owned_from=minutes(1)
            )
    assert await store.get("game") == game
    await store.move("game", "bob", Move(1, 2), version=0, now=minutes(9), owned_from=minutes(0))
    ending = new_game("ending", heaps=(1, 0, 1), created_at=minutes(0))
    await store.put(ending)
    await store.move("ending", "bob", Move(1, 0), version=0, now=minutes(1))
    with pytest.raises(NimError):
        await store.move(
            "ending", "ana", Move(3, 0), version=1, now=minutes(9), owned_from=minutes(1)
        )
    assert (await played_on(store, "ending")).state == "open"


async def test_a_game_without_a_time_belongs_to_the_names_holder(store: GameStore) -> None:
    await store.put(new_game(created_at=None))
    await store.move("game", "bob", Move(1, 2), version=0, now=minutes(9), owned_from=minutes(1))
    assert (await played_on(store, "game")).version == 1


async def played_on(store: GameStore, game_id: str) -> Game:
    """The game as it is."""
    game = await store.get(game_id)
    assert game is not None
    return game
