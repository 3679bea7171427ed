"""A socket's slow, greedy and garbled clients, against the real server in this process."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.api import requests
from backend.bootstrap import Backend, assemble
from backend.entrypoints import http_protocol
from backend.entrypoints.http_server import HttpServer, ListenAddress, listen
from tests.backend.api.people import MemoryPeople
from tests.support import eventually_async

SHORT = 0.2
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
async def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", SHORT)
    monkeypatch.setattr(http_protocol, "KEEP_ALIVE_SECONDS", 60)
    monkeypatch.setattr(requests, "BODY_SECONDS", SHORT)
    backend: Backend = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")),
        people=MemoryPeople(),
        store_name="sqlite",
    )
    place = ListenAddress(port=0)
    listening = listen(place)
    server = HttpServer(place, backend)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    await eventually_async(lambda: server.started)
    yield listening.getsockname()[1]
    server.should_exit = True
    await task
    await backend.close()


async def talk(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """All that comes back for these bytes, until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def refusal(said: bytes) -> tuple[int, dict[str, Any]]:
    """The status and the body of one whole answer."""
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize("start", [b"", b"G", GET, GET + b"X-Slow: 1"])
async def test_a_client_that_never_finishes_its_headers_is_cut(port: int, start: bytes) -> None:
    began = time.monotonic()
    assert await talk(port, start) == b""
    assert SHORT <= time.monotonic() - began < 5


async def test_a_client_that_drips_its_headers_is_cut_all_the_same(port: int) -> None:
    drops = [b"X-%d: 1\r\n" % number for number in range(12)]
    began = time.monotonic()
    assert await talk(port, GET, *drops, pause=0.05) == b""
    assert time.monotonic() - began < 5


async def test_a_further_request_on_the_same_connection_has_its_own_time(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(10):
        for _ in range(3):
            writer.write(GET + b"\r\n")
            assert b"200" in await reader.readline()
            await reader.readuntil(b"}")
            await asyncio.sleep(SHORT * 1.2)
        writer.write(b"GET /he")
        assert await reader.read() == b""
    writer.close()


async def test_a_body_that_never_comes_is_refused(port: int) -> None:
    head = b"POST /logout HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n\r\n"
    status, body = refusal(await talk(port, head + b'{"refresh'))
    assert (status, body["code"]) == (400, "bad_request")


async def test_a_body_that_is_too_large_is_refused_with_its_reason(port: int) -> None:
    large = b"x" * 200_000
    head = b"POST /logout HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    status, body = refusal(await talk(port, head + b"Content-Length: 200000\r\n\r\n", large))
    assert (status, body["code"]) == (413, "too_large")
    chunked = b"Transfer-Encoding: chunked\r\n\r\n30d40\r\n" + large + b"\r\n0\r\n\r\n"
    status, body = refusal(await talk(port, head + chunked))
    assert (status, body["code"]) == (413, "too_large")


@pytest.mark.parametrize("place", [b"GET /nowhere", b"PUT /games", b"POST /games"])
async def test_a_body_that_nobody_wants_is_not_taken_for_a_request(port: int, place: bytes) -> None:
    hidden = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + b"x" * 10_000
    head = place + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(hidden)
    said = await talk(port, head, hidden, GET + b"Connection: close\r\n\r\n", pause=0.02)
    assert re.findall(rb"HTTP/1.1 (\d+)", said)[1:] == [b"200"]
    assert said.count(b"HTTP/1.1") == 2


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X-Large: " + b"x" * 40_000 + b"\r\n\r\n",
        GET + b"".join(b"X-%d: %b\r\n" % (n, b"x" * 90) for n in range(400)) + b"\r\n",
        b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"x" * 40_000,
    ],
)
async def test_too_large_a_head_is_refused(port: int, head: bytes) -> None:
    said = await talk(port, head)
    status, body = refusal(said)
    assert (status, body["code"]) == (431, "too_large")
    # As every other answer.
    assert f"x-request-id: {body['requestId']}\r\n".encode() in said
    assert b"cache-control: no-store\r\n" in said


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http:// HTTP/1.1\r\n\r\n",
        b"POST /logout HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST /logout HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0",
    ],
)
async def test_garbage_instead_of_http_is_refused_in_words(port: int, garbage: bytes) -> None:
    status, body = refusal(await talk(port, garbage))
    assert (status, body["code"]) == (400, "bad_request")


async def test_an_upgrade_is_not_taken_up(port: int) -> None:
    upgrade = GET + b"Connection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n"
    status, body = refusal(await talk(port, upgrade))
    assert (status, body["status"]) == (200, "ok")


async def test_too_many_connections_are_refused(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "MOST_CONNECTIONS", 2)
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 5)
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    status, body = refusal(await talk(port, b""))
    assert (status, body["code"]) == (503, "unavailable")
    for _, writer in idle:
        writer.close()


async def test_a_client_that_takes_no_answers_is_cut(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "SEND_SECONDS", SHORT)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)

    async def ask_on() -> None:
        async with asyncio.timeout(20):
            while True:
                writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10)
                await writer.drain()
                await asyncio.sleep(0.001)

    with pytest.raises(ConnectionError):
        await ask_on()
    assert not reader.at_eof()
    writer.close()
