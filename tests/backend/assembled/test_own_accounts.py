"""Accounts in their owners' hands: password, export, deletion, and the way back in, by the API."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.adapters.sqlite.archive import SqliteArchive
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.adapters.sqlite.notes import SqliteNotes
from backend.bootstrap import Backend, assemble, embedded
from backend.domain.notices import Outcome
from backend.service.codes import CODES_AN_HOUR, Codes
from backend.service.confirmations import Confirmations
from tests.backend.adapters.conftest import CHEAP, Clock
from tests.support import eventually_async

PASSWORD, NEW = "Password1", "Password2"
ADDRESS, NUMBER = "anna@example.com", "+15555550101"


@dataclass
class Messages:
    """A `Sender` that keeps what it was given."""

    kept: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        self.kept.append((to, text))
        return "sent"

    async def close(self) -> None:
        """Nothing is set aside."""

    def code(self, to: str) -> str:
        """The newest code for an address."""
        (*_, text) = [text for address, text in self.kept if address == to]
        found = re.match(r"\d{8}\b", text)
        assert found
        return found[0]


@dataclass
class World:
    """A backend with mail and texts, by a clock of its own."""

    backend: Backend
    http: httpx.AsyncClient
    mail: Messages
    texts: Messages
    clock: Clock

    async def join(self, name: str, **contacts: str) -> None:
        form = {"username": name, "password": PASSWORD, **contacts}
        answer = await self.http.post("/users", json=form)
        assert answer.status_code == 200, answer.text

    async def token(self, name: str, password: str = PASSWORD) -> str:
        answer = await self.http.post("/login", json={"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["idToken"])

    async def ask(self, token: str, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers={"Authorization": token})

    async def post(self, path: str, **body: str) -> httpx.Response:
        return await self.http.post(path, json=body)

    async def confirmed(self, name: str) -> str:
        """A token of a new account whose address is confirmed."""
        await self.join(name, email=ADDRESS)
        token = await self.token(name)
        body = {"channel": "email", "code": self.mail.code(ADDRESS)}
        answer = await self.ask(token, "POST", "/me/confirm", body)
        assert answer.json()["emailConfirmed"] is True
        return token

    async def forgot(self, name: str) -> None:
        """Ask for a code, and wait for what that leads to."""
        answer = await self.post("/password/forgot", username=name)
        assert (answer.status_code, answer.content) == (204, b"")
        await asyncio.gather(*self.backend.service.accounts._sending)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    database, clock = Database(tmp_path / "games.db"), Clock()
    mail, texts = Messages(), Messages()
    codes = Codes(SqliteNotes(database), {"email": mail, "sms": texts}, now=clock)
    backend = assemble(
        games=SqliteGameStore(database),
        people=SqliteIdentity(database, cost=CHEAP, now=clock),
        store_name="sqlite",
        confirmations=Confirmations(codes, required=True, channels=["email", "sms"]),
        archive=SqliteArchive(database, now=clock),
        now=clock,
    )
    transport = httpx.ASGITransport(backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        yield World(backend, http, mail, texts, clock)
    await backend.close()


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_changed_password_ends_every_session_and_token(world: World) -> None:
    await world.join("Anna")
    answer = await world.post("/login", username="Anna", password=PASSWORD)
    token, refresh = answer.json()["idToken"], answer.json()["refreshToken"]
    other = await world.token("Anna")
    body = {"password": PASSWORD, "newPassword": NEW}
    assert (await world.ask(token, "POST", "/me/password", body)).status_code == 204
    for old in (token, other):
        assert code(await world.ask(old, "GET", "/me")) == (401, "not_signed_in")
    assert code(await world.post("/login/refresh", refreshToken=refresh)) == (401, "not_signed_in")
    wrong = await world.post("/login", username="Anna", password=PASSWORD)
    assert code(wrong) == (401, "wrong_password")
    assert (await world.ask(await world.token("Anna", NEW), "GET", "/me")).status_code == 200


@pytest.mark.parametrize(
    ("password", "new", "refused"),
    [
        ("Password9", NEW, (401, "wrong_password")),
        (PASSWORD, "short", (400, "bad_request")),
        (PASSWORD, "nocapitals1", (400, "bad_request")),
        (PASSWORD, "With\tTab1x", (400, "bad_request")),
    ],
)
async def test_a_refused_change_of_password_changes_nothing(
    world: World, password: str, new: str, refused: tuple[int, str]
) -> None:
    await world.join("Anna")
    token = await world.token("Anna")
    body = {"password": password, "newPassword": new}
    answer = await world.ask(token, "POST", "/me/password", body)
    assert code(answer) == refused
    if refused[0] == 400:
        assert list(answer.json()["fields"]) == ["newPassword"]
    assert (await world.ask(token, "GET", "/me")).status_code == 200
    await world.token("Anna")


async def test_of_two_changes_at_once_one_counts(world: World) -> None:
    await world.join("Anna")
    token = await world.token("Anna")
    answers = await asyncio.gather(
        *(
            world.ask(token, "POST", "/me/password", {"password": PASSWORD, "newPassword": new})
            for new in (NEW, "Password3")
        )
    )
    done = [new for new, answer in zip((NEW, "Password3"), answers, strict=True) if not answer.text]
    assert len(done) == 1
    await world.token("Anna", done[0])


async def test_deleting_oneself_ends_games_sessions_and_the_name(world: World) -> None:
    for name in ("Anna", "Bert"):
        await world.join(name)
    anna, bert = await world.token("Anna"), await world.token("Bert")
    game = (await world.ask(anna, "POST", "/games", {"opponent": "Bert"})).json()
    wrong = await world.ask(anna, "DELETE", "/me", {"password": "Password9"})
    assert code(wrong) == (401, "wrong_password")
    assert code(await world.ask(anna, "DELETE", "/me")) == (400, "bad_request")
    assert (await world.ask(anna, "GET", f"/games/{game['gameId']}")).json()["state"] == "open"
    gone = await world.ask(anna, "DELETE", "/me", {"password": PASSWORD})
    assert (gone.status_code, gone.content) == (204, b"")
    assert code(await world.ask(anna, "GET", "/me")) == (401, "not_signed_in")
    ended = (await world.ask(bert, "GET", f"/games/{game['gameId']}")).json()
    assert (ended["endedBy"], ended["winner"]) == ("resign", "Bert")
    refused = await world.ask(bert, "POST", "/games", {"opponent": "Anna"})
    assert code(refused) == (404, "no_such_player")
    world.clock.move(timedelta(seconds=1))
    await world.join("Anna")
    later = await world.token("Anna")
    assert (await world.ask(later, "GET", "/games?state=done")).json()["games"] == []
    export = (await world.ask(later, "GET", "/me/export")).json()
    assert (export["games"], export["notices"]) == ([], []), "the notices of before are another's"


async def test_of_two_deletions_at_once_neither_calls_the_password_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.join("Anna")
    anna = await world.token("Anna")
    people = world.backend.service.people
    asked, deleted = asyncio.Event(), asyncio.Event()
    sign_in = people.sign_in

    async def late(*given: str) -> Any:
        asked.set()
        await deleted.wait()
        return await sign_in(*given)

    monkeypatch.setattr(people, "sign_in", late)
    second = asyncio.create_task(world.ask(anna, "DELETE", "/me", {"password": PASSWORD}))
    await asked.wait()
    await world.backend.service.delete_player("Anna")
    deleted.set()
    assert code(await second) == (404, "no_such_player")


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [("DELETE", "/me", {}), ("POST", "/me/password", {"newPassword": NEW})],
)
async def test_who_hears_that_their_account_is_gone_may_register_again(
    world: World, tmp_path: Path, method: str, path: str, more: dict[str, str]
) -> None:
    """Another process, killed as it had begun to delete it, which this one has not noticed yet."""
    await world.join("Anna")
    anna = await world.token("Anna")
    assert (await world.ask(anna, "GET", "/me")).status_code == 200
    database = Database(tmp_path / "games.db")
    killed = SqliteIdentity(database, cost=CHEAP, now=world.clock)
    await killed.begin_closing("Anna")
    await killed.close()
    await database.close()
    edit = await world.ask(anna, "PATCH", "/me", {"password": PASSWORD, "email": ADDRESS})
    assert code(edit) == (404, "no_such_player")
    assert edit.json()["message"] == "This account has been deleted, or is being deleted."
    wrong = await world.ask(anna, method, path, {"password": "Password9", **more})
    assert code(wrong) == (401, "wrong_password")
    answer = await world.ask(anna, method, path, {"password": PASSWORD, **more})
    assert code(answer) == (404, "no_such_player")
    assert answer.json()["message"] == "This account no longer exists. Register again."
    await world.join("Anna")
    await world.token("Anna")


async def test_an_export_holds_everything_and_no_secret(world: World) -> None:
    await world.join("Anna", email=ADDRESS, phoneNumber=NUMBER)
    await world.join("Bert")
    anna, bert = await world.token("Anna"), await world.token("Bert")
    games = [
        (await world.ask(bert, "POST", "/games", {"opponent": "Anna"})).json()["gameId"]
        for _ in range(2)
    ]
    await world.ask(anna, "POST", f"/games/{games[0]}/decline")
    made = (await world.ask(anna, "POST", "/invitations", {})).json()
    answer = await world.ask(anna, "GET", "/me/export")
    found = answer.json()
    assert found["account"] == (await world.ask(anna, "GET", "/me")).json()
    assert found["ownedFrom"]
    assert found["invitations"] == [made]
    assert sorted(game["gameId"] for game in found["games"]) == sorted(games)
    assert len(found["sessions"]) == 1
    assert [(one["gameId"], one["kind"]) for one in found["notices"]] == [
        (game, "invite") for game in games
    ]
    for secret in (PASSWORD, "argon2", anna, world.texts.code(NUMBER), world.mail.code(ADDRESS)):
        assert secret not in answer.text


async def test_a_forgotten_password_is_replaced_by_a_mailed_code(world: World) -> None:
    token = await world.confirmed("Anna")
    await world.forgot("aNNa")
    right = world.mail.code(ADDRESS)
    bad = await world.post("/password/reset", username="Anna", code=right, newPassword="weak")
    assert code(bad) == (400, "bad_request")
    assert list(bad.json()["fields"]) == ["newPassword"]
    done = await world.post("/password/reset", username="ANNA", code=right, newPassword=NEW)
    assert (done.status_code, done.content) == (204, b"")
    assert code(await world.ask(token, "GET", "/me")) == (401, "not_signed_in")
    await world.token("Anna", NEW)
    used = await world.post("/password/reset", username="Anna", code=right, newPassword=PASSWORD)
    assert code(used) == (400, "wrong_code")


async def test_nobody_learns_from_a_code_who_has_an_account(world: World) -> None:
    await world.confirmed("Anna")
    await world.join("Bert", email="bert@example.com")
    sent = len(world.mail.kept)
    for name in ("Bert", "Nobody", "", "x" * 200, "[/]", "\0", "😀"):
        await world.forgot(name)
        for tried in ("12345678", "x", "1234567", "٣" * 8):
            answer = await world.post("/password/reset", username=name, code=tried, newPassword=NEW)
            assert code(answer) == (400, "wrong_code"), (name, tried)
    assert len(world.mail.kept) == sent  # Bert's address is not confirmed


async def test_wrong_and_old_codes_open_nothing(world: World) -> None:
    await world.confirmed("Anna")
    await world.forgot("Anna")
    right = world.mail.code(ADDRESS)
    wrong = f"{(int(right) + 1) % 10**8:08d}"

    async def reset(tried: str) -> tuple[int, str]:
        return code(
            await world.post("/password/reset", username="Anna", code=tried, newPassword=NEW)
        )

    for _ in range(5):
        assert await reset(wrong) == (400, "wrong_code")
    assert await reset(right) == (400, "wrong_code")
    await world.forgot("Anna")
    world.clock.move(timedelta(minutes=15))
    assert await reset(world.mail.code(ADDRESS)) == (400, "wrong_code")
    await world.token("Anna")


async def test_a_code_opens_no_later_account_of_the_name(world: World) -> None:
    token = await world.confirmed("Anna")
    await world.forgot("Anna")
    old = world.mail.code(ADDRESS)
    assert (await world.ask(token, "DELETE", "/me", {"password": PASSWORD})).status_code == 204
    world.clock.move(timedelta(seconds=1))
    await world.join("Anna", email=ADDRESS)
    me = (await world.ask(await world.token("Anna"), "GET", "/me")).json()
    assert me["emailConfirmed"] is False
    answer = await world.post("/password/reset", username="Anna", code=old, newPassword=NEW)
    assert code(answer) == (400, "wrong_code")


async def test_three_codes_an_hour_for_all_purposes_together(world: World) -> None:
    await world.confirmed("Anna")
    for _ in range(CODES_AN_HOUR + 2):
        await world.forgot("Anna")
    assert len(world.mail.kept) == CODES_AN_HOUR
    world.clock.move(timedelta(hours=1))
    await world.forgot("Anna")
    assert len(world.mail.kept) == CODES_AN_HOUR + 1


async def test_an_address_is_changed_with_the_password_and_dropped_with_null(world: World) -> None:
    token = await world.confirmed("Anna")
    other = "other@example.com"
    missing = await world.ask(token, "PATCH", "/me", {"email": other})
    assert (code(missing), list(missing.json()["fields"])) == ((400, "bad_request"), ["password"])
    change = {"email": other, "password": PASSWORD}
    changed = (await world.ask(token, "PATCH", "/me", change)).json()
    assert (changed["email"], changed["emailConfirmed"]) == (other, False)
    await world.ask(token, "PATCH", "/me", {"email": ADDRESS, "password": PASSWORD})
    me = (await world.ask(token, "GET", "/me")).json()
    assert (me["email"], me["emailConfirmed"]) == (ADDRESS, False)
    dropped = await world.ask(token, "PATCH", "/me", {"email": None, "password": PASSWORD})
    assert (dropped.json()["email"], dropped.json()["emailConfirmed"]) == (None, False)


async def test_notices_go_where_their_owner_says(world: World) -> None:
    await world.join("Anna")
    token = await world.token("Anna")
    for topic in ("a/b", "https://ntfy.example.com/x", "", "a b", "é", "x" * 65, "..", "a\n"):
        refused = await world.ask(token, "PATCH", "/me", {"ntfyTopic": topic})
        assert code(refused) == (400, "bad_request"), topic
        assert list(refused.json()["fields"]) == ["ntfyTopic"]
    slashes = await world.ask(token, "PATCH", "/me", {"ntfyTopic": "a/b"})
    assert "slashes" in slashes.json()["message"]
    body = {"notices": "ntfy", "ntfyTopic": "annas-turns_1"}
    me = (await world.ask(token, "PATCH", "/me", body)).json()
    assert (me["notices"], me["ntfyTopic"]) == ("ntfy", "annas-turns_1")
    assert me["noticeProblem"] == "unreachable"  # there is no such channel here
    assert (await world.ask(token, "PATCH", "/me", {"ntfyTopic": None})).json()["ntfyTopic"] is None
    unknown = await world.ask(token, "PATCH", "/me", {"notices": "fax"})
    assert list(unknown.json()["fields"]) == ["notices"]


async def test_without_anything_to_send_codes_with_recovery_is_off(tmp_path: Path) -> None:
    backend = embedded(tmp_path / "games.db")
    transport = httpx.ASGITransport(backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        forgot = await http.post("/password/forgot", json={"username": "Anna"})
        assert code(forgot) == (409, "recovery_off")
        body = {"username": "Anna", "code": "12345678", "newPassword": NEW}
        assert code(await http.post("/password/reset", json=body)) == (409, "recovery_off")
    await backend.close()


async def test_a_code_is_sent_after_the_answer(world: World, monkeypatch: Any) -> None:
    await world.confirmed("Anna")
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: Any, **__: Any) -> Outcome:
        under_way.set()
        await go_on.wait()
        return "sent"

    monkeypatch.setattr(world.mail, "send", slow)
    assert (await world.post("/password/forgot", username="Anna")).status_code == 204
    await under_way.wait()
    go_on.set()
    await eventually_async(lambda: not world.backend.service.accounts._sending)
