"""Which server addresses are accepted, and their canonical form."""

from __future__ import annotations

import pytest

from nim_tui.client import BadAddress, NimClient


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("https://nim.example.com", "https://nim.example.com"),
        ("https://NIM.example.com:443/", "https://nim.example.com"),
        ("nim.example.com/prod/", "https://nim.example.com/prod"),
        (" https://nim.example.com:8443 ", "https://nim.example.com:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("http://nim.localhost", "http://nim.localhost"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_an_address_has_one_canonical_form(typed: str, place: str) -> None:
    assert NimClient.http(typed).place == place


@pytest.mark.parametrize(
    "typed",
    [
        "http://nim.example.com",
        "http://192.168.1.7:8000",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0:8000",
    ],
)
def test_plain_http_works_on_this_machine_only(typed: str) -> None:
    with pytest.raises(BadAddress, match="--insecure"):
        NimClient.http(typed)
    assert NimClient.http(typed, insecure=True).place == typed


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "ftp://nim.example.com",
        "file:///etc/passwd",
        "https://user:secret@nim.example.com",
        "https://nim.example.com/?x=1",
        "https://nim.example.com/#x",
        "https://nim.example.com:0x50",
        "https://nim.example.com:99999",
        "https://[::1",
        "https://nim.example.com/a b",
        "https://nim\x1b.example.com",
        "https://ním.example.com",
        "http://127.0.0.1\\@nim.example.com",
    ],
)
def test_odd_addresses_are_refused_without_repeating_them(typed: str) -> None:
    with pytest.raises(BadAddress) as caught:
        NimClient.http(typed)
    assert "secret" not in caught.value.message
    assert caught.value.message.isprintable()
