"""Two people at two terminals, embedded and over HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nim_tui.client import NimClient
from nim_tui.tokens import MemoryVault
from tests.contract.stranger import PASSWORD, player
from tests.support import at_length, free_port

Clients = Callable[[], NimClient]


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    """`nim-backend serve` as its own process; its address."""
    url = f"http://127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend", "serve", "--port", url.rpartition(":")[2],
        "--store", f"sqlite:{folder / 'served.db'}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            while b"Stop with" not in (line := await process.stdout.readline()):
                assert line, "the server has ended"
        yield url
    finally:
        process.terminate()
        assert await process.wait() == 0


@pytest.fixture
async def clients(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Clients]:
    """A new client of the same place with each call."""
    if request.param == "embedded":
        yield lambda: NimClient.embedded(str(tmp_path / "games.db"))
        return
    async with served(tmp_path) as url:
        yield lambda: NimClient.http(url)


@pytest.mark.parametrize("clients", ["embedded", "http"], indirect=True)
async def test_a_game_from_the_invitation_to_its_end(clients: Clients) -> None:
    async with player(clients()) as alice, player(clients()) as bobby:
        await alice.register("alice")
        await bobby.register("bobby")
        await alice.invite("BOBBY")
        assert "bobby's turn" in alice.says("turn")
        await bobby.until(lambda: bobby.games, "the invitation")
        await bobby.press("enter")
        await bobby.at("BoardScreen")

        await bobby.take("a", "up", "2", *["enter"] * 4)
        await alice.until(lambda: alice.counts == [3, 4, 5], "bobby's move by itself")
        assert alice.says("moves").count("from heap") == 1, "of five enters at once"
        # A refusal is told, and nothing is chosen by it.
        await bobby.press("b")
        assert "alice's turn" in bobby.says("error")
        await alice.take("c", "5")
        await bobby.take("b", "4")
        await alice.take("a", "2")
        await bobby.take("a")
        await alice.hears("turn", "You won")
        await bobby.hears("turn", "You lost")
        assert alice.counts == bobby.counts == [0, 0, 0]
        assert "1 from heap 1" in alice.says("moves")

        await bobby.press("r")
        await bobby.until(lambda: bobby.counts == [5, 4, 5], "the rematch")
        assert "alice's turn" in bobby.says("turn"), "who moved first is second now"
        await alice.press("r")
        await alice.hears("turn", "Your turn")
        await alice.press("escape")
        await alice.at("GamesScreen")
        assert len(alice.games) == 2, "one rematch, and one finished game"


@pytest.mark.parametrize("clients", ["embedded", *at_length("http")], indirect=True)
async def test_a_session_goes_on_until_logout(clients: Clients) -> None:
    vault = MemoryVault()
    async with player(clients(), vault) as alice:
        await alice.register("alice")
    async with player(clients(), vault) as alice:
        await alice.at("GamesScreen")
        await alice.click("logout")
        await alice.at("WelcomeScreen")
    async with player(clients(), vault) as alice:
        await alice.click("to-login")
        await alice.at("LoginScreen")
        await alice.fill(username="alice", password="Wr0ngpass")
        await alice.press("enter")
        await alice.hears("error", "Wrong username or password")
        await alice.fill(password=PASSWORD)
        await alice.press("enter")
        await alice.at("GamesScreen")
