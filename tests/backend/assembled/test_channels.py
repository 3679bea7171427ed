"""Notices by e-mail and ntfy through the whole backend, with a real mail and a real ntfy server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.bootstrap import served
from backend.config.settings import StoreChoice, read_settings
from tests.backend.servers import Mailbox, Topics, mail_server, ntfy_server
from tests.support import eventually_async, free_port

PASSWORD, ADDRESS = "Password1", "anna@example.com"


@dataclass
class Stage:
    """A server, and who plays there."""

    http: httpx.AsyncClient
    mail: Mailbox
    topics: Topics

    async def join(self, name: str, **contacts: str) -> str:
        form = {"username": name, "password": PASSWORD, **contacts}
        assert (await self.http.post("/users", json=form)).status_code == 200
        login = {"username": name, "password": PASSWORD}
        return str((await self.http.post("/login", json=login)).json()["idToken"])

    async def ask(self, token: str, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": token}
        answer = await self.http.request(method, path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def stage(path: Path, **environ: str) -> AsyncIterator[Stage]:
    async with mail_server() as mail, ntfy_server() as topics:
        values = {
            "NIM_SMTP_URL": mail.url,
            "NIM_EMAIL_FROM": "nim@example.com",
            "NIM_NTFY_URL": topics.url,
        }
        backend = served(StoreChoice("sqlite", path), read_settings(values | environ))
        await backend.start()
        transport = httpx.ASGITransport(backend.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
            yield Stage(http, mail, topics)
        await backend.close()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path / "games.db") as made:
        yield made


async def test_mail_goes_to_a_confirmed_address_only(here: Stage) -> None:
    anna, bert = await here.join("Anna", email=ADDRESS), await here.join("Bert")
    code = await here.mail.code(ADDRESS)
    me = await here.ask(anna, "PATCH", "/me", {"notices": "email"})
    assert (me["notices"], me["noticeProblem"]) == ("email", "unconfirmed")
    await here.ask(bert, "POST", "/games", {"opponent": "Anna"})
    confirmed = await here.ask(anna, "POST", "/me/confirm", {"channel": "email", "code": code})
    assert (confirmed["emailConfirmed"], confirmed["noticeProblem"]) == (True, None)
    await here.ask(bert, "POST", "/games", {"opponent": "Anna"})
    await eventually_async(lambda: len(here.mail.messages) >= 2)
    # The first game's notice was due before the second's, and was not sent.
    (first, second) = here.mail.texts(ADDRESS)
    assert "is your code" in first
    assert "Bert invites you" in second


async def test_a_topic_gets_what_concerns_its_player(here: Stage) -> None:
    anna, bert = await here.join("Anna"), await here.join("Bert")
    me = await here.ask(anna, "PATCH", "/me", {"notices": "ntfy", "ntfyTopic": "annas-turns"})
    assert me["noticeProblem"] is None
    game = await here.ask(bert, "POST", "/games", {"opponent": "Anna"})
    await eventually_async(lambda: bool(here.topics.kept))
    await here.ask(anna, "POST", f"/games/{game['gameId']}/resign")
    await eventually_async(lambda: len(here.topics.kept) == 2)
    assert [path for path, _ in here.topics.kept] == ["/annas-turns"] * 2
    assert "Bert invites you" in here.topics.kept[0][1]
    assert "you lost against Bert" in here.topics.kept[1][1]


async def test_a_refused_notice_shows_until_one_arrives(here: Stage) -> None:
    anna, bert = await here.join("Anna"), await here.join("Bert")
    await here.ask(anna, "PATCH", "/me", {"notices": "ntfy", "ntfyTopic": "reserved"})
    here.topics.status = "403 Forbidden"

    async def problem() -> str | None:
        found: str | None = (await here.ask(anna, "GET", "/me"))["noticeProblem"]
        return found

    await here.ask(bert, "POST", "/games", {"opponent": "Anna"})

    async def refused() -> bool:
        return await problem() == "refused"

    await eventually_async(refused)
    # Another topic has another history.
    await here.ask(anna, "PATCH", "/me", {"ntfyTopic": "mine"})
    assert await problem() is None
    await here.ask(anna, "PATCH", "/me", {"ntfyTopic": "reserved"})
    assert await problem() == "refused"
    here.topics.status = "200 OK"
    await here.ask(bert, "POST", "/games", {"opponent": "Anna"})

    async def gone() -> bool:
        return await problem() is None

    await eventually_async(gone)


async def test_a_server_that_is_away_fails_no_move_and_shows(tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    async with stage(tmp_path / "games.db", NIM_NTFY_URL=away) as here:
        anna, bert = await here.join("Anna"), await here.join("Bert")
        await here.ask(anna, "PATCH", "/me", {"notices": "ntfy", "ntfyTopic": "annas-turns"})
        game = await here.ask(bert, "POST", "/games", {"opponent": "Anna"})
        move = {"changedHeap": "heap1", "changedHeapValue": 0}
        await here.ask(anna, "POST", f"/games/{game['gameId']}", move)

        async def unreachable() -> bool:
            me = await here.ask(anna, "GET", "/me")
            return bool(me["noticeProblem"] == "unreachable")

        await eventually_async(unreachable)


async def test_a_forgotten_password_comes_back_by_mail(here: Stage) -> None:
    anna = await here.join("Anna", email=ADDRESS)
    code = await here.mail.code(ADDRESS)
    await here.ask(anna, "POST", "/me/confirm", {"channel": "email", "code": code})
    forgot = await here.http.post("/password/forgot", json={"username": "Anna"})
    assert forgot.status_code == 204
    await eventually_async(lambda: len(here.mail.messages) == 2)
    body = {
        "username": "Anna",
        "code": await here.mail.code(ADDRESS),
        "newPassword": "Password2",
    }
    assert (await here.http.post("/password/reset", json=body)).status_code == 204
    login = {"username": "Anna", "password": "Password2"}
    assert (await here.http.post("/login", json=login)).status_code == 200
