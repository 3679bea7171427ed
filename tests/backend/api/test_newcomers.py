"""Registration by invitation, where it is closed: one account for a code, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.adapters.sqlite.notes import SqliteNotes
from backend.api.rate_limits import WRONG_CODES, Limits
from backend.bootstrap import Backend, assemble
from backend.domain.errors import BadRequest, Unavailable
from backend.domain.people import Player, Registration
from backend.service.newcomers import Newcomers
from tests.backend.api.people import MemoryPeople
from tests.backend.api.table import PASSWORD, Table
from tests.backend.api.test_invitations import make, outcome

CLOSED = (403, "registration_closed")


class Door(MemoryPeople):
    """A pool of people that may fail once, before or after it has created the account."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Exception] = []
        self.after: list[Exception] = []

    async def register_invited(self, form: Registration) -> Player:
        if self.before:
            raise self.before.pop()
        player = await super().register_invited(form)
        if self.after:
            raise self.after.pop()
        return player


@pytest.fixture
def people() -> Door:
    return Door()


@pytest.fixture
async def backend(tmp_path: Path, people: Door) -> AsyncIterator[Backend]:
    database = Database(tmp_path / "games.db")
    games = SqliteGameStore(database)
    made = assemble(
        games=games,
        people=people,
        store_name="sqlite",
        registration_open=False,
        newcomers=Newcomers(people, games.invitations, SqliteNotes(database)),
        limits=Limits(clock=lambda: 1000.0),
    )
    yield made
    await made.close()


@pytest.fixture
async def table(backend: Backend, people: Door) -> AsyncIterator[Table]:
    """Anna and Bert, whom the operator has added."""
    transport = httpx.ASGITransport(backend.app, client=("192.0.2.7", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        table = Table(http, people)
        await table.join("Anna")
        await table.join("Bert")
        yield table


async def register(table: Table, name: str, code: str, **more: Any) -> httpx.Response:
    """A registration with a code."""
    form = {"username": name, "password": PASSWORD, "invitation": code} | more
    return await table.http.post("/users", json=form)


async def test_a_code_lets_one_person_in_who_takes_it(table: Table) -> None:
    code = (await make(table))["code"]
    assert (await register(table, "Carl", code.upper())).status_code == 200
    login = {"username": "Carl", "password": PASSWORD}
    token = (await table.http.post("/login", json=login)).json()["idToken"]
    # It is Carl's now: nobody else registers with it, or takes it.
    assert outcome(await register(table, "Dora", code)) == CLOSED
    answer = await table.post("Bert", f"/invitations/{code}/accept")
    assert outcome(answer) == (409, "invitation_taken")
    path = f"/invitations/{code}/accept"
    answer = await table.http.post(path, headers={"Authorization": token})
    assert answer.json()["user2"] == "Carl"
    assert outcome(await register(table, "Dora", code)) == CLOSED


async def test_whoever_came_so_lets_nobody_in(table: Table, people: Door) -> None:
    code = (await make(table))["code"]
    await register(table, "Carl", code)
    table._tokens["Carl"] = people.session("Carl").id_token
    of_carl = (await make(table, "Carl"))["code"]
    assert outcome(await register(table, "Dora", of_carl)) == CLOSED
    # The invitation itself is as good as any other.
    assert (await table.post("Bert", f"/invitations/{of_carl}/accept")).status_code == 200


async def test_whoever_came_by_a_request_that_was_stopped_lets_nobody_in(
    table: Table, people: Door
) -> None:
    people.after = [Unavailable()]
    assert (await register(table, "Carl", (await make(table))["code"])).status_code == 503
    table._tokens["Carl"] = people.session("Carl").id_token
    of_carl = (await make(table, "Carl"))["code"]
    assert outcome(await register(table, "Dora", of_carl)) == CLOSED


async def test_without_a_usable_code_registration_is_closed(table: Table) -> None:
    withdrawn, taken = (await make(table))["code"], (await make(table))["code"]
    await table.delete("Anna", f"/invitations/{withdrawn}")
    await table.post("Bert", f"/invitations/{taken}/accept")
    for code in (withdrawn, taken, "22222-22222", "x", ""):
        assert outcome(await register(table, "Carl", code)) == CLOSED, code
    form = {"username": "Carl", "password": PASSWORD}
    assert outcome(await table.http.post("/users", json=form)) == CLOSED


async def test_a_lost_answer_is_repeated_with_the_same_password(table: Table, people: Door) -> None:
    code = (await make(table))["code"]
    people.after = [Unavailable()]
    assert (await register(table, "Carl", code)).status_code == 503
    assert (await register(table, "Carl", code)).status_code == 200
    assert (await register(table, "Carl", code)).status_code == 200
    answer = await register(table, "Carl", code, password="Another1")
    assert outcome(answer) == (409, "user_exists")
    assert outcome(await register(table, "Dora", code)) == CLOSED


async def test_what_came_to_nothing_leaves_the_code_as_it_was(table: Table, people: Door) -> None:
    code = (await make(table))["code"]
    answer = await register(table, "Bert", code, password="Another1")
    assert outcome(answer) == (409, "user_exists")
    people.before = [BadRequest("No.")]
    assert outcome(await register(table, "Carl", code)) == (400, "bad_request")
    weak = await register(table, "Carl", code, password="short")
    assert outcome(weak) == (400, "bad_request")
    people.before = [Unavailable()]
    assert (await register(table, "Dora", code)).status_code == 503
    # That one may have arrived: the code stays Dora's.
    assert outcome(await register(table, "Carl", code)) == CLOSED
    assert (await register(table, "Dora", code)).status_code == 200


async def test_of_many_names_at_once_one_gets_in(table: Table, people: Door) -> None:
    code = (await make(table))["code"]
    names = [f"player{number}" for number in range(20)]
    answers = await asyncio.gather(*(register(table, name, code) for name in names))
    assert sorted(answer.status_code for answer in answers) == [200, *[403] * 19]
    assert len(await people.players()) == 3


async def test_of_many_passwords_for_one_name_at_once_one_counts(
    table: Table, people: Door
) -> None:
    """And the code lets in nobody else, whichever of them failed."""
    code = (await make(table))["code"]
    passwords = [f"Passw0rd{number}" for number in range(8)]
    answers = await asyncio.gather(
        *(register(table, "Carl", code, password=password) for password in passwords)
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert outcome(await register(table, "Dora", code)) == CLOSED


async def test_guesses_are_limited(table: Table) -> None:
    code = (await make(table))["code"]
    for _ in range(WRONG_CODES.count):
        assert outcome(await register(table, "Carl", "22222-22222")) == CLOSED
    answer = await register(table, "Carl", code)
    assert outcome(answer) == (429, "too_many_requests")


async def test_a_deleted_account_leaves_nothing_to_the_next_of_its_name(
    backend: Backend, table: Table, people: Door
) -> None:
    await register(table, "Carl", (await make(table))["code"])
    await backend.service.delete_player("Carl")
    await table.join("Carl")
    assert (await register(table, "Dora", (await make(table, "Carl"))["code"])).status_code == 200
