"""From registration to the last object, over the real adapters: through the API and the client."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from backend.domain.errors import GameOver, NotSignedIn, UserExists, WrongPassword
from nim_tui.client import CannotOpen, NimClient
from tests.aws_engines import Cloud

PASSWORD = "Password1"
PHONE = "+15555555555"


async def signed(http: httpx.AsyncClient, name: str) -> dict[str, str]:
    """A new account's header for signed requests."""
    form = {
        "username": name,
        "password": PASSWORD,
        "email": f"{name}@example.com",
        "phoneNumber": PHONE,
    }
    assert (await http.post("/users", json=form)).status_code == 200
    answer = await http.post("/login", json={"username": name, "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["expiresIn"] > 60
    return {"Authorization": f"Bearer {answer.json()['idToken']}"}


async def test_two_people_play_a_game_to_its_end_through_the_api(http: httpx.AsyncClient) -> None:
    tokens = {name: await signed(http, name) for name in ("anna", "bert")}

    async def post(name: str, path: str, body: Any = None) -> httpx.Response:
        return await http.post(path, json=body, headers=tokens[name])

    wish = {"opponent": "BERT", "requestId": "once", "heaps": [2, 1, 0]}
    game = (await post("anna", "/games", wish)).json()
    assert (game["user1"], game["user2"], game["turn"]) == ("anna", "bert", "bert")
    assert (await post("anna", "/games", wish)).json() == game
    path = f"/games/{game['gameId']}"

    move = {"changedHeap": "heap1", "changedHeapValue": 0, "version": 0}
    moved = await post("bert", path, move)
    assert moved.status_code == 200
    refused = await post("bert", path, {**move, "version": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_your_turn")
    assert refused.json()["game"] == moved.json()
    assert (await post("bert", path, move)).json() == moved.json()  # a repeat

    await _not_held(http, tokens["anna"], [moved.json()])
    last = await post("anna", path, {"changedHeap": "heap2", "changedHeapValue": 0, "version": 1})
    ended = last.json()
    assert (ended["winner"], ended["endedBy"], ended["state"]) == ("bert", "play", "done")
    assert (await http.get(path, headers=tokens["bert"])).json() == ended
    done = (await http.get("/games?state=done", headers=tokens["bert"])).json()
    assert done["games"] == [ended]
    assert (await http.get("/games", headers=tokens["bert"])).json()["games"] == []

    rematches = [(await post(name, f"{path}/rematch")).json() for name in ("anna", "bert")]
    assert rematches[0] == rematches[1]
    assert (rematches[0]["user1"], rematches[0]["start"]) == ("bert", [2, 1, 0])
    declined = await post("anna", f"/games/{rematches[0]['gameId']}/decline")
    assert (declined.json()["endedBy"], declined.json()["winner"]) == ("decline", None)


async def _not_held(http: httpx.AsyncClient, token: dict[str, str], games: list[Any]) -> None:
    """Answers are not held straight on AWS: they say when to look again."""
    listed = await http.get("/games", headers=token)
    assert listed.json()["games"] == games
    assert float(listed.headers["Retry-After"]) > 0
    known = {"If-None-Match": listed.headers["ETag"], "Prefer": "wait=20"}
    again = await http.get("/games", headers={**token, **known})
    assert again.status_code == 304
    assert "Preference-Applied" not in again.headers


async def test_the_profile_can_be_read_and_changed(http: httpx.AsyncClient) -> None:
    token = await signed(http, "anna")
    change = {"phoneNumber": "+4915555555555", "notices": "none"}
    proof = {"password": PASSWORD}
    assert (await http.patch("/me", json=change | proof, headers=token)).status_code == 200
    me = (await http.get("/me", headers=token)).json()
    assert {"username": "anna", "email": "anna@example.com", **change}.items() <= me.items()
    refused = await http.patch("/me", json={"phoneNumber": None} | proof, headers=token)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request")


async def test_two_clients_play_straight_on_aws_and_sign_out(cloud: Cloud) -> None:
    anna, bert = NimClient.aws(), NimClient.aws()
    assert anna.place == f"aws:us-east-1/{cloud.pool.pool_id}"
    try:
        for client, name in ((anna, "anna"), (bert, "bert")):
            await client.register(name, PASSWORD, f"{name}@example.com", PHONE)
            await client.sign_in(name.upper(), PASSWORD)
            assert client.username == name
        with pytest.raises(UserExists):
            await anna.register("Bert", PASSWORD, "other@example.com", PHONE)
        with pytest.raises(WrongPassword):
            await bert.sign_in("bert", "Wrong-Password-1")

        game = await anna.new_game(
            "bert", heaps=(1, 1, 0), rule="normal", days_per_move=3, request_id="r"
        )
        assert [listed.game_id for listed in (await bert.games()).games] == [game.game_id]
        game = await bert.move(game, 1, 0)
        assert game.deadline is not None
        game = await anna.move(game, 2, 0)
        assert (game.winner, game.ended_by) == ("anna", "play")
        with pytest.raises(GameOver):
            await bert.resign(game.game_id)

        token = bert.refresh_token
        assert token is not None
        await bert.sign_out()
        with pytest.raises(NotSignedIn):
            await bert.games()
    finally:
        await anna.close()
        await bert.close()


async def test_without_a_pool_the_client_says_what_to_run(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("USER_POOL_ID")
    client = NimClient.aws()
    try:
        with pytest.raises(CannotOpen) as refused:
            await client.sign_in("anna", PASSWORD)
        assert "USER_POOL_ID" in refused.value.message
        assert "nim-backend aws create" in refused.value.message
    finally:
        await client.close()


async def test_a_move_on_the_board_is_a_conditional_write_in_the_table(
    cloud: Cloud, http: httpx.AsyncClient
) -> None:
    """What the API plays is what the tutorial's attributes in the table say."""
    tokens = {name: await signed(http, name) for name in ("anna", "bert")}
    game = (await http.post("/games", json={"opponent": "bert"}, headers=tokens["anna"])).json()
    move = {"changedHeap": "heap3", "changedHeapValue": 1}
    await http.post(f"/games/{game['gameId']}", json=move, headers=tokens["bert"])
    item = (
        cloud.aws()
        .client("dynamodb")
        .get_item(TableName=cloud.table, Key={"gameId": {"S": game["gameId"]}})["Item"]
    )
    board = {name: item[name] for name in ("user1", "user2", "lastMoveBy")}
    assert board == {"user1": {"S": "anna"}, "user2": {"S": "bert"}, "lastMoveBy": {"S": "bert"}}
    assert [item[f"heap{heap}"]["N"] for heap in (1, 2, 3)] == ["5", "4", "1"]
