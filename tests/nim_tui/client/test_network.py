"""Real sockets that misbehave: away, silent, half-open, garbage, dripping, bad certificates."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backend.errors import Unavailable
from nim_tui import exchange
from nim_tui.client import NimClient, Unreachable
from tests.support import free_port

Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server on a free port that talks like this to each connection; its URL."""
    talks: set[asyncio.Future[None]] = set()
    served: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.current_task())
        talking = asyncio.ensure_future(talk(reader, writer))
        talks.add(talking)
        await asyncio.wait([talking])
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    running = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = running.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        for talking in talks:
            talking.cancel()
        running.close()
        await running.wait_closed()
        await asyncio.gather(*(task for task in served if task is not None))


async def told(url: str) -> str:
    """The line that a person gets when signing in there."""
    client = NimClient.http(url)
    try:
        with pytest.raises((Unreachable, Unavailable)) as caught:
            await client.sign_in("anna", "Passw0rd1")
        return caught.value.message
    finally:
        await client.close()


def says(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return talk


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "broke off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<b>!!", "not as a Nim backend"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "cannot answer right now"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://x.example/\r\nContent-Length: 0\r\n\r\n", "x.ex"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "broke off"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "not as a Nim backend"),
    ],
)
async def test_odd_answers(answer: bytes, words: str) -> None:
    async with server(says(answer)) as url:
        assert words in await told(url)


async def test_nobody_there() -> None:
    assert "cannot be reached" in await told(f"http://127.0.0.1:{free_port()}")


async def test_silence_and_dripping_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "ANSWER_SECONDS", 0.4)

    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    for talk in (silent, dripping):
        async with server(talk) as url:
            assert "in time" in await told(url)


async def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    async with server(says(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")) as url:
        assert "cannot answer right now" in await told(url)


async def test_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = says(b"")
    async with server(refused, _tls(tmp_path, days=1)) as url:
        assert "does not prove" in await told(url)
    expired = _tls(tmp_path, days=-1)
    # The certificate is trusted, as a company's own would be: only its time is over.
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    async with server(refused, expired) as url:
        assert "has expired" in await told(url)

    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with server(plain) as url:
        assert "does not speak https" in await told(url.replace("http://", "https://"))


def _tls(folder: Path, *, days: int) -> ssl.SSLContext:
    """A server with a certificate of its own that ends so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
