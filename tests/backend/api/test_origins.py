"""Pages of other sites, and names that are not this server's, reach nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.api.origins import Origins, origin_of
from backend.bootstrap import assemble
from tests.backend.api.people import MemoryPeople

FORM = {"username": "Anna", "password": "Password1", "email": "anna@example.com"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    made = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")),
        people=MemoryPeople(),
        store_name="sqlite",
        origins=Origins(loopback=True, public_url="https://nim.example.com"),
    )
    transport = httpx.ASGITransport(made.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client
    await made.close()


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://127.0.0.1:3000",
        "http://localhost:8000",
        "https://127.0.0.1:8000",
        "http://127.0.0.1:8000.evil.example",
        "http://nim.example.com",
        "https://nim.example.com:8443",
        "https://nim.example.com.evil.example",
        "https://evil.example/https://nim.example.com",
        "file://",
        "null",
        "",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/users"), ("GET", "/health"), ("GET", "/games"), ("OPTIONS", "/users"),
     ("PUT", "/nowhere")],
)  # fmt: skip
async def test_a_foreign_origin_is_refused_on_every_route(
    http: httpx.AsyncClient, origin: str, method: str, path: str
) -> None:
    answer = await http.request(method, path, json=FORM, headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign_origin"
    assert (await http.post("/login", json=FORM)).status_code == 400  # an unknown field
    assert (await http.post("/users", json=FORM)).status_code == 200, "nobody has that name yet"


async def test_two_origins_are_none_of_ours(http: httpx.AsyncClient) -> None:
    own = ("Origin", "https://nim.example.com")
    answer = await http.get("/health", headers=[own, own])
    assert answer.json()["code"] == "foreign_origin"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("nim.example.com", "https://nim.example.com"),
        ("127.0.0.1:8000", "https://NIM.example.com"),
    ],
)
async def test_its_own_origins_are_served(http: httpx.AsyncClient, host: str, origin: str) -> None:
    headers = {"Host": host, "Origin": origin}
    assert (await http.get("/health", headers=headers)).status_code == 200
    assert (await http.post("/users", json=FORM, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "",
     "application/jsonp", "text/plain; application/json", None],
)  # fmt: skip
async def test_a_browser_sends_json_and_says_so(http: httpx.AsyncClient, kind: str | None) -> None:
    headers = {"Origin": "http://127.0.0.1:8000"}
    if kind is not None:
        headers["Content-Type"] = kind
    body = httpx.Request("POST", "http://x", json=FORM).content
    answer = await http.post("/users", content=body, headers=headers)
    assert answer.status_code == 400
    assert "application/json" in answer.json()["message"]
    for right in ("application/json", "Application/JSON; charset=utf-8"):
        answer = await http.post("/users", content=body, headers=headers | {"Content-Type": right})
        assert answer.status_code in (200, 409)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", None])
async def test_a_script_may_send_what_curl_sends(http: httpx.AsyncClient, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    body = httpx.Request("POST", "http://x", json=FORM).content
    assert (await http.post("/users", content=body, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example",
     "192.168.1.5:8000", "8.8.8.8", "0.0.0.0:8000", "127.0.0.1:8000@evil.example", "[::2]",
     "nim.example.com.evil.example", "x", "2130706433", ""],
)  # fmt: skip
async def test_on_loopback_a_foreign_host_is_refused(http: httpx.AsyncClient, host: str) -> None:
    for method, path in (("POST", "/users"), ("GET", "/health"), ("GET", "/nowhere")):
        answer = await http.request(method, path, json=FORM, headers={"Host": host})
        assert answer.status_code == 400
        assert answer.json()["code"] == "bad_request"
    assert (await http.post("/users", json=FORM)).status_code == 200, "nobody has that name yet"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8000", "127.8.9.1:1", "localhost", "LOCALHOST:8000", "localhost.",
     "[::1]", "[::1]:9000", "nim.example.com", "Nim.Example.com:443"],
)  # fmt: skip
async def test_on_loopback_its_own_hosts_are_served(http: httpx.AsyncClient, host: str) -> None:
    assert (await http.get("/health", headers={"Host": host})).status_code == 200


async def test_elsewhere_any_host_is_served_but_only_an_address_makes_an_origin_its_own() -> None:
    made = assemble(
        games=SqliteGameStore(Database("/nowhere/games.db")),
        people=MemoryPeople(),
        store_name="sqlite",
    )
    transport = httpx.ASGITransport(made.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://192.0.2.9") as http:
        headers = {"Host": "nim.lan:8000"}
        assert (await http.get("/health", headers=headers)).status_code == 200
        # Whoever owns that name may point it at this server.
        headers["Origin"] = "http://nim.lan:8000"
        assert (await http.get("/health", headers=headers)).status_code == 403
        headers = {"Origin": "http://192.0.2.9"}
        assert (await http.get("/health", headers=headers)).status_code == 200
    await made.close()


def test_an_origin_as_browsers_write_it() -> None:
    assert origin_of("https://Nim.example.com:443/play") == "https://nim.example.com"
    assert origin_of("http://nim.example.com:8080") == "http://nim.example.com:8080"
    assert origin_of("https://[2001:db8::1]") == "https://[2001:db8::1]"
