"""Conditional GET and waiting: tags, 304, held answers, and who is woken by what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.api.conditional import conditional, etag, is_known, wait_seconds
from backend.api.doors import Doors
from backend.api.rate_limits import Limits
from backend.api.requests import Call
from backend.bootstrap import Backend, assemble
from tests.backend.api.people import MemoryPeople
from tests.backend.api.table import Table
from tests.support import eventually_async

SOON = 2.0


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (None, False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", W/"a"', True),
        ('"b","c"', False),
        ("*", True),
        ("a", False),
        ("", False),
        ('"', False),
    ],
)
def test_tags_are_compared_weakly(header: str | None, *, known: bool) -> None:
    assert is_known(header, '"a"') is known


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        (["wait=10"], 10),
        (["Wait = 10"], 10),
        (['wait="10"'], 10),
        (["respond-async, wait=7"], 7),
        (["respond-async", "wait=7; x=1"], 7),
        (["wait=3, wait=9"], 3),
        (["wait=100"], 25),
        (["wait=0"], 0),
        (["wait=-1"], None),
        (["wait=1.5"], None),
        (["wait"], None),
        (["await=5"], None),
        (["wait=99999999999999999999"], None),
    ],
)
def test_how_long_the_caller_would_wait(headers: list[str], seconds: int | None) -> None:
    raw = [(b"prefer", header.encode()) for header in headers]
    assert wait_seconds(Request({"type": "http", "headers": raw})) == seconds


async def test_a_known_content_is_not_sent_again(table: Table) -> None:
    game = await table.start("Anna", "Bert")
    for path in ("/games", f"/games/{game['gameId']}"):
        first = await table.get("Anna", path)
        tag = first.headers["etag"]
        known = await table.get("Anna", path, If_None_Match=f'"x", W/{tag}')
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["etag"] == tag
        assert "preference-applied" not in known.headers
        assert "retry-after" not in known.headers
    await table.move("Bert", game, "heap1", 4)
    changed = await table.get("Anna", path, If_None_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_the_tag_follows_the_content_and_not_the_process(table: Table) -> None:
    game = await table.start("Anna", "Bert")
    answer = await table.get("Anna", f"/games/{game['gameId']}")
    assert answer.headers["etag"] == etag(answer.content)


async def test_somebody_elses_game_does_not_exist_however_it_is_asked_for(table: Table) -> None:
    game = await table.start("Anna", "Bert")
    await table.join("Carl")
    path = f"/games/{game['gameId']}"
    answer = await table.get("Carl", path, If_None_Match="*", Prefer="wait=20")
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/games", "/games/ID"])
async def test_a_change_during_the_first_read_answers_at_once(
    table: Table, backend: Backend, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = await table.start("Anna", "Bert")
    path = path.replace("ID", game["gameId"])
    tag = (await table.get("Anna", path)).headers["etag"]
    reading = "list" if path == "/games" else "get"
    read = getattr(backend.service.games, reading)

    async def read_before_a_move(*arguments: Any) -> Any:
        monkeypatch.undo()
        found = await read(*arguments)
        await table.move("Bert", game, "heap1", 4)
        return found

    monkeypatch.setattr(backend.service.games, reading, read_before_a_move)
    asked = table.get("Anna", path, If_None_Match=tag, Prefer="wait=20")
    answer = await asyncio.wait_for(asked, SOON)
    shown = answer.json()
    assert shown.get("games", [shown])[0]["version"] == 1


@pytest.mark.parametrize("reads", [2, 3])
async def test_no_change_is_lost_while_the_content_is_read(backend: Backend, reads: int) -> None:
    """The first time or later, even where the store itself never reports the change."""
    contents = [*[b"old"] * (reads - 1), b"new"]

    async def read() -> bytes:
        content = contents.pop(0)
        backend.service.hub.wake(("game:g2345678",))
        return content

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    headers = [(b"if-none-match", etag(b"old").encode()), (b"prefer", b"wait=20")]
    call = Call(
        request=Request({"type": "http", "headers": headers}, receive),
        service=backend.service,
        limits=Limits(enabled=False),
        doors=Doors(),
        store_name="sqlite",
        public_url=None,
        closing=lambda: False,
    )
    with backend.service.hub.listen("game:another2") as begun:
        # The store's watch wakes all who listen when it begins: here it has begun already.
        await asyncio.wait_for(begun.wait(), SOON)
        held = conditional(call, "game:g2345678", read, again=1)
        answer = await asyncio.wait_for(held, SOON)
    assert (answer.status_code, answer.body) == (200, b"new")


@pytest.mark.parametrize("path", ["/games", "/games/ID"])
async def test_a_held_request_is_answered_by_the_change(
    table: Table, backend: Backend, path: str
) -> None:
    game = await table.start("Anna", "Bert")
    path = path.replace("ID", game["gameId"])
    tag = (await table.get("Anna", path)).headers["etag"]
    waiting = asyncio.create_task(
        table.get("Anna", path, If_None_Match=tag, Prefer="wait=20"),
    )
    await eventually_async(backend.service.hub.waited_for)
    assert not waiting.done()
    began = time.monotonic()
    moved = await table.move("Bert", game, "heap1", 4)
    answer = await asyncio.wait_for(waiting, SOON)
    assert time.monotonic() - began < SOON
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=20"
    shown = answer.json()
    assert shown.get("games", [shown])[0] == moved.json()
    assert not backend.service.hub.waited_for()


async def test_a_held_request_is_answered_by_another_process(
    table: Table, backend: Backend, people: MemoryPeople, tmp_path: Any
) -> None:
    from backend.adapters.sqlite.database import Database

    game = await table.start("Anna", "Bert")
    path = f"/games/{game['gameId']}"
    tag = (await table.get("Anna", path)).headers["etag"]
    waiting = asyncio.create_task(table.get("Anna", path, If_None_Match=tag, Prefer="wait=20"))
    await eventually_async(backend.service.hub.waited_for)
    other = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")), people=people, store_name="sqlite"
    )
    await other.service.resign("Bert", game["gameId"])
    answer = await asyncio.wait_for(waiting, SOON)
    assert answer.json()["endedBy"] == "resign"
    await other.close()


async def test_a_held_request_ends_with_304_when_its_time_is_up(table: Table) -> None:
    game = await table.start("Anna", "Bert")
    path = f"/games/{game['gameId']}"
    tag = (await table.get("Anna", path)).headers["etag"]
    began = time.monotonic()
    answer = await table.get("Anna", path, If_None_Match=tag, Prefer="wait=1")
    assert time.monotonic() - began >= 0.95
    assert answer.status_code == 304
    assert answer.headers["preference-applied"] == "wait=1"


async def test_what_is_not_known_is_answered_at_once(table: Table) -> None:
    game = await table.start("Anna", "Bert")
    path = f"/games/{game['gameId']}"
    for known in ({}, {"If_None_Match": '"other"'}):
        answer = await asyncio.wait_for(table.get("Anna", path, Prefer="wait=20", **known), SOON)
        assert answer.status_code == 200
    anything = table.get("Anna", path, Prefer="wait=20", If_None_Match="*")
    assert (await asyncio.wait_for(anything, SOON)).status_code == 304


async def test_a_change_in_another_game_does_not_answer(table: Table, backend: Backend) -> None:
    game = await table.start("Anna", "Bert")
    other = await table.start("Anna", "Bert")
    path = f"/games/{game['gameId']}"
    tag = (await table.get("Anna", path)).headers["etag"]
    waiting = asyncio.create_task(table.get("Anna", path, If_None_Match=tag, Prefer="wait=20"))
    await eventually_async(backend.service.hub.waited_for)
    await table.move("Bert", other, "heap1", 0)
    backend.service.hub.wake_all()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    await table.move("Bert", game, "heap1", 0)
    assert (await asyncio.wait_for(waiting, SOON)).json()["version"] == 1


async def test_nobody_waits_for_a_caller_who_has_hung_up(table: Table, backend: Backend) -> None:
    game = await table.start("Anna", "Bert")
    path = f"/games/{game['gameId']}"
    tag = (await table.get("Anna", path)).headers["etag"]
    sent: list[MutableMapping[str, Any]] = []
    hung_up = asyncio.Event()
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        if messages:
            return messages.pop()
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = {"authorization": table.token("Anna"), "if-none-match": tag, "prefer": "wait=25"}
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    held = asyncio.create_task(backend.app(scope, receive, send))
    await eventually_async(backend.service.hub.waited_for)
    hung_up.set()
    await asyncio.wait_for(held, SOON)
    assert sent[0]["status"] == 304
    assert not backend.service.hub.waited_for()


async def test_held_requests_are_answered_when_the_backend_closes(
    table: Table, backend: Backend
) -> None:
    game = await table.start("Anna", "Bert")
    path = f"/games/{game['gameId']}"
    tag = (await table.get("Anna", path)).headers["etag"]
    held = [
        asyncio.create_task(table.get("Anna", path, If_None_Match=tag, Prefer="wait=25"))
        for _ in range(5)
    ]
    await eventually_async(backend.service.hub.waited_for)
    backend.app.close_soon()
    answers = await asyncio.wait_for(asyncio.gather(*held), SOON)
    assert {answer.status_code for answer in answers} == {304}
    late = table.get("Anna", path, If_None_Match=tag, Prefer="wait=25")
    assert (await asyncio.wait_for(late, SOON)).status_code == 304


async def test_a_backend_that_does_not_hold_says_when_to_ask_again(
    tmp_path: Any, people: MemoryPeople
) -> None:
    from backend.adapters.sqlite.database import Database

    made = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")),
        people=people,
        store_name="sqlite",
        holds=False,
    )
    transport = httpx.ASGITransport(made.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        table = Table(http, people)
        await table.join("Anna")
        await table.join("Bert")
        game = await table.start("Anna", "Bert")
        for path in ("/games", f"/games/{game['gameId']}"):
            first = await table.get("Anna", path)
            assert int(first.headers["retry-after"]) >= 1
            tag = first.headers["etag"]
            again = table.get("Anna", path, If_None_Match=tag, Prefer="wait=25")
            answer = await asyncio.wait_for(again, SOON)
            assert answer.status_code == 304
            assert int(answer.headers["retry-after"]) >= 1
            assert "preference-applied" not in answer.headers
    await made.close()
