"""Every route with its statuses and codes, in their order."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.backend.api.table import PASSWORD, Table

FORM = {
    "username": "Carla",
    "password": PASSWORD,
    "email": "carla@example.com",
    "phoneNumber": "+15555555555",
}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_the_tutorials_requests_play_a_game_unchanged(http: httpx.AsyncClient) -> None:
    first = {
        "username": "myfirstuser",
        "password": "Password1",
        "phoneNumber": "+15555555555",
        "email": "test@email.com",
    }
    second = first | {"username": "theseconduser"}
    assert (await http.post("/users", json=first)).json()["username"] == "myfirstuser"
    assert (await http.post("/users", json=second)).status_code == 200
    tokens = []
    for name in ("myfirstuser", "theseconduser"):
        login = await http.post("/login", json={"username": name, "password": "Password1"})
        tokens.append(login.json()["idToken"])
    mine, theirs = ({"Authorization": token} for token in tokens)
    created = await http.post("/games", json={"opponent": "theseconduser"}, headers=mine)
    game = created.json()
    assert (game["user1"], game["user2"]) == ("myfirstuser", "theseconduser")
    assert (game["heap1"], game["heap2"], game["heap3"]) == (5, 4, 5)
    assert game["lastMoveBy"] == "myfirstuser"
    path = f"/games/{game['gameId']}"
    assert (await http.get(path, headers=mine)).json() == game
    body = {"changedHeap": "heap1", "changedHeapValue": 0}
    moved = await http.post(path, json=body, headers=theirs)
    assert moved.status_code == 200
    assert (moved.json()["heap1"], moved.json()["lastMoveBy"]) == (0, "theseconduser")


async def test_registering_answers_the_account_and_a_name_is_taken_once(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.post("/users", json=FORM)
    assert answer.status_code == 200
    assert answer.json() == {
        "username": "Carla",
        "email": "carla@example.com",
        "phoneNumber": "+15555555555",
    }
    again = await http.post("/users", json=FORM | {"username": "cARLA"})
    assert code(again) == (409, "user_exists")


async def test_all_faulty_fields_of_a_registration_are_named_at_once(
    http: httpx.AsyncClient,
) -> None:
    form = {"username": "x", "password": "short", "email": "nobody", "phoneNumber": "555"}
    answer = await http.post("/users", json=form)
    assert code(answer) == (400, "bad_request")
    assert set(answer.json()["fields"]) == {"username", "password", "email", "phoneNumber"}


async def test_signing_in_refreshing_and_signing_out(http: httpx.AsyncClient) -> None:
    await http.post("/users", json=FORM)
    wrong = await http.post("/login", json={"username": "Carla", "password": "Password2"})
    nobody = await http.post("/login", json={"username": "Nobody", "password": "Password2"})
    assert code(wrong) == code(nobody) == (401, "wrong_password")
    assert wrong.headers["www-authenticate"] == "Bearer"
    login = await http.post("/login", json={"username": "carla", "password": PASSWORD})
    assert set(login.json()) == {"idToken", "refreshToken", "expiresIn"}
    old = {"refreshToken": login.json()["refreshToken"]}
    fresh = await http.post("/login/refresh", json=old)
    assert set(fresh.json()) == {"idToken", "refreshToken", "expiresIn"}
    headers = {"Authorization": f"Bearer {fresh.json()['idToken']}"}
    assert (await http.get("/me", headers=headers)).json()["username"] == "Carla"
    out = await http.post("/logout", json=old)
    assert (out.status_code, out.content) == (204, b"")
    assert code(await http.post("/login/refresh", json=old)) == (401, "not_signed_in")
    assert (await http.post("/logout", json={"refreshToken": "unknown"})).status_code == 204


@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer ", "BEARER   "])
async def test_a_token_comes_bare_or_after_bearer(table: Table, scheme: str) -> None:
    headers = {"Authorization": scheme + table.token("Anna")}
    assert (await table.http.get("/games", headers=headers)).status_code == 200


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Basic QTpC", "x" * 9000, "ä b"])
async def test_without_a_good_token_nobody_is_signed_in(
    http: httpx.AsyncClient, value: str | None
) -> None:
    headers = [] if value is None else [(b"Authorization", value.encode())]
    for method, path in (
        ("GET", "/games"),
        ("POST", "/games"),
        ("GET", "/games/abcdefgh"),
        ("POST", "/games/abcdefgh"),
        ("POST", "/games/abcdefgh/resign"),
        ("GET", "/me"),
        ("PATCH", "/me"),
    ):
        answer = await http.request(method, path, headers=headers)
        assert code(answer) == (401, "not_signed_in"), (method, path)


async def test_a_new_game_and_who_it_can_be_with(table: Table) -> None:
    game = await table.start("Anna", "bert", heaps=[1, 0, 2], rule="normal", daysPerMove=3)
    assert (game["user2"], game["turn"], game["state"]) == ("Bert", "Bert", "open")
    assert (game["start"], game["rule"], game["version"]) == ([1, 0, 2], "normal", 0)
    assert game["deadline"].endswith("Z")
    assert game["moves"] == []
    nobody = await table.post("Anna", "/games", {"opponent": "nobody"})
    assert code(nobody) == (404, "no_such_player")
    herself = await table.post("Anna", "/games", {"opponent": "anna"})
    assert code(herself) == (400, "bad_request")
    assert set(herself.json()["fields"]) == {"opponent"}


async def test_the_same_request_id_is_the_same_game(table: Table) -> None:
    first = await table.start("Anna", "Bert", requestId="one")
    again = await table.start("Anna", "Bert", requestId="one")
    other = await table.start("Anna", "Bert", requestId="two")
    assert first["gameId"] == again["gameId"] != other["gameId"]


async def test_the_list_has_its_order_its_pages_and_its_states(table: Table) -> None:
    games = [await table.start("Anna", "Bert") for _ in range(3)]
    await table.move("Bert", games[0], "heap1", 0)
    mine = (await table.get("Anna", "/games")).json()["games"]
    assert [game["gameId"] for game in mine] == [games[i]["gameId"] for i in (0, 1, 2)]
    theirs = (await table.get("Bert", "/games")).json()["games"]
    assert [game["gameId"] for game in theirs] == [games[i]["gameId"] for i in (1, 2, 0)]
    page = (await table.get("Bert", "/games?limit=2")).json()
    rest = (await table.get("Bert", f"/games?limit=2&cursor={page['cursor']}")).json()
    assert page["games"] + rest["games"] == theirs
    assert rest["cursor"] is None
    assert (await table.get("Bert", "/games?state=done")).json()["games"] == []
    stolen = await table.get("Anna", f"/games?cursor={page['cursor']}")
    assert code(stolen) == (400, "bad_request")
    assert set(stolen.json()["fields"]) == {"cursor"}


async def test_refused_moves_carry_the_board_in_the_order_of_their_reasons(table: Table) -> None:
    await table.join("Carl")
    game = await table.start("Anna", "Bert", heaps=[2, 0, 1])
    assert code(await table.move("Carl", game, "heap1", 9)) == (404, "no_such_game")
    refused = await table.move("Anna", game, "heap1", 9)
    assert code(refused) == (409, "not_your_turn")
    assert refused.json()["game"] == game
    assert code(await table.move("Anna", game, "heap1", 9, version=4)) == (409, "stale")
    assert code(await table.move("Bert", game, "heap1", 2)) == (400, "illegal_move")
    assert code(await table.move("Bert", game, "heap2", -1)) == (400, "illegal_move")
    moved = await table.move("Bert", game, "heap1", 0, version=0)
    assert moved.json()["version"] == 1
    assert (await table.move("Bert", game, "heap1", 0, version=0)).json() == moved.json()
    assert code(await table.move("Bert", game, "heap1", 0)) == (409, "not_your_turn")
    over = (await table.move("Anna", game, "heap3", 0, version=1)).json()
    assert (over["state"], over["winner"], over["endedBy"]) == ("done", "Bert", "play")
    assert (over["turn"], over["lastMoveBy"]) == (None, "Anna")
    assert code(await table.move("Bert", game, "heap1", 9, version=0)) == (409, "game_over")
    assert (await table.move("Bert", game, "heap1", 0, version=0)).json() == over


@pytest.mark.parametrize(
    ("who", "how", "winner", "ended_by"),
    [("Anna", "resign", "Bert", "resign"), ("Bert", "decline", None, "decline")],
)
async def test_endings_without_a_move(
    table: Table, who: str, how: str, winner: str | None, ended_by: str
) -> None:
    game = await table.start("Anna", "Bert")
    path = f"/games/{game['gameId']}"
    assert code(await table.post("Anna", f"{path}/claim")) == (409, "not_expired")
    assert code(await table.post("Anna", f"{path}/decline")) == (409, "not_your_turn")
    assert code(await table.post("Anna", f"{path}/rematch")) == (409, "not_over")
    ended = (await table.post(who, f"{path}/{how}")).json()
    assert (ended["winner"], ended["endedBy"], ended["version"]) == (winner, ended_by, 1)
    for ending in ("resign", "claim", "decline"):
        assert code(await table.post("Bert", f"{path}/{ending}")) == (409, "game_over")
    one = (await table.post("Anna", f"{path}/rematch")).json()
    two = (await table.post("Bert", f"{path}/rematch", {})).json()
    assert one == two
    assert (one["user1"], one["user2"], one["rematchOf"]) == ("Bert", "Anna", game["gameId"])


async def test_the_own_account_and_its_changes(table: Table) -> None:
    me: dict[str, Any] = (await table.get("Anna", "/me")).json()
    assert set(me) == {
        "username", "email", "emailConfirmed", "phoneNumber", "phoneConfirmed",
        "notices", "ntfyTopic", "noticeProblem",
    }  # fmt: skip
    headers = {"Authorization": table.token("Anna")}
    changed = await table.http.patch(
        "/me",
        json={"phoneNumber": "+4915112345678", "notices": "none", "password": PASSWORD},
        headers=headers,
    )
    assert (changed.json()["phoneNumber"], changed.json()["notices"]) == ("+4915112345678", "none")
    assert (await table.http.patch("/me", json={}, headers=headers)).json() == changed.json()
    clear = {"phoneNumber": None, "password": PASSWORD}
    cleared = await table.http.patch("/me", json=clear, headers=headers)
    assert (cleared.json()["phoneNumber"], cleared.json()["notices"]) == (None, "none")
    bad = await table.http.patch("/me", json=clear | {"phoneNumber": "123"}, headers=headers)
    assert set(bad.json()["fields"]) == {"phoneNumber"}


async def test_health_and_the_description_need_no_token(http: httpx.AsyncClient) -> None:
    assert (await http.get("/health")).json() == {"status": "ok", "store": "sqlite"}
    assert (await http.get("/openapi.json")).json()["openapi"].startswith("3.1")
    head = await http.head("/health")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", ["/", "/game", "/games/", "/games/a/b", "/games/a/resign/x", "//"])
async def test_an_unknown_address_gives_no_such_route(http: httpx.AsyncClient, path: str) -> None:
    assert code(await http.get(path)) == (404, "no_such_route")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/games", "GET, HEAD, POST"),
        ("PUT", "/games/abcdefgh", "GET, HEAD, POST"),
        ("GET", "/login", "POST"),
        ("OPTIONS", "/me", "DELETE, GET, HEAD, PATCH"),
        ("POST", "/health", "GET, HEAD"),
    ],
)
async def test_another_method_is_refused_and_the_right_ones_named(
    http: httpx.AsyncClient, method: str, path: str, allow: str
) -> None:
    answer = await http.request(method, path)
    assert code(answer) == (405, "bad_method")
    assert answer.headers["allow"] == allow


async def test_every_error_carries_the_id_of_its_request(http: httpx.AsyncClient) -> None:
    answer = await http.get("/nowhere")
    assert answer.json()["requestId"] == answer.headers["x-request-id"]
