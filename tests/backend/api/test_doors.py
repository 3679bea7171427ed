"""The lines at the doors: few are worked on at once, and those inside do not wait behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.api import doors
from backend.api.doors import AT_ONCE, Doors
from backend.api.rate_limits import Limits
from backend.bootstrap import Backend, assemble
from backend.domain.errors import TooManyRequests, WrongPassword
from backend.domain.people import Player, Registration, Session
from tests.backend.api.people import MemoryPeople
from tests.backend.api.table import PASSWORD, Table

CROWD = 60


class SlowPeople(MemoryPeople):
    """People whose doors stay shut until a test opens them.

    Attributes:
        inside: how many are being worked on.
        most: how many were at once.

    """

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.inside = 0
        self.most = 0

    async def _work(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.open.wait()
        self.inside -= 1

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> Session:
        await self._work()
        raise WrongPassword

    async def refresh(self, refresh_token: str) -> Session:
        await self._work()
        return await super().refresh(refresh_token)

    async def revoke(self, refresh_token: str) -> None:
        await self._work()

    async def register(self, form: Registration) -> Player:
        if (form.email or "").startswith("slow"):
            await self._work()
        return await super().register(form)


@pytest.fixture
def slow() -> SlowPeople:
    return SlowPeople()


@pytest.fixture
async def slow_backend(tmp_path: Path, slow: SlowPeople) -> AsyncIterator[Backend]:
    made = assemble(
        games=SqliteGameStore(Database(tmp_path / "games.db")),
        people=slow,
        store_name="sqlite",
        limits=Limits(clock=lambda: 1000.0),
    )
    yield made
    await made.close()


LOGIN = {"username": "Nobody", "password": PASSWORD}
SIGN_UP = {"password": PASSWORD, "email": "slow@example.com"}


@pytest.mark.parametrize("path", ["/users", "/login", "/login/refresh", "/logout"])
async def test_a_crowd_at_a_door_is_let_in_few_at_a_time_and_games_go_on(
    slow_backend: Backend, slow: SlowPeople, path: str
) -> None:
    """The crowd comes from as many addresses, so that no limit stops it."""

    async def knock(number: int) -> int:
        transport = httpx.ASGITransport(slow_backend.app, client=(f"192.0.2.{number}", 1))
        bodies: dict[str, Any] = {
            "/users": SIGN_UP | {"username": f"name{number}"},
            "/login": LOGIN,
        }
        body = bodies.get(path, {"refreshToken": "junk"})
        async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
            return (await http.post(path, json=body)).status_code

    transport = httpx.ASGITransport(slow_backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        table = Table(http, slow)
        await table.join("Anna")
        await table.join("Bert")
        game = await table.start("Anna", "Bert")
        crowd = [asyncio.create_task(knock(number)) for number in range(CROWD)]
        for name, heap in (("Bert", "heap1"), ("Anna", "heap2"), ("Bert", "heap3")):
            assert (await table.move(name, game, heap, 1)).status_code == 200
        assert slow.most == AT_ONCE
        slow.open.set()
        statuses = await asyncio.gather(*crowd)
    assert len(set(statuses)) == 1
    assert slow.most == AT_ONCE
    assert slow.inside == 0


async def test_refusals_leave_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    real_sleep = asyncio.sleep
    leaving = 0

    async def pause(seconds: float) -> None:
        nonlocal leaving
        leaving += 1
        assert leaving == 1
        await real_sleep(0)
        pauses.append(seconds)
        leaving -= 1

    monkeypatch.setattr("backend.api.doors.asyncio.sleep", pause)
    line = Doors()

    async def refused() -> None:
        async with line.counted():
            raise TooManyRequests

    done = await asyncio.gather(*(refused() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(error, TooManyRequests) for error in done)
    assert pauses == [doors.REFUSAL_SECONDS] * 20


async def test_who_gives_up_leaves_the_line() -> None:
    line = Doors(at_once=1)
    async with line.turn():
        waiting = asyncio.create_task(_pass(line))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await _pass(line)


async def _pass(line: Doors) -> None:
    async with line.turn():
        pass
