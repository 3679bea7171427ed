"""Waiters and wakers, and that an idle process watches nothing."""

from __future__ import annotations

import asyncio

import pytest

from backend.service import subscriptions
from backend.service.subscriptions import ChangeHub, game_key, game_of, player_of, user_key
from tests.backend.fakes import MemoryGames
from tests.support import eventually_async


@pytest.fixture
def games() -> MemoryGames:
    return MemoryGames()


async def test_a_waiter_is_woken_by_its_own_keys_only(games: MemoryGames) -> None:
    hub = ChangeHub(games)
    with hub.listen("a", "b") as event:
        await eventually_async(event.is_set, what="the watch's first word")
        event.clear()
        hub.wake(["c"])
        assert not event.is_set()
        for key in ("a", "b"):
            hub.wake([key])
            assert event.is_set()
            event.clear()
        hub.wake_all()
        assert event.is_set()


async def test_the_store_is_watched_once_and_only_while_somebody_waits(games: MemoryGames) -> None:
    hub = ChangeHub(games)
    assert games.watching == 0
    with hub.listen("a"):
        await eventually_async(lambda: games.watching == 1)
        with hub.listen("a", "b"):
            assert set(hub.waited_for()) == {"a", "b"}
            await asyncio.sleep(0)
            assert games.watching == 1
        assert set(hub.waited_for()) == {"a"}
    await eventually_async(lambda: games.watching == 0)
    assert not hub.waited_for()
    with hub.listen("a"):
        await eventually_async(lambda: games.watching == 1)


async def test_watching_begins_again_after_trouble(
    games: MemoryGames, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(subscriptions, "RESTART_SECONDS", 0.0)
    games.trouble = [OSError("the disk is gone"), OSError("the disk is gone")]
    hub = ChangeHub(games)
    with hub.listen("a"):
        await eventually_async(lambda: games.watching == 1)
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


async def test_a_waiter_that_is_cancelled_is_forgotten(games: MemoryGames) -> None:
    hub = ChangeHub(games)

    async def wait() -> None:
        with hub.listen("a"):
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await eventually_async(lambda: games.watching == 1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not hub.waited_for()
    await eventually_async(lambda: games.watching == 0)


def test_a_key_says_what_it_is_of() -> None:
    assert (game_of(game_key("x")), player_of(game_key("x"))) == ("x", None)
    assert (game_of(user_key("game:x")), player_of(user_key("game:x"))) == (None, "game:x")
