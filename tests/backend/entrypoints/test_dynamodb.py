"""`serve --store dynamodb`: games in DynamoDB, people in Cognito, several servers on one table."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from typing import Any

import pytest

from backend.adapters.dynamodb.change_feed import PollingPace
from tests.aws_engines import Engine, new_pool, new_table
from tests.backend.entrypoints.running import PASSWORD, Running

PHONE = "+15555550123"
# A poll and the time that it takes, on a machine that has other things to do.
SOON_SECONDS = PollingPace().board + 3


@pytest.fixture
def environment(ministack: Engine) -> dict[str, str]:
    """A table and a pool of this test's own."""
    pool = new_pool(ministack.aws())
    names = {"USER_POOL_ID": pool.pool_id, "COGNITO_CLIENT_ID": pool.client_id}
    return {**ministack.environment, **names, "NIM_TABLE": new_table(ministack.aws())}


def hold(server: Running, token: str, game_id: str) -> HTTPConnection:
    """A held GET that has reached the server."""
    with server.client(token) as http:
        tag = http.get(f"/games/{game_id}").headers["etag"]
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        headers = {"Authorization": token, "If-None-Match": tag, "Prefer": "wait=15"}
        connection.request("GET", f"/games/{game_id}", headers=headers)
        http.get("/health")
    return connection


def test_a_move_on_one_server_wakes_who_waits_at_another(environment: dict[str, str]) -> None:
    with (
        Running("dynamodb", environment=environment) as one,
        Running("dynamodb", environment=environment) as other,
    ):
        assert "DynamoDB" in "".join(one.said)
        anna, bert = one.sign_up("Anna", PHONE), other.sign_up("Bert", PHONE)
        with one.client(anna) as mine, other.client(bert) as theirs:
            assert mine.get("/health").json() == {"status": "ok", "store": "dynamodb"}
            game: dict[str, Any] = mine.post("/games", json={"opponent": "Bert"}).json()
            path = f"/games/{game['gameId']}"
            turns = ((theirs, one, anna, "heap1"), (mine, other, bert, "heap2"))
            for http, watched, token, heap in turns:
                waiting = hold(watched, token, game["gameId"])
                began = time.monotonic()
                body = {"changedHeap": heap, "changedHeapValue": 1, "version": game["version"]}
                game = http.post(path, json=body).json()
                answer = waiting.getresponse()
                assert (answer.status, json.load(answer)) == (200, game)
                assert time.monotonic() - began < SOON_SECONDS
                waiting.close()
            # Own moves need no poll.
            waiting = hold(other, bert, game["gameId"])
            began = time.monotonic()
            theirs.post(f"{path}/resign")
            assert json.load(waiting.getresponse())["winner"] == "Anna"
            assert time.monotonic() - began < 1
            waiting.close()
            one.kill()
            assert theirs.get(path).json()["endedBy"] == "resign"
        other.tell(signal.SIGTERM)
        assert other.wait(5) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"USER_POOL_ID": ""}, "nim-backend aws create"),
        ({"NIM_TABLE": "nowhere"}, "nowhere"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS cannot be reached. Check the network"),
        ({"AWS_REGION": ""}, "AWS_REGION"),
    ],
)
def test_what_is_missing_on_aws_is_one_line_and_status_4(
    environment: dict[str, str], change: dict[str, str], words: str
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "backend", "serve", "--port=0", "--store=dynamodb"],
        capture_output=True,
        text=True,
        check=False,
        timeout=40,
        env={**os.environ, **environment, **change},
    )
    assert (ran.returncode, ran.stdout) == (4, ""), ran
    assert words in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_closed_registration_closes_the_pool_and_lets_nobody_in(
    ministack: Engine, environment: dict[str, str]
) -> None:
    """The engine does not refuse SignUp in a closed pool: so its setting is looked at, too."""
    cognito = ministack.aws().client("cognito-idp")
    pool_id, client_id = environment["USER_POOL_ID"], environment["COGNITO_CLIENT_ID"]
    before = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    with (
        Running("dynamodb", "--closed-registration", environment=environment) as server,
        server.client() as http,
    ):
        assert "Warning" not in "".join(server.said)
        after = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        assert after["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
        assert after["Policies"] == before["Policies"]
        for name in ("mallory", "[/]", "x", "mallory@example.com"):
            cognito.sign_up(
                ClientId=client_id,
                Username=name,
                Password=PASSWORD,
                UserAttributes=[{"Name": "phone_number", "Value": PHONE}],
            )
            answer = http.post("/login", json={"username": name, "password": PASSWORD})
            assert answer.status_code == 401, name
            form = {"username": name, "password": PASSWORD, "email": "a@example.com"}
            answer = http.post("/users", json=form | {"phoneNumber": PHONE})
            assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")


def test_a_deleted_accounts_token_is_refused_by_a_running_server(
    environment: dict[str, str],
) -> None:
    with Running("dynamodb", environment=environment) as server:
        old, bert = server.sign_up("Anna", PHONE), server.sign_up("Bert", PHONE)
        with server.client(bert) as http:
            finished = http.post("/games", json={"opponent": "Anna"}).json()["gameId"]
            http.post(f"/games/{finished}/resign")
            running = http.post("/games", json={"opponent": "Anna"}).json()["gameId"]
        ran = subprocess.run(
            [sys.executable, "-m", "backend", "users", "delete", "anna", "--yes",
             "--store=dynamodb"],
            capture_output=True, text=True, check=False, timeout=40,
            env={**os.environ, **environment},
        )  # fmt: skip
        assert ran.returncode == 0, ran
        new = server.sign_up("Anna", PHONE)
        with server.client(old) as http:
            assert http.get("/games").status_code == 401
            assert http.patch("/me", json={"phoneNumber": "+15555550199"}).status_code == 401
        with server.client(bert) as http:
            assert http.get(f"/games/{running}").json()["endedBy"] == "resign"
        with server.client(new) as http:
            for state in ("open", "done"):
                assert http.get(f"/games?state={state}").json()["games"] == []
            for game_id in (finished, running):
                assert http.get(f"/games/{game_id}").status_code == 404
                body = {"changedHeap": "heap1", "changedHeapValue": 0}
                assert http.post(f"/games/{game_id}", json=body).status_code == 404
