"""The client with a real server over real sockets, through a network that fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from backend.domain.errors import NotSignedIn
from backend.domain.game import Game
from nim_tui.client import NimClient, Offline
from nim_tui.client.retry import Retries
from nim_tui.client.transports import ServerTransport
from nim_tui.client.watch import Pauses
from tests.backend.entrypoints.running import PASSWORD, Running
from tests.nim_tui.client.proxy import Proxy

# Held only briefly, so that a dead connection is noticed within the time of a test.
PAUSES = Pauses(first=0.05, most=0.2, unheld=0.1, shortest=0.0, hold=1, spare=0.3)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("served") / "games.db", "--no-limits") as running:
        for name in ("anna", "bert"):
            running.sign_up(name)
        yield running


@pytest.fixture
async def proxy(server: Running) -> AsyncIterator[Proxy]:
    async with Proxy(server.port) as between:
        yield between


@pytest.fixture
async def anna(proxy: Proxy) -> AsyncIterator[NimClient]:
    """Behind the failing network."""
    client = NimClient(ServerTransport(proxy.url), retries=Retries((0.01, 0.01)), pauses=PAUSES)
    await client.sign_in("anna", PASSWORD)
    yield client
    await client.close()


@pytest.fixture
async def bert(server: Running) -> AsyncIterator[NimClient]:
    """Directly at the server."""
    client = NimClient.http(server.url)
    await client.sign_in("bert", PASSWORD)
    yield client
    await client.close()


async def test_an_opponents_move_arrives_at_once(anna: NimClient, bert: NimClient) -> None:
    game = await anna.new_game("bert")
    async with aclosing(anna.watch_game(game.game_id)) as changes:
        assert await anext(changes) == game
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        moved = await bert.move(game, 1, 2)
        assert await asyncio.wait_for(waiting, 5) == moved
        assert time.monotonic() - began < 0.5


async def test_lost_responses_count_once(anna: NimClient, bert: NimClient, proxy: Proxy) -> None:
    game = await bert.new_game("anna")
    proxy.lose = 2
    moved = await anna.move(game, 1, 2)
    assert proxy.lose == 0
    assert moved.version == 1
    assert moved.heaps == (2, 4, 5)


async def test_a_half_open_connection_is_noticed_and_recovers(
    anna: NimClient, bert: NimClient, proxy: Proxy
) -> None:
    game = await anna.new_game("bert")
    async with aclosing(anna.watch_game(game.game_id)) as changes:
        await anext(changes)
        proxy.deaf = True
        offline = await asyncio.wait_for(anext(changes), 10)
        assert isinstance(offline, Offline)
        assert offline.since is not None
        moved = await bert.move(game, 1, 2)
        proxy.deaf = False
        proxy.cut()
        assert await asyncio.wait_for(_next_game(changes), 10) == moved


async def test_a_network_that_goes_and_comes_back(
    anna: NimClient, bert: NimClient, proxy: Proxy
) -> None:
    game = await anna.new_game("bert")
    async with aclosing(anna.watch_game(game.game_id)) as changes:
        await anext(changes)
        proxy.down = True
        proxy.cut()
        assert isinstance(await asyncio.wait_for(anext(changes), 5), Offline)
        assert isinstance(await asyncio.wait_for(anext(changes), 5), Offline)
        proxy.down = False
        assert await asyncio.wait_for(_next_game(changes), 5) == game, (
            "up to date again, though unchanged"
        )


async def test_a_killed_server_comes_back_and_nobody_signs_in_again(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    with Running(path, "--no-limits") as first:
        first.sign_up("anna")
        first.sign_up("bert")
        port, url = first.port, first.url
        clients = [
            NimClient(ServerTransport(url), retries=Retries((0.05, 0.05)), pauses=PAUSES)
            for _ in range(2)
        ]
        for client, name in zip(clients, ("anna", "bert"), strict=True):
            await client.sign_in(name, PASSWORD)
        game = await clients[0].new_game("bert")
        game = await clients[1].move(game, 1, 2)
        changes = clients[0].watch_game(game.game_id)
        assert await anext(changes) == game
        first.kill()
    assert isinstance(await asyncio.wait_for(anext(changes), 5), Offline)
    with Running(path, "--no-limits", f"--port={port}"):
        assert await asyncio.wait_for(_next_game(changes), 10) == game
        moved = await clients[0].move(game, 2, 1)
        assert moved.version == 2
        assert (await clients[1].game(game.game_id)) == moved
        await changes.aclose()
        # The session too: the restarted server renews it.
        clients[0].connection._id_token = "old.old.old"
        assert (await clients[0].account.show()).username == "anna"
        await clients[0].sign_out()
        with pytest.raises(NotSignedIn):
            await clients[0].account.show()
        for client in clients:
            await client.close()


async def _next_game(changes: AsyncIterator[Game | Offline]) -> Game:
    async for change in changes:
        if not isinstance(change, Offline):
            return change
    raise AssertionError("the watch has ended")
