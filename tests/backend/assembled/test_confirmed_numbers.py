"""A number is confirmed by a code before anything else is texted to it, through the whole API."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.adapters.sqlite.notes import SqliteNotes
from backend.bootstrap import Backend, assemble, served
from backend.config.settings import BackendSettings, StoreChoice
from backend.domain.notices import Outcome, SmsLimits
from backend.service.codes import Codes
from backend.service.confirmations import CHANGES_A_DAY, Confirmations
from tests.backend.adapters.conftest import CHEAP, Clock
from tests.backend.adapters.sqlite.files import by_hand
from tests.support import eventually_async

PASSWORD = "Password1"
NUMBER, OTHER = "+15555550101", "+15555550102"


class Phones:
    """A `Sender` that keeps what it was given, and may be out of order."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self.outcome: Outcome = "sent"

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        if self.outcome == "sent":
            self.texts.append((to, text))
        return self.outcome

    async def close(self) -> None:
        """Nothing is set aside."""

    def code(self, phone: str) -> str:
        """The newest code for a number."""
        codes = [re.match(r"\d{8}\b", text) for number, text in self.texts if number == phone]
        (*_, code) = [found[0] for found in codes if found]
        return code

    def notices(self) -> list[tuple[str, str]]:
        """What is not a code."""
        return [(phone, text) for phone, text in self.texts if "is your code" not in text]


