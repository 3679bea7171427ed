"""Whatever is sent, the answer is a 4xx that names the field, and never an internal error."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, MutableMapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.bootstrap import Backend
from tests.backend.api.people import MemoryPeople
from tests.backend.api.table import PASSWORD, Table

KIB = 1024
MOVE = {"changedHeap": "heap1", "changedHeapValue": 0, "version": 0}
FORM: dict[str, Any] = {"username": "Carla", "password": PASSWORD, "email": "carla@example.com"}

NAMES = [
    "car\x00la",
    "car\x1b[2Jla",
    "car\nla",
    "[red]carla[/]",
    "[@click=app.quit]x[/]",
    "<b>carla</b>",
    "cärla",
    "carla ",
    "caRLa\u202e",
    "\u0441arla",
    "",
    "abc",
    "a" * 21,
    "a" * 199,
]


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_takes_plain_letters_only(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.post("/users", json=FORM | {"username": name})
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"username"}
    assert "\x1b" not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (MOVE | {"changedHeapValue": "0"}, "changedHeapValue"),
        (MOVE | {"changedHeapValue": True}, "changedHeapValue"),
        (MOVE | {"changedHeapValue": 0.5}, "changedHeapValue"),
        (MOVE | {"changedHeapValue": None}, "changedHeapValue"),
        (MOVE | {"changedHeapValue": 10**30}, "changedHeapValue"),
        (MOVE | {"changedHeapValue": [0]}, "changedHeapValue"),
        (MOVE | {"changedHeap": "heap4"}, "changedHeap"),
        (MOVE | {"changedHeap": "HEAP1"}, "changedHeap"),
        (MOVE | {"changedHeap": 1}, "changedHeap"),
        (MOVE | {"version": -1}, "version"),
        (MOVE | {"version": "0"}, "version"),
        (MOVE | {"version": False}, "version"),
        (MOVE | {"heaps": [0, 0, 1]}, "heaps"),
        (MOVE | {"lastMoveBy": "Anna"}, "lastMoveBy"),
        ({"changedHeap": "heap1"}, "changedHeapValue"),
        ({"changedHeapValue": 1}, "changedHeap"),
    ],
)
async def test_a_faulty_move_names_its_field(table: Table, body: Any, field: str) -> None:
    game = await table.start("Anna", "Bert")
    answer = await table.post("Bert", f"/games/{game['gameId']}", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_request"
    assert set(answer.json()["fields"]) == {field}
    kept = await table.get("Anna", f"/games/{game['gameId']}")
    assert kept.json() == game


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"heaps": [5, 4]}, "heaps"),
        ({"heaps": [0, 1, 0]}, "heaps"),
        ({"heaps": [21, 1, 1]}, "heaps"),
        ({"heaps": [-1, 5, 5]}, "heaps"),
        ({"heaps": [10**25, 1, 1]}, "heaps"),
        ({"heaps": [1.5, 1, 1]}, "heaps"),
        ({"heaps": [True, 1, 1]}, "heaps"),
        ({"heaps": "5,4,5"}, "heaps"),
        ({"rule": "Misere"}, "rule"),
        ({"daysPerMove": 0}, "daysPerMove"),
        ({"daysPerMove": 15}, "daysPerMove"),
        ({"daysPerMove": 2.5}, "daysPerMove"),
        ({"requestId": ""}, "requestId"),
        ({"requestId": "x" * 101}, "requestId"),
        ({"opponent": ["Bert"]}, "opponent"),
        ({"opponent": "x" * 201}, "opponent"),
        ({"user1": "Bert"}, "user1"),
    ],
)
async def test_a_faulty_new_game_names_its_field(
    table: Table, wish: dict[str, Any], field: str
) -> None:
    answer = await table.post("Anna", "/games", {"opponent": "Bert"} | wish)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {field}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"5",
        b"\xff\xfe{}",
        b'{"username": "\xff\xff\xff\xff"}',
        b'{"username": "\\ud800abc", "password": "Password1", "email": "a@example.com"}',
        b"[" * 10_000,
        b'{"username":' * 1000,
        b"{" + b'"a":1,' * 2000,
        b"\x00",
        b"username=Carla",
    ],
)
@pytest.mark.parametrize("path", ["/users", "/login", "/login/refresh", "/logout"])
async def test_a_body_that_is_not_a_json_object_is_refused(
    http: httpx.AsyncClient, path: str, body: bytes
) -> None:
    answer = await http.post(path, content=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_request"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=1.5", "limit"),
        ("limit=", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=1&limit=2", "limit"),
        ("state=Open", "state"),
        ("state=", "state"),
        ("cursor=", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=ä", "cursor"),
        ("cursor=" + "A" * 2000, "cursor"),
        ("cursor=AAAAAAAAAAAAAAAA", "cursor"),
        ("page=2", "page"),
    ],
)
async def test_nonsense_in_the_query_names_the_parameter(
    table: Table, query: str, field: str
) -> None:
    answer = await table.get("Anna", f"/games?{query}")
    assert answer.status_code == 400, answer.text
    assert set(answer.json()["fields"]) == {field}


@pytest.mark.parametrize(
    "game_id", ["x" * 65, "%00", "a%0Ab", "%F0%9F%98%80", "a.b", "'--", "%ff", "..", "a b"]
)
async def test_an_odd_game_id_gives_no_such_game(table: Table, game_id: str) -> None:
    for answer in (
        await table.get("Anna", f"/games/{game_id}"),
        await table.post("Anna", f"/games/{game_id}", MOVE),
        await table.post("Anna", f"/games/{game_id}/resign"),
    ):
        assert answer.status_code == 404
        assert answer.json()["code"] in ("no_such_game", "no_such_route")


async def test_a_body_of_16_kib_is_read_and_a_larger_one_is_not(http: httpx.AsyncClient) -> None:
    small = json.dumps({"refreshToken": "x" * 8000}).encode()
    answer = await http.post("/logout", content=small.ljust(16 * KIB))
    assert answer.status_code == 204
    answer = await http.post("/logout", content=small.ljust(16 * KIB + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_large_body_of_unknown_length_is_refused_too(http: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(3000):
            yield b"x" * KIB

    answer = await http.post("/logout", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("cut", [0, 1, 2])
async def test_a_body_that_a_disconnect_cuts_off_is_not_processed(
    backend: Backend, people: MemoryPeople, cut: int
) -> None:
    """Even where what has arrived is a whole form: more was announced."""
    whole = json.dumps(FORM).encode()
    parts = [whole[:20], whole[20:], b" "]
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": part, "more_body": True} for part in parts[: cut + 1]
    ]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/users", "query_string": b""}
    await backend.app(scope | {"headers": [(b"content-length", b"999")]}, receive, send)
    assert sent[0]["status"] == 400
    assert await people.players() == []


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "9" * 30])
async def test_a_nonsense_length_is_refused(http: httpx.AsyncClient, length: str) -> None:
    answer = await http.post("/logout", content=b"{}", headers={"Content-Length": length})
    assert answer.status_code == 413


async def test_a_route_without_fields_refuses_fields(table: Table) -> None:
    game = await table.start("Anna", "Bert")
    answer = await table.post("Anna", f"/games/{game['gameId']}/resign", {"winner": "Anna"})
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"winner"}


async def test_an_unexpected_error_is_reported_without_its_details(
    table: Table, people: MemoryPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: str) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(people, "find", broken)
    answer = await table.get("Anna", "/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert "secret" not in answer.text
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["heap1", "heap2", "Anna", "Bert", "misere"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    (
        *("username", "password", "email", "phoneNumber", "newPassword", "refreshToken"),
        *("opponent", "heaps", "rule", "daysPerMove", "requestId", "notices", "", "x"),
        *("changedHeap", "changedHeapValue", "version"),
    )
)
PATHS = st.sampled_from(
    (
        *("/users", "/login", "/login/refresh", "/logout", "/games", "/games/GAME", "/me"),
        *(f"/games/GAME/{how}" for how in ("resign", "claim", "decline", "rematch")),
    )
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(path=PATHS, body=st.dictionaries(FIELDS, ANYTHING, max_size=5), odd=st.text(max_size=12))
async def test_no_body_is_ever_an_internal_error(
    table: Table, path: str, body: dict[str, Any], odd: str
) -> None:
    game_id = odd and quote(odd, safe="")
    path = path.replace("GAME", game_id or "abcdefgh")
    method = "PATCH" if path == "/me" else "POST"
    headers = {"Authorization": table.token("Anna")}
    answer = await table.http.request(method, path, content=json.dumps(body), headers=headers)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()["code"]
        assert answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/me"), ("POST", "/login"), ("POST", "/users"), ("POST", "/games")],
)
async def test_a_required_body_that_is_missing_is_refused(
    table: Table, method: str, path: str
) -> None:
    headers = {"Authorization": table.token("Anna")}
    answer = await table.http.request(method, path, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_request"
