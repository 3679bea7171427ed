"""The rates at the API: 429 with `Retry-After`, for whom and for what."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.api.rate_limits import NEW_GAMES, REFRESHES, SIGN_OUTS, Limits, Rate
from backend.bootstrap import assemble
from backend.domain.errors import TooManyRequests
from tests.backend.api.people import MemoryPeople
from tests.backend.api.table import PASSWORD, Table


async def test_sign_ups_from_an_address(limited: httpx.AsyncClient) -> None:
    for number in range(60):
        form = {"username": f"name{number}", "password": PASSWORD, "email": "a@example.com"}
        assert (await limited.post("/users", json=form)).status_code == 200
    answer = await limited.post("/users", json=form | {"username": "name60"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer.headers["retry-after"]) == 1


async def test_wrong_passwords_lock_the_name_for_this_address(
    limited: httpx.AsyncClient, people: MemoryPeople
) -> None:
    await Table(limited, people).join("Anna")
    right = {"username": "Anna", "password": PASSWORD}
    wrong = {"username": "anna", "password": "Password2"}
    assert (await limited.post("/login", json=right)).status_code == 200
    for _ in range(10):
        assert (await limited.post("/login", json=wrong)).status_code == 401
    for form in (wrong, right):
        answer = await limited.post("/login", json=form)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 6


async def test_requests_and_games_of_a_player(
    limited: httpx.AsyncClient, people: MemoryPeople
) -> None:
    table = Table(limited, people)
    await table.join("Anna")
    await table.join("Bert")
    statuses = [(await table.get("Anna", "/me")).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    assert (await table.get("Bert", "/me")).status_code == 200


async def test_a_game_that_came_to_nothing_is_not_counted(
    tmp_path: Path, people: MemoryPeople
) -> None:
    limits = Limits(clock=lambda: 1000.0)
    made = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")),
        people=people,
        store_name="sqlite",
        limits=limits,
    )
    transport = httpx.ASGITransport(made.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        table = Table(http, people)
        await table.join("Anna")
        for _ in range(10):
            answer = await table.post("Anna", "/games", {"opponent": "nobody"})
            assert answer.status_code == 404
    for _ in range(NEW_GAMES.count):
        limits.new_game("Anna")
    with pytest.raises(TooManyRequests):
        limits.new_game("Anna")
    await made.close()


@pytest.mark.parametrize(
    ("path", "rate", "status"),
    [("/login/refresh", REFRESHES, 401), ("/logout", SIGN_OUTS, 204)],
)
async def test_refreshes_and_sign_outs_from_an_address(
    limited: httpx.AsyncClient, path: str, rate: Rate, status: int
) -> None:
    for _ in range(rate.count):
        answer = await limited.post(path, json={"refreshToken": "junk"})
        assert answer.status_code == status
    answer = await limited.post(path, json={"refreshToken": "junk"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_rematch_is_a_new_game(tmp_path: Path, people: MemoryPeople) -> None:
    limits = Limits(clock=lambda: 1000.0)
    made = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")),
        people=people,
        store_name="sqlite",
        limits=limits,
    )
    transport = httpx.ASGITransport(made.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        table = Table(http, people)
        await table.join("Anna")
        await table.join("Bert")
        path = f"/games/{(await table.start('Bert', 'Anna'))['gameId']}"
        # What comes to nothing is not counted.
        assert (await table.post("Anna", f"{path}/rematch")).status_code == 409
        await table.post("Bert", f"{path}/resign")
        for _ in range(NEW_GAMES.count - 1):
            limits.new_game("Anna")
        statuses = [(await table.post("Anna", f"{path}/rematch")).status_code for _ in range(2)]
        assert statuses == [200, 429]
    await made.close()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
async def test_a_flood_through_a_proxy_here_does_not_lock_out_who_sits_here(
    tmp_path: Path, people: MemoryPeople, header: str
) -> None:
    """Where the proxy is not trusted, all that it passes on counts as one client of its own."""
    made = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")),
        people=people,
        store_name="sqlite",
        limits=Limits(clock=lambda: 1000.0),
    )
    junk = {"username": "Nobody", "password": PASSWORD}
    for address in ("127.0.0.1", "::1", "192.0.2.9"):
        transport = httpx.ASGITransport(made.app, client=(address, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
            for number in range(11):
                passed_on = {header: f"for=203.0.113.{number}"}
                answer = await http.post("/login", json=junk, headers=passed_on)
            assert answer.status_code == 429
            direct = (await http.post("/login", json=junk)).status_code
            # Elsewhere the header proves nothing: it must not give anyone a second share.
            assert direct == (429 if address == "192.0.2.9" else 401)
    await made.close()
