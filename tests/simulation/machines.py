"""The processes of a run: servers and clients around the real backend, and what they share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import httpx

from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.file_watch import Wait
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.adapters.sqlite.notes import SqliteNotes
from backend.adapters.sqlite.outbox import OutboxCourier
from backend.adapters.sqlite.password_hashing import Cost
from backend.bootstrap import Backend, assemble
from backend.domain.errors import Unavailable
from backend.domain.notices import Outcome
from backend.service.delivery import Messenger
from backend.service.direct_courier import DirectCourier
from backend.service.newcomers import Newcomers
from backend.service.ports import Courier, GameStore
from nim_tui.client.transports import IN_PROCESS, OpenTransport
from tests.simulation.boto_client import SimulatedAws
from tests.simulation.dynamodb_engine import Engine
from tests.simulation.loop import PROCESS, OneThread, Process, VirtualLoop
from tests.simulation.network import InProcessTransport, Network, Server, ServerTransport
from tests.simulation.surroundings import WallClock

CHEAP = Cost(memory_kib=8, passes=1)


class Shared(Protocol):
    """What the machines of a run share; `world.World`."""

    loop: VirtualLoop
    clock: WallClock
    network: Network
    folder: Path
    engine: Engine | None
    bells: Bells
    sender: SimulatedSender
    streamed: bool
    closed: bool


class Bells:
    """The bells of the files, which a fault can silence."""

    def __init__(self) -> None:
        self.silent = False
        self._listening: dict[Path, dict[asyncio.Event, None]] = {}

    def ring(self, path: Path) -> None:
        if not self.silent:
            for event in list(self._listening.get(path, ())):
                event.set()

    @asynccontextmanager
    async def bell(self, path: Path) -> AsyncIterator[Wait]:
        """See `backend.adapters.sqlite.file_watch.bell`."""
        rung = asyncio.Event()
        self._listening.setdefault(path, {})[rung] = None

        async def wait(seconds: float) -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), seconds)
            rung.clear()

        try:
            yield wait
        finally:
            self._listening[path].pop(rung, None)


class SimulatedDatabase(Database):
    """The real database, in a thread of the loop, with a bell of the run."""

    def __init__(self, path: Path, shared: Shared) -> None:
        super().__init__(path, thread=OneThread(shared.loop))
        self._bells = shared.bells

    def _ring(self) -> None:
        self._bells.ring(self.path)

    def drop(self) -> None:
        """Let go of the file as a killed process does; what was not committed is lost."""
        self._close()


@dataclass
class SentText:
    """One text message: to whom, when, and by which process."""

    phone: str
    text: str
    at: float
    process: Process | None


@dataclass
class SimulatedSender:
    """The telephone network, which a fault can take away."""

    loop: VirtualLoop
    away: float = 0.0
    sent: list[SentText] = field(default_factory=list)
    failed: int = 0

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        await asyncio.sleep(self.loop.dice.uniform(0.01, 0.3))
        if self.away and self.loop.dice.random() < self.away:
            self.failed += 1
            raise Unavailable("The telephone network is away.")
        self.sent.append(SentText(to, text, self.loop.time(), PROCESS.get()))
        await asyncio.sleep(self.loop.dice.uniform(0.01, 0.3))
        return "sent"

    async def close(self) -> None:
        """Nothing was set aside."""


class Machine:
    """A process with a backend: a server, or a client that brings its own."""

    def __init__(self, name: str, shared: Shared) -> None:
        self.name = name
        self.server = Server(name, Process(name))
        self.backend: Backend | None = None
        self.holds = True
        self.crashed_at: list[float] = []
        self._shared = shared
        self._databases: list[SimulatedDatabase] = []

    @property
    def process(self) -> Process:
        return self.server.process

    def start(self, client: Process | None = None) -> Backend:
        """Begin on what an earlier process has left: in a process of its own, or in a client's."""
        self.server.process = client or Process(self.name)
        self.server.open = {}
        self._databases = []
        # Straight to AWS nothing is held: each look would cost.
        self.holds = client is None or self._shared.engine is None
        context = self.process.context.copy()
        self.backend = context.run(self._assembled, serves=client is None)
        if client is None:
            self._shared.loop.spawn(self.process, self._begin(self.backend))
        return self.backend

    def kill(self) -> None:
        """End the process between two of its steps."""
        self.crashed_at.append(self._shared.loop.time())
        self._shared.network.crash(self.server)
        self.backend = None
        for database in self._databases:
            database.drop()

    def database(self, name: str) -> SimulatedDatabase:
        """A file of the run, opened by this machine's process."""
        opened = SimulatedDatabase(self._shared.folder / name, self._shared)
        self._databases.append(opened)
        return opened

    async def _begin(self, backend: Backend) -> None:
        while True:
            try:
                await backend.start()
            except Unavailable:
                await asyncio.sleep(0.5)  # whoever starts servers starts them again
            else:
                self.server.app = backend.app
                return

    def _assembled(self, *, serves: bool) -> Backend:
        shared = self._shared
        accounts = self.database("accounts.db" if shared.engine else "games.db")
        people = SqliteIdentity(accounts, cost=CHEAP, now=shared.clock.now)
        games: GameStore
        courier: Courier | None = None
        begin: Callable[[], None] = lambda: None  # noqa: E731 - the default of a field
        if shared.engine is not None:
            aws: Any = SimulatedAws(shared.loop, shared.engine, shared.network)
            games = DynamoGameStore(aws, "games")
            if not shared.streamed:
                courier = DirectCourier(Messenger(people, {"sms": shared.sender}))
        else:
            games = SqliteGameStore(accounts, bell=shared.bells.bell)
            if serves:
                outbox = OutboxCourier(
                    accounts, Messenger(people, {"sms": shared.sender}), now=shared.clock.now
                )
                courier, begin = outbox, outbox.start
        newcomers = Newcomers(
            people, games.invitations, SqliteNotes(accounts), now=shared.clock.now
        )
        return assemble(
            games=games,
            people=people,
            store_name="simulated",
            courier=courier,
            begin=begin,
            holds=self.holds,
            registration_open=not shared.closed,
            newcomers=newcomers,
            now=shared.clock.now,
        )


@dataclass(frozen=True, slots=True)
class ServedHome:
    """The way of a client to a server over the virtual network; a `Transport`."""

    client: str
    shared: Shared
    server: Server
    place: str = "simulated"
    name: str = "The server"

    async def open(self) -> OpenTransport:
        transport = ServerTransport(self.shared.network, self.client, lambda: self.server)
        http = httpx.AsyncClient(transport=transport, base_url="http://server.invalid")
        return OpenTransport(http, _nothing)


@dataclass(frozen=True, slots=True)
class EmbeddedHome:
    """A client's own backend on the shared file; a `Transport`."""

    client: str
    shared: Shared
    machine: Machine
    place: str = "embedded"
    name: str = "This computer"

    async def open(self) -> OpenTransport:
        backend = self.machine.start(PROCESS.get())
        transport = InProcessTransport(self.shared.network, self.client, backend.app)
        http = httpx.AsyncClient(transport=transport, base_url=IN_PROCESS)
        hang_up: Callable[[], Awaitable[None]] = partial(_close, backend)
        return OpenTransport(http, hang_up)


async def _nothing() -> None:
    """Nothing stands behind a line to elsewhere."""


async def _close(backend: Backend) -> None:
    await backend.close()
