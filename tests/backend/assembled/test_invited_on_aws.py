"""From a closed pool to the first move: an invitation on DynamoDB registers one person."""

from __future__ import annotations

import os

import httpx

from backend import bootstrap
from backend.config.settings import aws_settings
from tests.aws_engines import Cloud

PASSWORD = "Passw0rd"


async def signed_in(http: httpx.AsyncClient, name: str) -> dict[str, str]:
    """The headers of a player's requests."""
    answer = await http.post("/login", json={"username": name, "password": PASSWORD})
    return {"Authorization": answer.json()["idToken"]}


async def test_the_backend_creates_the_account_and_cognito_says_nothing(cloud: Cloud) -> None:
    settings = aws_settings(os.environ)
    people = bootstrap.on_aws(settings, holds=False)
    made = bootstrap.on_aws(
        settings, holds=False, registration_open=False, invitations_register=True
    )
    form = {"password": PASSWORD, "email": "a@example.com", "phoneNumber": "+15555550100"}
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(people.app), base_url="http://a") as open_,
        httpx.AsyncClient(transport=httpx.ASGITransport(made.app), base_url="http://a") as http,
    ):
        await open_.post("/users", json=form | {"username": "Anna"})
        anna = await signed_in(http, "Anna")
        code = (await http.post("/invitations", headers=anna)).json()["code"]
        without = {"username": "Bert", "password": PASSWORD, "invitation": code}
        answer = await http.post("/users", json=without)
        assert set(answer.json()["fields"]) == {"email", "phoneNumber"}
        bert = form | {"username": "Bert", "invitation": code}
        for _ in range(2):  # the second time as after a lost answer
            assert (await http.post("/users", json=bert)).status_code == 200
        answer = await http.post("/users", json=bert | {"username": "Carl"})
        assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")
        path = f"/invitations/{code}/accept"
        game = (await http.post(path, headers=await signed_in(http, "Bert"))).json()
        assert (game["user1"], game["turn"]) == ("Anna", "Bert")
        (opponent,) = (await http.get("/opponents", headers=anna)).json()["opponents"]
        assert (opponent["username"], opponent["open"]) == ("Bert", 1)
    found = (
        cloud.aws()
        .client("cognito-idp")
        .admin_get_user(UserPoolId=cloud.pool.pool_id, Username="Bert")
    )
    assert found["UserStatus"] == "CONFIRMED"
    await made.close()
    await people.close()
