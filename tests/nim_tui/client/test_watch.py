"""Watching: conditional, held, repeated after a failure, and never in a busy loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing

import httpx
import pytest

from backend.domain.errors import NoSuchGame, NotSignedIn
from nim_tui.client import GameList, NimClient, Offline
from nim_tui.client.client import MOST_PAGES
from nim_tui.client.retry import Retries
from nim_tui.client.watch import Pauses, WatchPace, _Progress
from tests.nim_tui.client.fakes import GAME, ScriptedTransport, error, session, signed_in

Answer = Callable[[httpx.Request], httpx.Response]


def board(heap1: int, **headers: str) -> httpx.Response:
    body = GAME | {"heap1": heap1, "version": 5 - heap1}
    return httpx.Response(200, json=body, headers={"etag": f'"{heap1}"', **headers})


class Script:
    """Sends its responses in order, and repeats the last one."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def seen_by(client: NimClient, count: int) -> list[object]:
    found: list[object] = []
    async with aclosing(client.watch_game("g2345678")) as changes:
        async for change in changes:
            found.append(change if isinstance(change, Offline) else change.heaps[0])
            if len(found) == count:
                break
    return found


async def test_it_asks_only_for_changes() -> None:
    script = Script(board(5), httpx.Response(304), board(3))
    client = await signed_in(script)
    assert await seen_by(client, 2) == [5, 3]
    first, second, third = script.requests
    assert "if-none-match" not in first.headers
    assert "prefer" not in first.headers
    for request in (second, third):
        assert request.headers["if-none-match"] == '"5"'
        assert request.headers["prefer"] == "wait=2"


async def test_a_lost_backend_is_reported_and_recovers() -> None:
    lost = httpx.ConnectError("gone")
    gateway = [httpx.Response(status) for status in (502, 429, 400, 404)]
    script = Script(board(5), lost, lost, *gateway, httpx.Response(304))
    client = await signed_in(script)
    found = await seen_by(client, 8)
    assert found[0] == 5
    assert found[7] == 5, "being back is reported, though nothing has changed"
    for offline in found[1:7]:
        assert isinstance(offline, Offline)
        assert offline.message
        assert offline.retry_in > 0
        assert offline.since is not None
    # After a failure nothing is held, so that the next response comes at once.
    assert "prefer" not in script.requests[-1].headers


async def test_offline_from_the_start_has_no_since() -> None:
    client = await signed_in(Script(httpx.ConnectError("gone"), board(4)))
    offline, heap = await seen_by(client, 2)
    assert isinstance(offline, Offline)
    assert offline.since is None
    assert heap == 4


@pytest.mark.parametrize("end", [error(404, "no_such_game"), error(401, "not_signed_in")])
async def test_a_permanent_error_ends_the_watch(end: httpx.Response) -> None:
    client = await signed_in(Script(board(5), end))
    with pytest.raises((NoSuchGame, NotSignedIn)):
        await seen_by(client, 3)


async def test_a_list_is_watched_the_same_way() -> None:
    def page(tag: str, *games: dict[str, object]) -> httpx.Response:
        return httpx.Response(200, json={"games": games, "cursor": None}, headers={"etag": tag})

    client = await signed_in(Script(page('"0"'), page('"1"', GAME)))
    found: list[int] = []
    async with aclosing(client.watch_games()) as changes:
        async for change in changes:
            assert isinstance(change, GameList)
            found.append(len(change.games))
            if len(found) == 2:
                break
    assert found == [0, 1]


def long_list(count: int, lose: int) -> Callable[[httpx.Request], httpx.Response]:
    """A list in pages of 100; the response to a further page is lost `lose` times."""

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal lose
        start = int(request.url.params.get("cursor", 0))
        if start and lose:
            lose -= 1
            raise httpx.ReadError("gone")
        if request.headers.get("if-none-match"):
            return httpx.Response(304, headers={"retry-after": "3600"})
        games = [
            GAME | {"gameId": f"g{number}"} for number in range(start, min(start + 100, count))
        ]
        cursor = str(start + 100) if start + 100 < count else None
        return httpx.Response(
            200, json={"games": games, "cursor": cursor}, headers={"etag": f'"{start}"'}
        )

    return answer


async def test_a_lost_page_of_a_long_list_is_reported_and_fetched_again() -> None:
    client = await signed_in(long_list(250, lose=2))
    async with aclosing(client.watch_games()) as changes:
        for _ in range(2):
            assert isinstance(await anext(changes), Offline)
        games = await anext(changes)
    assert isinstance(games, GameList)
    assert [game.game_id for game in games.games] == [f"g{number}" for number in range(250)]
    assert games.etag == '"0"', "the next request is about the first page"


async def test_an_endless_list_is_fetched_only_up_to_a_limit() -> None:
    client = await signed_in(long_list(10**9, lose=0))
    async with aclosing(client.watch_games()) as changes:
        games = await anext(changes)
    assert isinstance(games, GameList)
    assert len(games.games) == 100 * MOST_PAGES


