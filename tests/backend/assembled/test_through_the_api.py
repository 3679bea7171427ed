"""Hostile tokens, a key server that is away, and what a move asks of AWS: through the whole API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest

from backend.adapters.cognito import key_set
from backend.bootstrap import Backend, assemble, straight_to_aws
from tests.aws_calls import watched
from tests.aws_engines import Cloud
from tests.backend.adapters.cognito.test_token_verifier import HOSTILE
from tests.backend.adapters.dynamodb.tutorial import TutorialClient
from tests.backend.adapters.identity import claims_of, unsigned, with_other_claims
from tests.backend.assembled.test_whole_way import PASSWORD, signed
from tests.support import free_port


@dataclass
class Fetches:
    """How often the key set was read over the network."""

    count: int = 0


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> Fetches:
    """Counts from here on, so it must come before the backend."""
    counted = Fetches()
    read = key_set._read

    def counting(url: str) -> bytes:
        counted.count += 1
        return read(url)

    monkeypatch.setattr(key_set, "_read", counting)
    return counted


async def test_hostile_tokens_are_401_and_cost_one_fetch_of_the_keys(
    fetches: Fetches, http: httpx.AsyncClient
) -> None:
    genuine = await signed(http, "anna")
    token = genuine["Authorization"].removeprefix("Bearer ")
    login = await http.post("/login", json={"username": "anna", "password": PASSWORD})
    other_key = {"kid": "unknown-to-the-pool"}
    forged = {
        "no signature": unsigned(token),
        "an unknown key": jwt.encode(claims_of(token), "x" * 32, "HS256", headers=other_key),
        "another name": with_other_claims(token, **{"cognito:username": "bert"}),
        "a refresh token": login.json()["refreshToken"],
        **HOSTILE,
    }
    for what, hostile in forged.items():
        for header in (hostile, f"Bearer {hostile}"):
            raw = header.encode("utf-8", "surrogatepass")
            answer = await http.get("/games", headers={b"Authorization": raw})
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), what
    assert (await http.get("/games", headers=genuine)).status_code == 200
    assert fetches.count == 1


async def test_an_access_token_is_not_accepted_as_an_id_token(
    cloud: Cloud, http: httpx.AsyncClient
) -> None:
    await signed(http, "anna")
    answer = (
        cloud.aws()
        .client("cognito-idp")
        .admin_initiate_auth(
            UserPoolId=cloud.pool.pool_id,
            ClientId=cloud.pool.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "anna", "PASSWORD": PASSWORD},
        )
    )
    access = answer["AuthenticationResult"]["AccessToken"]
    refused = await http.get("/games", headers={"Authorization": access})
    assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")


@pytest.fixture
async def away(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Backend]:
    """A backend whose Cognito, and so whose keys, are where nobody listens."""
    nobody = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", nobody)
    made = straight_to_aws()
    yield made
    await made.close()


async def test_without_keys_it_is_503_and_says_when_to_try_again(
    http: httpx.AsyncClient, away: Backend
) -> None:
    token = await signed(http, "anna")
    transport = httpx.ASGITransport(away.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as client:
        answer = await client.get("/games", headers=token)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert float(answer.headers["Retry-After"]) > 0


@pytest.fixture
async def silent(backend: Backend) -> AsyncIterator[httpx.AsyncClient]:
    """The same backend with nobody who sends notices, which have calls of their own."""
    service = backend.service
    made = assemble(games=service.games, people=service.people, store_name="dynamodb", holds=False)
    transport = httpx.ASGITransport(made.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as client:
        yield client


async def test_a_move_asks_nothing_of_cognito_and_one_write_of_dynamodb(
    backend: Backend, silent: httpx.AsyncClient
) -> None:
    http = silent
    tokens = {name: await signed(http, name) for name in ("anna", "bert")}
    game = (await http.post("/games", json={"opponent": "bert"}, headers=tokens["anna"])).json()
    path = f"/games/{game['gameId']}"
    move: dict[str, Any] = {"changedHeap": "heap1", "changedHeapValue": 3, "version": 0}
    people: Any = backend.service.people
    with watched(people._aws, "cognito-idp", "dynamodb") as calls:
        assert (await http.post(path, json=move, headers=tokens["bert"])).status_code == 200
        assert calls.operations == ["UpdateItem"]
        assert (await http.post(path, json=move, headers=tokens["anna"])).status_code == 409
        assert calls.operations == ["UpdateItem", "UpdateItem"]
        calls.clear()
        # A known opponent is not looked up a second time.
        await http.post("/games", json={"opponent": "bert"}, headers=tokens["anna"])
        assert calls.operations == ["BatchGetItem", "Query", "PutItem"]


async def test_a_move_of_the_tutorials_client_makes_another_etag(
    cloud: Cloud, http: httpx.AsyncClient
) -> None:
    tokens = {name: await signed(http, name) for name in ("anna", "bert")}
    game = (await http.post("/games", json={"opponent": "bert"}, headers=tokens["anna"])).json()
    path = f"/games/{game['gameId']}"
    tutorial = TutorialClient(cloud.aws().client("dynamodb"), cloud.table)
    for address in (path, "/games"):
        before = await http.get(address, headers=tokens["anna"])
        known = {**tokens["anna"], "If-None-Match": before.headers["ETag"]}
        assert (await http.get(address, headers=known)).status_code == 304
        user, left = ("bert", 3) if address == path else ("anna", 1)
        tutorial.move(game["gameId"], user, 2, left)
        after = await http.get(address, headers=known)
        assert after.status_code == 200
        assert after.headers["ETag"] != before.headers["ETag"]


async def test_an_item_that_the_tutorials_script_put_is_played_to_its_end(
    cloud: Cloud, http: httpx.AsyncClient
) -> None:
    names = ("myfirstuser", "theseconduser")
    tokens = {name: await signed(http, name) for name in names}
    tutorial = TutorialClient(cloud.aws().client("dynamodb"), cloud.table)
    tutorial.put("5b5ee7d8", *names)
    mover, waiter = names[1], names[0]
    for heap in (1, 2, 3):
        move = {"changedHeap": f"heap{heap}", "changedHeapValue": 0}
        answer = await http.post("/games/5b5ee7d8", json=move, headers=tokens[mover])
        assert answer.status_code == 200
        mover, waiter = waiter, mover
    ended = answer.json()
    assert (ended["winner"], ended["endedBy"]) == (names[0], "play")
    done = (await http.get("/games?state=done", headers=tokens[waiter])).json()
    assert done["games"] == [ended]
