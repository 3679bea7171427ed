"""What a run of 20 s does not reach: a courier killed at each step, sessions of hours, a clock."""

from __future__ import annotations

import asyncio
import logging
import random
import warnings
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backend.domain.errors import NotSignedIn
from backend.domain.people import Registration
from backend.service.commands import Invite
from nim_tui.client import NimClient
from tests.simulation.dynamodb_engine import Engine
from tests.simulation.history import History, claims_of
from tests.simulation.loop import Process, VirtualLoop
from tests.simulation.machines import Bells, Machine, ServedHome, SimulatedSender
from tests.simulation.network import Network
from tests.simulation.people import PASSWORD
from tests.simulation.surroundings import WallClock, surroundings

pytestmark = pytest.mark.usefixtures("killed_processes")

HOUR = 3600.0


@dataclass
class OneServer:
    """A server on a file, and what machines share; a `Shared`."""

    loop: VirtualLoop
    clock: WallClock
    network: Network
    folder: Path
    engine: Engine | None = None
    bells: Bells = field(default_factory=Bells)
    streamed: bool = False
    closed: bool = False

    def __post_init__(self) -> None:
        self.sender = SimulatedSender(self.loop)
        self.network.history.clock = self.clock.seconds
        self.machine = Machine("server", self)

    async def begin(self) -> None:
        """Start the server, with two accounts."""
        people = self.machine.start().service.people
        for number, name in enumerate(("anna", "bert")):
            form = Registration(name, PASSWORD, None, f"+1555000000{number}")
            await self.loop.spawn(self.machine.process, people.register(form))
        await asyncio.sleep(1.0)
        assert self.machine.server.app is not None

    def client(self, name: str, process: Process) -> NimClient:
        self.network.history.users[name] = "anna"
        home: Any = process.context.run(ServedHome, name, self, self.machine.server)
        return NimClient(home)


@contextmanager
def one_server(folder: Path, seed: int = 0) -> Iterator[OneServer]:
    loop, history = VirtualLoop(seed), History()
    clock = WallClock(loop)
    logging.disable(logging.CRITICAL)
    try:
        with surroundings(loop, clock, seed), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            yield OneServer(loop, clock, Network(loop, history, seed), folder)
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            loop.finish()
        logging.disable(logging.NOTSET)


def ran(server: OneServer, work: Coroutine[Any, Any, Any]) -> Any:
    return server.loop.run_until_complete(work)


async def _invited(server: OneServer, kill_after: int) -> tuple[int, int, bool]:
    """The games and the texts of one invitation whose server is killed after so many steps."""
    await server.begin()
    machine, loop = server.machine, server.loop
    backend, dead = machine.backend, asyncio.Event()
    assert backend is not None

    def kill() -> None:
        machine.kill()
        dead.set()

    loop.after_steps(machine.process, kill_after, kill)
    loop.spawn(machine.process, backend.service.create("anna", Invite(opponent="bert")))
    await asyncio.sleep(20.0)
    loop.spare(machine.process)
    if dead.is_set():
        machine.start()
    await asyncio.sleep(100.0)
    later = machine.backend
    assert later is not None
    games = await loop.spawn(machine.process, later.service.games.list("bert", "open", 9, None))
    return len(games.games), len(server.sender.sent), dead.is_set()


def test_an_outbox_killed_at_every_step_loses_and_invents_nothing(tmp_path: Path) -> None:
    """Between sending and recording a notice may be sent twice, and nowhere else."""
    outcomes: list[tuple[int, int]] = []
    killed, steps = True, 0
    while killed:
        steps += 1
        folder = tmp_path / str(steps)
        folder.mkdir()
        with one_server(folder) as server:
            games, texts, killed = ran(server, _invited(server, steps))
        assert games <= texts <= 2 * games, f"killed after {steps} steps: {games} games, {texts}"
        outcomes.append((games, texts))
    assert steps > 10
    assert outcomes[0] == (0, 0), "it was not killed before the commit"
    assert (1, 2) in outcomes, "it was not killed between sending and recording"
    assert outcomes[-1] == (1, 1)


async def _two_terminals(server: OneServer, *, hours: float, back: float = 0.0) -> list[NimClient]:
    """Two terminals of one player, which ask now and then over a line that loses answers."""
    await server.begin()
    vault: dict[str, str | None] = {}
    dice = random.Random(7)

    async def stored(_: str) -> str | None:
        return vault.get("anna")

    clients = []
    for name in ("one", "two"):
        client = server.client(name, Process(name))
        client.connection.stored_token = stored
        client.connection.on_renewed = lambda client=client: vault.update(anna=client.refresh_token)
        if (token := vault.get("anna")) is None:
            await client.sign_in("anna", PASSWORD)
            vault["anna"] = client.refresh_token
        else:
            await client.resume(token, "anna")
        clients.append(client)
    end = server.loop.time() + hours * HOUR
    while server.loop.time() < end:
        await asyncio.sleep(dice.uniform(60.0, 900.0))
        if back and server.loop.time() > end - hours * HOUR / 2:
            server.clock.jumped, back = server.clock.jumped - back, 0.0
        for client in clients:
            server.network.link("one").break_next = dice.random() < 0.3
            await asyncio.wait_for(_asked(client), 60.0)
    return clients


async def _asked(client: NimClient) -> None:
    """Ask until an answer comes. Raises: NotSignedIn."""
    from nim_tui.client import Unreachable

    while True:
        try:
            await client.games()
        except Unreachable:
            await asyncio.sleep(1.0)
        else:
            return


def test_two_terminals_renew_one_session_for_hours_and_end_together(tmp_path: Path) -> None:
    async def play(server: OneServer) -> None:
        one, two = await _two_terminals(server, hours=5)
        await one.sign_out()
        await asyncio.sleep(HOUR)
        with pytest.raises(NotSignedIn):
            await two.games()

    with one_server(tmp_path) as server:
        ran(server, play(server))
        exchanges = server.network.history.exchanges
        ages = [
            one.at - claims_of(dict(one.headers)[b"authorization"].decode())["iat"]
            for one in exchanges
            if one.path == "/games" and one.status == 200
        ]
    assert sum(one.path == "/login/refresh" for one in exchanges) >= 8
    assert max(ages) < HOUR + 11.0


@pytest.mark.parametrize("back", [30.0, 90.0 * 60.0])
def test_a_clock_that_is_set_back_signs_nobody_out(tmp_path: Path, back: float) -> None:
    """Tokens of a time to come are renewed; the session goes on."""
    with one_server(tmp_path) as server:
        clients = ran(server, _two_terminals(server, hours=2, back=back))
    assert all(client.refresh_token for client in clients)