class Person:
    """Somebody who is signed in."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._headers = {"Authorization": token}

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self._http.request(method, path, json=body, headers=self._headers)

    async def set_number(self, phone: str | None, password: str = PASSWORD) -> httpx.Response:
        return await self.ask("PATCH", "/me", {"phoneNumber": phone, "password": password})

    async def confirm(self, code: str, channel: str = "sms") -> httpx.Response:
        return await self.ask("POST", "/me/confirm", {"channel": channel, "code": code})


async def join(http: httpx.AsyncClient, name: str, phone: str | None) -> Person:
    form = {"username": name, "password": PASSWORD, "email": "x@example.com", "phoneNumber": phone}
    assert (await http.post("/users", json=form)).status_code == 200
    login = {"username": name, "password": PASSWORD}
    return Person(http, (await http.post("/login", json=login)).json()["idToken"])


@asynccontextmanager
async def client(backend: Backend) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        yield http
    await backend.close()


def texting(path: Path, phones: Phones, **more: Any) -> Backend:
    settings = BackendSettings(data=path, sms=SmsLimits(), **more)
    return served(StoreChoice("sqlite", path), settings, sender=phones)


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
async def http(tmp_path: Path, phones: Phones) -> AsyncIterator[httpx.AsyncClient]:
    backend = texting(tmp_path / "games.db", phones)
    await backend.start()
    async with client(backend) as made:
        yield made


async def test_nothing_but_a_code_goes_to_a_number_until_it_is_confirmed(
    http: httpx.AsyncClient, phones: Phones
) -> None:
    anna, bert = await join(http, "Anna", None), await join(http, "Bert", NUMBER)
    assert len(phones.texts) == 1
    me = (await bert.ask("GET", "/me")).json()
    assert (me["phoneConfirmed"], me["noticeProblem"]) == (False, "unconfirmed")
    await anna.ask("POST", "/games", {"opponent": "Bert"})

    for wrong in ("00000000", phones.code(NUMBER)[:7], phones.code(NUMBER) + "0", "x", "٣" * 8):
        refused = await bert.confirm(wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "wrong_code"), wrong
    assert (await bert.confirm(phones.code(NUMBER), "email")).json()["code"] == "wrong_code"
    confirmed = await bert.confirm(phones.code(NUMBER))
    assert confirmed.status_code == 200
    assert (confirmed.json()["phoneConfirmed"], confirmed.json()["noticeProblem"]) == (True, None)
    assert (await bert.confirm(phones.code(NUMBER))).json()["code"] == "wrong_code"

    await anna.ask("POST", "/games", {"opponent": "Bert"})
    await eventually_async(phones.notices)
    ((phone, text),) = phones.notices()
    assert phone == NUMBER
    assert "Anna invites you" in text


async def test_a_code_is_good_for_one_account_and_one_number(
    http: httpx.AsyncClient, phones: Phones
) -> None:
    anna, bert = await join(http, "Anna", NUMBER), await join(http, "Bert", NUMBER)
    berts = phones.code(NUMBER)
    assert (await anna.confirm(berts)).json()["code"] == "wrong_code"
    await bert.set_number(OTHER)
    assert (await bert.confirm(berts)).json()["code"] == "wrong_code"
    assert (await bert.confirm(phones.code(OTHER))).status_code == 200
    # Back to the first: it has to be confirmed again.
    assert (await bert.set_number(NUMBER)).json()["phoneConfirmed"] is False


async def test_five_wrong_tries_end_a_code(http: httpx.AsyncClient, phones: Phones) -> None:
    anna = await join(http, "Anna", NUMBER)
    right = phones.code(NUMBER)
    wrong = f"{(int(right) + 1) % 10**8:08d}"
    for answer in await asyncio.gather(*(anna.confirm(wrong) for _ in range(5))):
        assert answer.json()["code"] == "wrong_code"
    assert (await anna.confirm(right)).json()["code"] == "wrong_code"
    # The same number again sends another one.
    assert (await anna.ask("PATCH", "/me", {"phoneNumber": NUMBER})).status_code == 200
    assert (await anna.confirm(phones.code(NUMBER))).status_code == 200


async def test_three_codes_an_hour_for_an_account_and_for_a_number(
    http: httpx.AsyncClient, phones: Phones
) -> None:
    anna = await join(http, "Anna", None)
    numbers = [f"+1555555020{number}" for number in range(4)]
    answers = [await anna.set_number(number) for number in numbers]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == "too_many_requests"
    assert int(answers[3].headers["Retry-After"]) > 0
    assert (await anna.ask("GET", "/me")).json()["phoneNumber"] == numbers[2]
    assert len(phones.texts) == 3
    # Others reach the same number no more often, and are no worse off elsewhere.
    others = [await join(http, f"other{number}", None) for number in range(4)]
    answers = [await other.set_number(OTHER) for other in others]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert sum(phone == OTHER for phone, _ in phones.texts) == 3
    # Registering reaches nobody more often either, and succeeds.
    await join(http, "Carl", OTHER)
    assert sum(phone == OTHER for phone, _ in phones.texts) == 3


async def test_another_number_needs_the_password(http: httpx.AsyncClient, phones: Phones) -> None:
    anna = await join(http, "Anna", NUMBER)
    for number in (OTHER, None):
        missing = await anna.ask("PATCH", "/me", {"phoneNumber": number})
        assert missing.status_code == 400
        assert list(missing.json()["fields"]) == ["password"]
        wrong = await anna.set_number(number, "Password2")
        assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_password")
    assert (await anna.ask("GET", "/me")).json()["phoneNumber"] == NUMBER
    assert (await anna.ask("PATCH", "/me", {"notices": "none"})).json()["noticeProblem"] is None
    assert (await anna.set_number(None)).json()["phoneNumber"] is None
    assert len(phones.texts) == 1


@pytest.mark.parametrize("outcome", ["later", "refused"])
async def test_a_code_that_cannot_be_sent_fails_nothing(
    http: httpx.AsyncClient, phones: Phones, outcome: Outcome
) -> None:
    phones.outcome = outcome
    anna = await join(http, "Anna", NUMBER)
    assert (await anna.set_number(OTHER)).status_code == 200
    phones.outcome = "sent"
    assert (await anna.ask("PATCH", "/me", {"phoneNumber": OTHER})).status_code == 200
    assert (await anna.confirm(phones.code(OTHER))).status_code == 200


async def test_numbers_from_before_need_no_code_and_every_new_one_does(
    tmp_path: Path, phones: Phones
) -> None:
    path = tmp_path / "games.db"
    # A server that texts nobody marks new numbers all the same.
    silent = served(StoreChoice("sqlite", path), BackendSettings(data=path))
    async with client(silent) as http:
        await join(http, "Anna", NUMBER)
        bert = await join(http, "Bert", OTHER)
        me = (await bert.ask("GET", "/me")).json()
        assert (me["phoneConfirmed"], me["noticeProblem"]) == (False, None)
    # As in a file of the version before, which knew no marks.
    by_hand(path, "DELETE FROM notes")
    async with client(texting(path, phones)) as http:
        login = {"username": "Bert", "password": PASSWORD}
        token = (await http.post("/login", json=login)).json()["idToken"]
        bert = Person(http, token)
        assert (await bert.ask("GET", "/me")).json()["phoneConfirmed"] is True
        await bert.ask("POST", "/games", {"opponent": "Anna"})
        await eventually_async(phones.notices)
        assert (await bert.set_number("+15555550199")).json()["phoneConfirmed"] is False


async def test_an_operator_may_do_without_codes(tmp_path: Path, phones: Phones) -> None:
    async with client(texting(tmp_path / "games.db", phones, sms_confirm="none")) as http:
        anna, bert = await join(http, "Anna", NUMBER), await join(http, "Bert", None)
        assert phones.texts == []
        assert (await anna.ask("GET", "/me")).json()["phoneConfirmed"] is True
        await bert.ask("POST", "/games", {"opponent": "Anna"})
        await eventually_async(phones.notices)
        # The limit on changes stays.
        numbers = [f"+1555555020{number}" for number in range(CHANGES_A_DAY + 1)]
        answers = [await anna.set_number(number) for number in numbers]
        assert [answer.status_code for answer in answers] == [200] * CHANGES_A_DAY + [429]


async def test_a_code_and_the_limits_run_out_by_the_clock(tmp_path: Path) -> None:
    phones, clock = Phones(), Clock()
    database = Database(tmp_path / "games.db")
    backend = assemble(
        games=SqliteGameStore(database),
        people=SqliteIdentity(database, cost=CHEAP, now=clock),
        store_name="sqlite",
        confirmations=Confirmations(
            Codes(SqliteNotes(database), {"sms": phones}, now=clock),
            required=True,
            channels=["sms"],
        ),
    )
    async with client(backend) as http:
        anna = await join(http, "Anna", NUMBER)
        clock.move(timedelta(minutes=15))
        assert (await anna.confirm(phones.code(NUMBER))).json()["code"] == "wrong_code"
        for _ in range(2):
            assert (await anna.ask("PATCH", "/me", {"phoneNumber": NUMBER})).status_code == 200
        clock.move(timedelta(minutes=44))
        answer = await anna.ask("PATCH", "/me", {"phoneNumber": NUMBER})
        assert answer.status_code == 429
        clock.move(timedelta(minutes=1))
        assert (await anna.ask("PATCH", "/me", {"phoneNumber": NUMBER})).status_code == 200
        clock.move(timedelta(minutes=14))
        assert (await anna.confirm(phones.code(NUMBER))).status_code == 200


async def test_the_file_holds_neither_codes_nor_their_numbers(
    tmp_path: Path, http: httpx.AsyncClient, phones: Phones
) -> None:
    await join(http, "Anna", NUMBER)
    with closing(sqlite3.connect(tmp_path / "games.db")) as other:
        rows = str(other.execute("SELECT * FROM notes").fetchall())
    assert phones.code(NUMBER) not in rows
    assert NUMBER[1:] not in rows
    assert "anna" not in rows.lower()
