"""Open invitations over the API: fields, codes, and the limit on guesses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.api.origins import Origins
from backend.api.rate_limits import WRONG_CODES, Limits
from backend.bootstrap import assemble
from tests.backend.api.people import MemoryPeople
from tests.backend.api.table import Table

UNKNOWN = "/invitations/22222-22222"


async def make(table: Table, name: str = "Anna", **form: Any) -> dict[str, Any]:
    """A new invitation."""
    answer = await table.post(name, "/invitations", form)
    assert answer.status_code == 200, answer.text
    invitation: dict[str, Any] = answer.json()
    return invitation


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


async def test_an_invitation_has_these_fields_and_gives_this_game(table: Table) -> None:
    form: dict[str, Any] = {"heaps": [1, 2, 3], "rule": "normal", "daysPerMove": 3}
    made = await make(table, **form)
    assert re.fullmatch("[2-9a-hjkmnp-tv-z]{5}-[2-9a-hjkmnp-tv-z]{5}", made["code"])
    times = [datetime.fromisoformat(made[name]) for name in ("createdAt", "expiresAt")]
    assert times[1] - times[0] == timedelta(days=14)
    assert made | form == made
    assert made["createdBy"] == "Anna"
    assert made["url"] is None
    assert (await table.http.get(f"/invitations/{made['code']}")).json() == made
    typed = made["code"].replace("-", "").upper()
    assert (await table.http.get(f"/invitations/{typed}")).json() == made
    assert (await table.get("Anna", "/invitations")).json() == {"invitations": [made]}
    answer = await table.post("Bert", f"/invitations/{typed}/accept")
    assert answer.status_code == 200
    game = answer.json()
    assert (game["user1"], game["user2"], game["turn"]) == ("Anna", "Bert", "Bert")
    assert (game["start"], game["rule"], game["daysPerMove"]) == ([1, 2, 3], "normal", 3)
    assert (await table.get("Anna", "/invitations")).json() == {"invitations": []}
    again = await table.post("Bert", f"/invitations/{made['code']}/accept", {})
    assert again.json() == game


async def test_every_refusal_has_its_code(table: Table) -> None:
    await table.join("Carl")
    made = await make(table)
    path = f"/invitations/{made['code']}"
    assert outcome(await table.post("Anna", f"{path}/accept")) == (400, "bad_request")
    assert outcome(await table.delete("Bert", path)) == (404, "no_such_invitation")
    await table.post("Bert", f"{path}/accept")
    taken = (409, "invitation_taken")
    assert outcome(await table.http.get(path)) == taken
    assert outcome(await table.post("Carl", f"{path}/accept")) == taken
    assert outcome(await table.delete("Anna", path)) == taken
    for path in (UNKNOWN, "/invitations/1", "/invitations/k3v9x-2ma4q-"):
        assert outcome(await table.http.get(path)) == (404, "no_such_invitation")
    assert outcome(await table.http.post(f"{path}/accept")) == (401, "not_signed_in")


async def test_a_withdrawn_one_answers_as_one_that_never_was(table: Table) -> None:
    made = await make(table)
    path = f"/invitations/{made['code']}"
    answer = await table.delete("Anna", path)
    assert (answer.status_code, answer.content) == (204, b"")
    withdrawn, unknown = [(await table.http.get(one)).json() for one in (path, UNKNOWN)]
    for refusal in (withdrawn, unknown):
        del refusal["requestId"]
    assert withdrawn == unknown
    assert outcome(await table.delete("Anna", path)) == (404, "no_such_invitation")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"heaps": [0, 0, 1]}, "heaps"),
        ({"heaps": [1, 2]}, "heaps"),
        ({"rule": "other"}, "rule"),
        ({"daysPerMove": 15}, "daysPerMove"),
        ({"requestId": ""}, "requestId"),
        ({"opponent": "Bert"}, "opponent"),
    ],
)
async def test_what_is_wrong_with_a_request_is_named(
    table: Table, form: dict[str, Any], field: str
) -> None:
    answer = await table.post("Anna", "/invitations", form)
    assert outcome(answer) == (400, "bad_request")
    assert set(answer.json()["fields"]) == {field}


async def test_the_same_request_gives_the_same_invitation(table: Table) -> None:
    made = await make(table, requestId="mine")
    assert await make(table, requestId="mine") == made
    assert (await make(table, "Bert", requestId="mine"))["code"] != made["code"]


async def test_twenty_are_enough(table: Table) -> None:
    for _ in range(20):
        await make(table)
    answer = await table.post("Anna", "/invitations")
    assert outcome(answer) == (409, "too_many_invitations")


async def test_of_fifty_at_once_one_gets_the_game(table: Table) -> None:
    path = f"/invitations/{(await make(table))['code']}/accept"
    names = [f"player{number}" for number in range(50)]
    for name in names:
        await table.join(name)
    answers = await asyncio.gather(*(table.post(name, path) for name in names))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(409)) == (1, 49)
    taker = names[statuses.index(200)]
    for name in names:
        games = (await table.get(name, "/games")).json()["games"]
        assert len(games) == (name == taker)


@pytest.fixture
async def counted(tmp_path: Path, people: MemoryPeople) -> AsyncIterator[Table]:
    """Anna and Bert at a backend with an address of its own, by a clock that has stopped."""
    made = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")),
        people=people,
        store_name="sqlite",
        limits=Limits(clock=lambda: 1000.0),
        origins=Origins(public_url="https://nim.example.com"),
    )
    transport = httpx.ASGITransport(made.app, client=("192.0.2.7", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as client:
        table = Table(client, people)
        await table.join("Anna")
        await table.join("Bert")
        yield table
    await made.close()


async def test_a_server_that_knows_its_address_says_it(counted: Table) -> None:
    made = await make(counted)
    assert made["url"] == f"https://nim.example.com/{made['code']}"


async def test_wrong_codes_are_counted_and_right_ones_are_not(counted: Table) -> None:
    path = f"/invitations/{(await make(counted))['code']}"
    for _ in range(WRONG_CODES.count + 5):
        assert (await counted.http.get(path)).status_code == 200
    wrong = [f"/invitations/2222{number}" for number in range(WRONG_CODES.count)]
    assert {(await counted.http.get(one)).status_code for one in wrong} == {404}
    for answer in (
        await counted.http.get(path),
        await counted.post("Bert", f"{path}/accept"),
        await counted.delete("Anna", path),
    ):
        assert outcome(answer) == (429, "too_many_requests")
        assert int(answer.headers["retry-after"]) <= 6


async def test_a_burst_of_guesses_gets_no_more_than_its_share(counted: Table) -> None:
    right = f"/invitations/{(await make(counted))['code']}"
    paths = [UNKNOWN] * 40 + [right]
    answers = await asyncio.gather(*map(counted.http.get, paths))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(404) == WRONG_CODES.count
    assert statuses[-1] == 429


async def test_a_taken_invitation_counts_as_a_new_game(counted: Table) -> None:
    """A refused one does not."""
    code = (await make(counted))["code"]
    for _ in range(3):
        await counted.post("Anna", f"/invitations/{code}/accept")
    assert (await counted.post("Bert", f"/invitations/{code}/accept")).status_code == 200


async def test_the_score_against_each_opponent(table: Table) -> None:
    game = await table.start("Anna", "Bert")
    await table.post("Bert", f"/games/{game['gameId']}/resign")
    await table.start("Bert", "Anna")
    (bert,) = (await table.get("Anna", "/opponents")).json()["opponents"]
    assert datetime.fromisoformat(bert.pop("lastPlayed")).tzinfo
    assert bert == {"username": "Bert", "won": 1, "lost": 0, "open": 1}
    (anna,) = (await table.get("Bert", "/opponents")).json()["opponents"]
    assert (anna["won"], anna["lost"]) == (0, 1)
    assert (await table.http.get("/opponents")).status_code == 401
