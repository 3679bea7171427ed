"""Real sockets that misbehave: closed, silent, half-open, garbage, dripping, bad certificates."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend.domain.errors import Unavailable
from nim_tui.client import NimClient, Unreachable, http
from tests.nim_tui.client.sockets import says, server, tls_of
from tests.support import free_port


async def message_from(url: str) -> str:
    """The sentence that a player gets when signing in there."""
    client = NimClient.http(url)
    try:
        with pytest.raises((Unreachable, Unavailable)) as caught:
            await client.sign_in("anna", "Passw0rd1")
        return caught.value.message
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "was lost"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "was lost"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf", "was lost"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<b>!!", "not as a Nim backend"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "cannot answer right now"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://x.example/\r\nContent-Length: 0\r\n\r\n", "x.ex"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "was lost"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "not as a Nim backend"),
    ],
)
async def test_odd_responses(answer: bytes, words: str) -> None:
    async with server(says(answer)) as url:
        assert words in await message_from(url)


async def test_nothing_listens() -> None:
    assert "cannot be reached" in await message_from(f"http://127.0.0.1:{free_port()}")


async def test_silence_and_dripping_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "RESPONSE_SECONDS", 0.4)

    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    for talk in (silent, dripping):
        async with server(talk) as url, asyncio.timeout(10):
            assert "in time" in await message_from(url)


async def test_a_proxy_in_the_environment_is_not_used_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    async with server(says(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")) as url:
        assert "cannot answer right now" in await message_from(url)


async def test_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = says(b"")
    async with server(refused, tls_of(tmp_path, days=1)) as url:
        assert "does not prove" in await message_from(url)
    expired = tls_of(tmp_path, days=-1)
    # The certificate is trusted, like a company's own: it is only out of date.
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    async with server(refused, expired) as url:
        assert "has expired" in await message_from(url)

    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with server(plain) as url:
        assert "does not speak valid https" in await message_from(
            url.replace("http://", "https://")
        )
