"""A server on DynamoDB: it holds answers, and learns of other processes' moves by asking."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.bootstrap import Backend, served
from backend.config.settings import StoreChoice, aws_settings
from backend.entrypoints.cli import main
from tests.aws_engines import Cloud
from tests.backend.assembled.test_whole_way import signed
from tests.support import eventually_async

# A board is looked at every two seconds.
SOON = 8.0


@pytest.fixture
async def server(cloud: Cloud) -> AsyncIterator[Backend]:
    made = served(StoreChoice("dynamodb"), aws_settings(os.environ))
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def client(server: Backend) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(server.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as made:
        yield made


@pytest.mark.parametrize("by", ["this process", "another process"])
async def test_a_held_answer_comes_with_the_others_move(
    cloud: Cloud, server: Backend, client: httpx.AsyncClient, http: httpx.AsyncClient, by: str
) -> None:
    tokens = {name: await signed(client, name) for name in ("anna", "bert")}
    game = (await client.post("/games", json={"opponent": "bert"}, headers=tokens["anna"])).json()
    path = f"/games/{game['gameId']}"
    before = await client.get(path, headers=tokens["anna"])
    held = {"If-None-Match": before.headers["ETag"], "Prefer": "wait=20"}
    waiting = asyncio.create_task(client.get(path, headers=tokens["anna"] | held))
    await eventually_async(server.service.hub.waited_for)

    move = {"changedHeap": "heap1", "changedHeapValue": 3}
    mover = client if by == "this process" else http
    moved = await mover.post(path, json=move, headers=tokens["bert"])
    assert moved.status_code == 200
    answer = await asyncio.wait_for(waiting, SOON)
    assert (answer.status_code, answer.json()) == (200, moved.json())
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert "Retry-After" not in answer.headers


def test_accounts_are_administered_in_the_pool(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    def users(*arguments: str) -> tuple[int, str]:
        status = main(["users", *arguments, "--store", "dynamodb"])
        return status, capsys.readouterr().out

    status, said = users("add", "anna")
    assert status == 0
    assert "One-time password: " in said
    assert users("add", "ANNA")[0] == 1
    assert users("list") == (0, "anna\t-\t-\n")
    assert users("reset", "Anna")[0] == 0
    assert users("delete", "anna", "--yes")[0] == 0
    assert users("list")[1] == ""


def test_a_missing_table_gives_the_status_of_an_unusable_backend(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIM_TABLE", "nowhere")
    serve = [sys.executable, "-m", "backend", "serve", "--store", "dynamodb", "--port", "0"]
    done = subprocess.run(serve, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (4, "")
    said = done.stderr.splitlines()[-1]
    assert "no table nowhere in us-east-1" in said
    assert "nim-backend aws create" in said
    assert "Traceback" not in done.stderr
