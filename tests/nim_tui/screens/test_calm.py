"""Whatever a server does: one calm line, a live screen, and nothing typed is lost."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input

from nim_tui import messages
from nim_tui.client import NimClient, http
from nim_tui.client.retry import Retries
from nim_tui.client.transports import ServerTransport
from nim_tui.client.watch import Pauses
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.text import game as game_text
from tests.backend.entrypoints.running import PASSWORD, Running
from tests.nim_tui.client.proxy import Proxy
from tests.nim_tui.client.sockets import says, server, tls_of
from tests.nim_tui.screens.stage import Stage, fill_in, running
from tests.support import free_port

QUICK = Pauses(first=0.05, most=0.1, unheld=0.05, shortest=0.0, hold=1, spare=0.3)


def answer(status: str, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


HTML = answer("200 OK", "<html><h1>Welcome to our router</h1>", "Content-Type: text/html")
REDIRECT = answer("302 Found", "", "Location: https://portal.example/login")
FAULT = answer("500 Internal Server Error", "Traceback (most recent call last): secret")
OTHER_API = answer("200 OK", '{"pets": [{"name": "Rex"}]}', "Content-Type: application/json")
OTHER_404 = answer("404 Not Found", '{"detail": "Not Found"}', "Content-Type: application/json")
GARBAGE = b"\x00\xff\x1b]0;evil\x07" * 20

ODD = [HTML, REDIRECT, FAULT, OTHER_API, OTHER_404, GARBAGE]
WORDS = [
    "answers, but not as a Nim backend does. Check the address.",
    "redirects to https://portal.example. If you trust it",
    "cannot answer right now",
    "answers, but not as a Nim backend does. Check the address.",
    "answers, but not as a Nim backend does. Check the address.",
    "was lost. Try again in a moment.",
]


async def try_to_sign_in(stage: Stage, told: str) -> None:
    """Try twice; each time the line is there, and so is what was typed."""
    await stage.press("s")
    await stage.at("LoginScreen")
    await fill_in(stage, username="anana", password=PASSWORD)
    for _ in range(2):
        await stage.press("enter")
        await stage.until(lambda: told in stage.says("#error").replace("\n", " "), told)
        assert "secret" not in stage.picture
    assert stage.screen.query_one("#username", Input).value == "anana"
    assert stage.screen.query_one("#password", Input).value == PASSWORD
    await stage.press("escape")
    await stage.at("WelcomeScreen")


@pytest.mark.parametrize(("odd", "told"), zip(ODD, WORDS, strict=True))
async def test_signing_in_where_no_nim_backend_answers(odd: bytes, told: str) -> None:
    async with server(says(odd)) as url, running(NimClient.http(url)) as stage:
        await try_to_sign_in(stage, told)


async def test_signing_in_where_nobody_is_or_nobody_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(NimClient.http(f"http://127.0.0.1:{free_port()}")) as stage:
        await try_to_sign_in(stage, "cannot be reached. Check the address and the network.")
    monkeypatch.setattr(http, "RESPONSE_SECONDS", 0.3)
    async with server(silent) as url, running(NimClient.http(url)) as stage:
        await try_to_sign_in(stage, "does not respond in time. Check the network")


async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Take a connection and say nothing."""
    await asyncio.Event().wait()


async def test_signing_in_behind_an_expired_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired: ssl.SSLContext = tls_of(tmp_path, days=-1)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    async with server(says(b""), expired) as url, running(NimClient.http(url)) as stage:
        await try_to_sign_in(stage, "has expired. Ask its operator to renew it.")


@pytest.fixture(scope="module")
def nim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("calm") / "games.db", "--no-limits") as served:
        for name in ("anana", "bobby"):
            served.sign_up(name)
        yield served


@pytest.fixture
async def network(nim: Running) -> AsyncIterator[Proxy]:
    async with Proxy(nim.port) as between:
        yield between


@asynccontextmanager
async def playing(network: Proxy, name: str = "anana") -> AsyncIterator[Stage]:
    """Signed in behind the network, at the games."""
    client = NimClient(ServerTransport(network.url), retries=Retries((0.01,)), pauses=QUICK)
    await client.sign_in(name, PASSWORD)
    async with running(client) as stage:
        await stage.at("WelcomeScreen")
        stage.app.post_message(messages.SignedIn())
        await stage.at("GamesScreen")
        yield stage


async def _press_in_vain(stage: Stage, network: Proxy) -> None:
    """Press enter in vain: the line is there, the choice is, and a key takes the line."""
    network.cut()
    await stage.press("enter")
    await stage.until(lambda: game_text.NOT_ARRIVED in stage.says("#error"))
    assert stage.says("#selection").startswith("Take 2 from heap 3")
    await stage.press("a", "c", "up")
    assert stage.says("#error").strip() == ""


async def test_a_choice_outlives_every_failure_and_its_move_counts_once(
    nim: Running, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    friend = NimClient.http(nim.url)
    await friend.sign_in("bobby", PASSWORD)
    game = await friend.new_game("anana")
    async with playing(network) as stage:
        await stage.until(lambda: "bobby" in stage.picture)
        await stage.press("enter")
        await stage.at("BoardScreen")
        board = stage.screen
        assert isinstance(board, BoardScreen)
        await stage.press("c", "up")

        fails = partial(_press_in_vain, stage, network)
        for odd in ODD:
            network.instead = odd
            await fails()
        network.instead = b""
        network.down = True
        await fails()
        network.down = False
        monkeypatch.setattr(http, "RESPONSE_SECONDS", 0.2)
        network.deaf = True
        await fails()  # and it has arrived each time, though nobody heard of that
        network.deaf = False
        monkeypatch.setattr(http, "RESPONSE_SECONDS", 10.0)
        network.cut()
        await stage.press("enter")
        await stage.until(lambda: board.game.version == 1)
        assert board.game.heaps == (5, 4, 3)
        assert (await friend.game(game.game_id)).moves == board.game.moves
        # The board follows again, by itself.
        await friend.move(board.game, 1, 1)
        await stage.until(lambda: board.game.heaps == (1, 4, 3))
    await friend.close()


async def test_the_games_say_that_they_are_old_and_come_back_by_themselves(
    nim: Running, network: Proxy
) -> None:
    async with playing(network) as stage:
        await stage.until(lambda: "Up to date" in stage.says("#status"))
        for odd in ODD:
            network.instead = odd
            network.cut()
            await stage.until(lambda: "Offline. Trying again in" in stage.says("#status"))
            assert "Games as of" in stage.says("#status")
            await stage.press("n")
            await stage.at("NewGameScreen")
            await stage.press("escape")
            network.instead = b""
            await stage.until(lambda: "Up to date" in stage.says("#status"))
