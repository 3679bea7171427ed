"""The GameStore contract: lists, their order and their pages, and waking those who wait."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.domain.game import EndedBy, Game, State
from backend.domain.nim import Move
from backend.service.ports import GameStore, list_order
from backend.service.subscriptions import game_key, user_key
from tests.backend.adapters.game_store import T0, Place, minutes, new_game, played, watching
from tests.support import eventually_async

_numbers = itertools.count()


async def pages(store: GameStore, user: str, state: State, limit: int) -> list[Game]:
    """The whole list, read in pages of at most `limit`."""
    games: list[Game] = []
    page = await store.list(user, state, limit, None)
    while True:
        assert len(page.games) <= limit
        games += page.games
        if page.next is None:
            return games
        assert page.games
        page = await store.list(user, state, limit, page.next)


async def test_nobody_has_games_at_first(store: GameStore) -> None:
    for state in ("open", "done"):
        page = await store.list("ana", state, 10, None)
        assert (list(page.games), page.next) == ([], None)


async def test_open_games_come_with_the_own_turn_first_and_the_longest_wait_first(
    store: GameStore,
) -> None:
    await played(store, new_game("waits for bob, late"), (1, 2), (1, 1))
    await played(store, new_game("waits for ana"), (1, 2))
    await store.put(new_game("waits for bob, long"))
    await store.put(new_game("not bob's", user2="eve"))
    await played(store, new_game("over", heaps=(1, 1, 0)), (1, 0), (2, 0))
    page = await store.list("bob", "open", 10, None)
    assert [game.game_id for game in page.games] == [
        "waits for bob, long",
        "waits for bob, late",
        "waits for ana",
    ]
    page = await store.list("ana", "open", 10, None)
    assert [game.game_id for game in page.games] == [
        "waits for ana",
        "not bob's",
        "waits for bob, long",
        "waits for bob, late",
    ]


async def test_finished_games_come_with_the_latest_end_first(store: GameStore) -> None:
    for number, end in enumerate([3, 9, 1, 9]):
        game = new_game(f"game{number}")
        await store.put(game)
        await store.replace(game, game.ended("resign", "ana", minutes(end)))
    page = await store.list("bob", "done", 10, None)
    assert [game.game_id for game in page.games] == ["game1", "game3", "game0", "game2"]


TIMES = st.one_of(st.none(), st.integers(0, 3).map(lambda count: T0 + timedelta(hours=count)))


@st.composite
def games(draw: st.DrawFn) -> Game:
    """An open or finished game; few different times, so that many are equal."""
    user1, user2 = draw(st.permutations(["me", "you", "she"]))[:2]
    created = draw(TIMES)
    waiting = draw(TIMES)
    game = new_game(
        f"listed{next(_numbers)}",
        user1=user1,
        user2=user2,
        last_move_by=draw(st.sampled_from([user1, user2])),
        created_at=created,
        waiting_since=waiting,
        version=draw(st.integers(0, 2)),
    )
    how: EndedBy | None = draw(st.sampled_from([None, "resign", "timeout", "decline"]))
    return game if how is None else game.ended(how, None, minutes(60 * draw(st.integers(0, 3))))


def renamed(game: Game, names: Mapping[str, str]) -> Game:
    """The game between players of other names."""
    user1, user2, last = (
        names.get(name, name) for name in (game.user1, game.user2, game.last_move_by)
    )
    return replace(game, user1=user1, user2=user2, last_move_by=last)


@pytest.mark.wide
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(added=st.lists(games(), min_size=1, max_size=8))
async def test_pages_of_every_size_make_up_the_whole_ordered_list(
    store: GameStore, added: list[Game]
) -> None:
    # Other players each time: the lists stay as short as they were drawn.
    me, you = f"me{next(_numbers)}", f"you{next(_numbers)}"
    added = [renamed(game, {"me": me, "you": you}) for game in added]
    for game in added:
        await store.put(game)
    for state in ("open", "done"):
        whole = list((await store.list(me, state, 100, None)).games)
        assert whole == sorted(whole, key=partial(list_order, user=me))
        mine = [game for game in added if game.has_player(me) and game.state == state]
        assert len(whole) == len(mine)
        assert all(game in mine for game in whole)
        for limit in (1, 2, 3, len(whole) or 1):
            assert await pages(store, me, state, limit) == whole


async def test_a_page_goes_on_where_it_ended_though_the_last_game_has_changed(
    store: GameStore,
) -> None:
    for number in range(4):
        await store.put(new_game(f"game{number}", waiting_since=minutes(number)))
    page = await store.list("bob", "open", 2, None)
    await store.move("game1", "bob", Move(1, 0), version=0, now=minutes(9))
    rest = await store.list("bob", "open", 3, page.next)
    assert [game.game_id for game in rest.games] == ["game2", "game3", "game1"]


async def test_watching_wakes_everybody_once_when_it_begins(store: GameStore) -> None:
    async with watching(store) as listener:
        assert listener.all == 1


async def test_watching_tells_of_new_games_moves_and_endings_from_elsewhere(place: Place) -> None:
    here, elsewhere = await place.open(), await place.open()
    keys = {game_key("game"), user_key("ana"), user_key("bob")}
    game = new_game()
    async with watching(here) as listener:
        await elsewhere.put(game)
        await eventually_async(lambda: listener.keys >= keys, timeout=10)
        listener.keys.clear()
        moved = await elsewhere.move("game", "bob", Move(1, 0), version=0, now=minutes(1))
        await eventually_async(lambda: listener.keys >= keys, timeout=10)
        listener.keys.clear()
        await elsewhere.replace(moved.game, moved.game.ended("resign", "bob", minutes(2)))
        await eventually_async(lambda: listener.keys >= keys, timeout=10)


async def test_watching_again_after_it_was_cancelled_works(place: Place) -> None:
    here, elsewhere = await place.open(), await place.open()
    for game_id in ("first", "second"):
        async with watching(here) as listener:
            await elsewhere.put(new_game(game_id))
            await eventually_async(partial(listener.keys.__contains__, user_key("ana")))