async def test_retry_after_is_respected_where_nothing_is_held() -> None:
    script = Script(board(5, **{"retry-after": "0"}), board(4, **{"retry-after": "40"}), board(3))
    client = await signed_in(script)
    async with aclosing(client.watch_game("g2345678")) as changes:
        assert [(await anext(changes)), (await anext(changes))]
        third = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.05)
        assert len(script.requests) == 2, "the backend asked it to wait"
        client.pace.hurry()
        await third
    assert len(script.requests) == 3


async def test_regaining_focus_asks_at_once() -> None:
    script = Script(board(5, **{"retry-after": "15"}), board(4))
    client = await signed_in(script)
    client.slow = True
    async with aclosing(client.watch_game("g2345678")) as changes:
        await anext(changes)
        second = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.02)
        assert not second.done()
        client.slow = False
        await asyncio.wait_for(second, 2)


async def test_a_backend_that_never_holds_is_not_asked_in_a_busy_loop() -> None:
    """One that claims to hold but does not, and one without ETags."""
    for odd in (
        httpx.Response(304, headers={"preference-applied": "wait=2"}),
        httpx.Response(200, json=GAME),
    ):
        script = Script(board(5), odd)

        def both(request: httpx.Request, script: Script = script) -> httpx.Response:
            return session() if request.url.path == "/login" else script(request)

        pauses = Pauses(first=0.05, most=0.05, unheld=0.05, shortest=0.05, hold=2, spare=1.0)
        client = NimClient(ScriptedTransport(both), retries=Retries(()), pauses=pauses)
        await client.sign_in("bert", "Passw0rd1")
        async with aclosing(client.watch_game("g2345678")) as changes:
            await anext(changes)
            waiting = asyncio.ensure_future(anext(changes))
            await asyncio.wait([waiting], timeout=0.4)
            waiting.cancel()
            await asyncio.wait([waiting])
        assert 2 <= len(script.requests) <= 11


async def test_a_304_to_an_unconditional_request_is_garbage() -> None:
    client = await signed_in(Script(httpx.Response(304), board(4)))
    offline, heap = await seen_by(client, 2)
    assert isinstance(offline, Offline)
    assert heap == 4


async def test_an_odd_etag_is_not_sent_back() -> None:
    odd = httpx.Response(200, json=GAME, headers=[(b"etag", b'"\xc3\xa9"')])
    script = Script(odd, board(4))
    client = await signed_in(script)
    assert await seen_by(client, 2) == [5, 4]
    assert "if-none-match" not in script.requests[1].headers


async def test_what_came_without_an_etag_is_not_asked_for_by_an_older_one() -> None:
    unnamed = httpx.Response(200, json=GAME | {"heap1": 4, "version": 1})
    script = Script(board(5), unnamed, board(3))
    client = await signed_in(script)
    assert await seen_by(client, 3) == [5, 4, 3]
    assert "if-none-match" not in script.requests[2].headers


def test_a_held_response_may_take_longer_than_it_is_held() -> None:
    progress: _Progress[object] = _Progress(etag='"5"')
    headers, seconds = progress.condition(Pauses(hold=25, spare=10.0))
    assert headers["prefer"] == "wait=25"
    assert seconds == 35.0


async def test_cancelling_is_clean() -> None:
    started = asyncio.Event()

    async def never(_: httpx.Request) -> httpx.Response:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    client = await signed_in(never)
    task = asyncio.create_task(seen_by(client, 1))
    await started.wait()
    task.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.5
    await client.close()


def test_pauses_grow_with_jitter_up_to_a_bound() -> None:
    pace = WatchPace(Pauses(first=1.0, most=30.0))
    for failures in range(1, 40):
        bound = min(30.0, 2.0 ** (failures - 1))
        pauses = {pace.after_failures(failures, None) for _ in range(20)}
        assert all(bound / 2 <= pause <= bound for pause in pauses)
        assert len(pauses) > 1
    assert pace.after_failures(1, 12.0) == 12.0
    assert pace.after_failures(1, 3600.0) == 60.0


def test_without_focus_it_asks_more_rarely_but_never_stops() -> None:
    pace = WatchPace(Pauses())
    assert pace.unheld(2.0) == 2.0
    pace.slow = True
    assert pace.unheld(2.0) == 8.0
    assert pace.unheld(30.0) == 60.0
    assert pace.unheld(90.0) == 90.0
    assert pace.unheld(0.0) == Pauses().shortest > 0, "whatever the backend says"


async def test_once_back_a_watch_is_held_again_and_the_next_failure_counts_as_the_first() -> None:
    lost = httpx.ConnectError("gone")
    script = Script(board(5), *[lost] * 6, board(4), lost, board(3))
    client = await signed_in(script, pauses=Pauses(first=0.01, most=10.0, hold=2, spare=1.0))
    found = await seen_by(client, 10)
    pauses = [change.retry_in for change in found if isinstance(change, Offline)]
    assert pauses[5] >= 0.01 * 2**5 / 2
    assert pauses[6] <= 0.01, "it began anew after the recovery"
    assert script.requests[8].headers["prefer"] == "wait=2"
