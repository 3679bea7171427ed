"""The poller: what it asks for, how often, and whom it wakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from backend.adapters.dynamodb.change_feed import Poller, PollingPace
from backend.domain.game import Game, State
from backend.service.ports import Page, PagePosition
from backend.service.subscriptions import game_key, user_key
from tests.backend.adapters.game_store import minutes, new_game
from tests.support import eventually_async

QUICK = PollingPace(board=0.02, list=0.04, slowest=0.16, tick=0.005)


class Table:
    """Games that change only when a test changes them; counts the reads."""

    def __init__(self) -> None:
        self.games = {"game": new_game()}
        self.asked: list[float] = []
        self.listed: list[float] = []

    async def boards(self, game_ids: Sequence[str]) -> dict[str, Game]:
        self.asked.append(asyncio.get_running_loop().time())
        return {game_id: self.games[game_id] for game_id in game_ids if game_id in self.games}

    async def list(self, user: str, state: State, limit: int, after: PagePosition | None) -> Page:
        self.listed.append(asyncio.get_running_loop().time())
        return Page([game for game in self.games.values() if game.has_player(user)], None)


class Hub:
    """Who waits, and who was woken."""

    def __init__(self, *keys: str) -> None:
        self.keys = list(keys)
        self.woken: list[str] = []
        self.all = 0

    def waited_for(self) -> Collection[str]:
        return self.keys

    def wake(self, keys: Iterable[str]) -> None:
        self.woken += keys

    def wake_all(self) -> None:
        self.all += 1


@asynccontextmanager
async def polling(poller: Poller, hub: Hub) -> AsyncIterator[None]:
    task = asyncio.create_task(poller.watch(hub))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_only_what_is_waited_for_is_asked_for() -> None:
    table, hub = Table(), Hub(game_key("game"))
    async with polling(Poller(table, QUICK), hub):
        await eventually_async(lambda: len(table.asked) > 3)
    assert table.listed == []
    assert hub.woken == [game_key("game")]  # the first look always wakes
    assert hub.all == 1


async def test_a_change_wakes_its_waiters_and_nobody_else() -> None:
    table = Table()
    table.games["other"] = new_game("other", user1="eve", user2="dan")
    hub = Hub(game_key("game"), game_key("other"), user_key("ana"), user_key("dan"))
    async with polling(Poller(table, QUICK), hub):
        await eventually_async(lambda: set(hub.woken) == set(hub.keys))
        hub.woken.clear()
        # As the tutorial's own client moves: the version stays.
        table.games["game"] = replace(table.games["game"], heaps=(5, 4, 1), last_move_by="bob")
        await eventually_async(lambda: {game_key("game"), user_key("ana")} <= set(hub.woken))
        hub.woken.clear()
        table.games["game"] = table.games["game"].ended("resign", "bob", minutes(1))
        await eventually_async(lambda: {game_key("game"), user_key("ana")} <= set(hub.woken))
        assert set(hub.woken) == {game_key("game"), user_key("ana")}


async def test_a_game_that_goes_away_wakes_its_waiters() -> None:
    table, hub = Table(), Hub(game_key("game"))
    async with polling(Poller(table, QUICK), hub):
        await eventually_async(lambda: hub.woken)
        hub.woken.clear()
        del table.games["game"]
        await eventually_async(lambda: hub.woken)


async def test_the_pauses_grow_while_nothing_happens_and_shrink_with_a_change() -> None:
    table, hub = Table(), Hub(game_key("game"))
    async with polling(Poller(table, QUICK), hub):
        # Ten steps of a quarter reach the slowest pace.
        await eventually_async(lambda: len(table.asked) > 14)
        late = table.asked[-1] - table.asked[-2]
        assert late > QUICK.slowest * 0.9
        table.games["game"] = new_game(version=1)
        hub.woken.clear()
        await eventually_async(lambda: hub.woken)
        seen = len(table.asked)
        await eventually_async(lambda: len(table.asked) > seen)
        assert table.asked[seen] - table.asked[seen - 1] < late / 2


async def test_who_waits_again_is_not_asked_for_from_the_beginning() -> None:
    """Requests are held for seconds and come again: the pauses outlive them."""
    table, hub = Table(), Hub(game_key("game"))
    poller = Poller(table, QUICK)
    async with polling(poller, hub):
        await eventually_async(lambda: len(table.asked) > 12)
    hub.woken.clear()
    asked = len(table.asked)
    async with polling(poller, hub):
        await eventually_async(lambda: len(table.asked) > asked + 1)
    assert hub.all == 2
    assert hub.woken == []
    assert table.asked[-1] - table.asked[-2] > QUICK.board * 2
