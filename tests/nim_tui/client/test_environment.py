"""What httpx cannot use is a sentence that names it, and no fault."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from nim_tui.client import CannotOpen, NimClient, Unreachable
from nim_tui.client.address import server_url
from nim_tui.client.transports import ServerTransport
from tests.nim_tui.client.fakes import client_of, session
from tests.nim_tui.client.sockets import says, server


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NO_PROXY", "fd07::/64"),
        ("NO_PROXY", "localhost,[::1]"),
        ("no_proxy", "a\x01b"),
        ("ALL_PROXY", "socks5://127.0.0.1:1080"),
        ("all_proxy", "socks4://127.0.0.1:1080"),
        ("HTTPS_PROXY", "ftp://127.0.0.1"),
        ("HTTP_PROXY", "http://anna:secret@x:y:z"),
        ("HTTP_PROXY", "http://256.256.256.256:1"),
        ("SSL_CERT_FILE", "/nonexistent.pem"),
        ("SSL_CERT_FILE", "/etc/passwd"),
        ("SSL_CERT_FILE", "/"),
        ("SSL_CERT_DIR", "/nonexistent"),
        ("SSLKEYLOGFILE", "/nonexistent/x"),
    ],
)
async def test_a_variable_that_cannot_be_used_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    client = NimClient.http("https://nim.example")
    with pytest.raises(CannotOpen) as caught:
        await client.open()
    assert caught.value.message.startswith(name)
    assert "unset" in caught.value.message
    assert "secret" not in caught.value.message
    await client.close()


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSLKEYLOGFILE"])
async def test_it_is_named_for_plain_http_on_this_machine_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "/nonexistent/x")
    with pytest.raises(CannotOpen, match=name):
        await ServerTransport("http://127.0.0.1:8000").open()


@pytest.mark.parametrize("name", ["NO_PROXY", "HTTP_PROXY", "ALL_PROXY"])
async def test_proxies_do_not_matter_on_this_machine(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "fd07::/64")
    async with server(says(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")) as url:
        client = NimClient.http(url)
        await client.open()
        await client.close()


@pytest.mark.parametrize("value", ["garbage", "http://127.0.0.1:99999", "http://["])
async def test_a_proxy_that_is_not_there_names_the_variable_or_the_address(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    client = NimClient.http("https://nim.example")
    with pytest.raises(Unreachable) as caught:
        await client.sign_in("anna", "Passw0rd1")
    assert "nim.example" in caught.value.message or "HTTPS_PROXY" in caught.value.message
    await client.close()


@pytest.mark.parametrize(
    "address",
    [
        "https://256.256.256.256",
        "https://xn--a.example",
        f"https://{'a' * 70}.localhost",
        "https://a..localhost",
        "https://[fe80::1%25nosuch]",
        f"https://nim.example/{'x' * 70_000}",
        "http://127.0.0.1:1/%zz",
        "http://127.0.0.1:0",
    ],
)
async def test_an_address_that_cannot_be_connected_to_is_named(address: str) -> None:
    client = NimClient.http(address, insecure=True)
    with pytest.raises(Unreachable) as caught:
        await client.sign_in("anna", "Passw0rd1")
    assert server_url(address, insecure=True).split("/")[2] in caught.value.message
    assert len(caught.value.message) < 300
    await client.close()


@pytest.mark.parametrize("cursor", ["x" * 70_000, "a\u0000b", "\u202e"])
async def test_a_cursor_that_cannot_be_sent_back_is_not_a_nim_backends(cursor: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            return session()
        return httpx.Response(200, json={"games": [], "cursor": cursor})

    client = client_of(answer)
    await client.sign_in("bert", "Passw0rd1")
    with pytest.raises(Unreachable, match="not as a Nim backend"):
        await client.games()
    with pytest.raises(Unreachable):
        await client.games("open", "x" * 70_000)
    await client.close()


async def test_a_file_that_is_no_database_for_any_reason_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "a\0b", tmp_path / ("x" * 300)):
        client = NimClient.embedded(str(path))
        with pytest.raises(CannotOpen):
            await client.open()
        await client.close()


async def test_a_file_whose_name_is_not_utf_8_serves(tmp_path: Path) -> None:
    client = NimClient.embedded(str(tmp_path / "\udcff.db"))
    await client.open()
    await client.close()
