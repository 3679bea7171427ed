"""One run: the machines of a seed, its faults, the calm after them, and what is then checked."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from backend.domain.errors import NimError, NoSuchPlayer
from backend.domain.game import Game
from backend.domain.people import Registration
from tests.simulation import aftermath, audit, calm
from tests.simulation.dynamodb_engine import Engine, Weather
from tests.simulation.faults import ACTIVE_SECONDS, Fault, Targets, plan
from tests.simulation.history import History
from tests.simulation.loop import Process, VirtualLoop
from tests.simulation.machines import Bells, Machine, SimulatedSender
from tests.simulation.network import Network
from tests.simulation.people import PASSWORD, Account, Life, NewPassword
from tests.simulation.players import Player, Promise, TutorialPlayer
from tests.simulation.stream import StreamReader
from tests.simulation.surroundings import WallClock, surroundings

NAMES = ("anna", "bert", "cleo")
# The longest pause of a watch, and the longest held answer after it.
_CALM_SECONDS = 75.0
# A notice that was under way in a crash, or refused at the last moment, is tried again by then.
_NOTICES_SECONDS = 300.0


@dataclass
class Outcome:
    """What a run came to: its complaints (none where all is well), and the hash of all it did."""

    seed: int
    complaints: list[str]
    trace: str
    faults: list[Fault]
    steps: int = 0
    games: int = 0
    exchanges: int = 0


@dataclass
class World:
    """Everything that the machines of a run share."""

    seed: int
    folder: Path
    loop: VirtualLoop
    clock: WallClock
    network: Network
    dice: random.Random
    engine: Engine | None = None
    streamed: bool = False
    bells: Bells = field(default_factory=Bells)
    users: dict[str, Account] = field(default_factory=dict)
    known: dict[str, None] = field(default_factory=dict)
    codes: dict[str, None] = field(default_factory=dict)
    promises: list[Promise] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    restless: bool = False
    closed: bool = False
    at_rest: bool = False
    jumped: bool = False
    table_hurt: bool = False
    servers: list[Machine] = field(default_factory=list)
    players: list[Player] = field(default_factory=list)
    changes: list[NewPassword] = field(default_factory=list)
    to_reset: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sender = SimulatedSender(self.loop)
        self.network.history.clock = self.clock.seconds
        dice = self.dice
        if dice.random() < 0.45:
            self.engine = Engine(self.clock.seconds, random.Random(f"engine {self.seed}"))
            self.streamed = dice.random() < 0.5
        for number, name in enumerate(NAMES[: dice.choice((2, 2, 3))]):
            self.users[name] = Account(name, Life(name, f"+1555000000{number}"))
        self.servers = [Machine(f"server{n}", self) for n in range(dice.choice((1, 2)))]
        ways = random.Random(f"people {self.seed}")
        self.restless, self.closed = ways.random() < 0.5, ways.random() < 0.3
        for name, account in self.users.items():
            self.players.append(self._player(f"{name}'s", account))
        if dice.random() < 0.3:
            account = self.users[NAMES[0]]
            self.players.append(self._player(f"{account.name}'s second", account))
        self.reader = StreamReader(self) if self.streamed else None

    def _player(self, name: str, account: Account) -> Player:
        dice = random.Random(f"{name} {self.seed}")
        home = self.dice.choice(self.servers)
        embedded = self.dice.random() < 0.25
        if embedded:
            home = Machine(name, self)
        player = Player(name, account, self, home, dice)
        player.embedded = embedded
        return player

    def targets(self) -> Targets:
        """What the faults of this run can hit."""
        engine_links = []
        if self.engine is not None:
            machines = [*self.servers, *(one.home for one in self.players if one.embedded)]
            engine_links = [f"{machine.name} to engine" for machine in machines]
        return Targets(
            links=[player.name for player in self.players],
            engine_links=engine_links,
            servers=[server.name for server in self.servers],
            clients=[player.name for player in self.players],
            users=list(self.users),
        )

    async def run(self, faults: Sequence[Fault]) -> None:
        """Play and break, then mend, wait and look."""
        if self.closed:
            await self._found()
        for server in self.servers:
            server.start()
        for player in self.players:
            player.start()
        if self.reader is not None:
            self.reader.start()
        if self.engine is not None and self.dice.random() < 0.6:
            TutorialPlayer(self, random.Random(f"tutorial {self.seed}")).start()
        breaking = [asyncio.create_task(self._break(fault)) for fault in faults]
        await asyncio.sleep(ACTIVE_SECONDS)
        await self._mend(breaking)
        self.at_rest = True
        await asyncio.sleep(_CALM_SECONDS)
        for player in self.players:
            # Where registration is closed, nobody may have invited who has left.
            outside = self.closed and not player.account.registered
            if not outside and (player.client is None or player.client.refresh_token is None):
                self.complaints.append(f"{player.name} could not sign in after all is well")
        await calm.calm_round(self)
        await aftermath.aftermath(self)
        for player in self.players:
            player.kill()
        await asyncio.sleep(_NOTICES_SECONDS)
        await audit.final(self)

    async def _found(self) -> None:
        """The operator makes the first accounts of a place where nobody may register."""
        backend = Machine("operator", self).start(Process("operator"))
        ways = random.Random(f"founders {self.seed}")
        first, *others = self.users.values()
        for account in [first, *(one for one in others if ways.random() < 0.4)]:
            mail = f"{account.name}@example.com"
            form = Registration(account.name, PASSWORD, mail, account.life.phone)
            await backend.service.people.register(form)
            account.registered = account.is_founder = True
        await backend.close()

    def _killable(self) -> list[Machine | Player]:
        return [*self.servers, *self.players]

    async def _mend(self, breaking: Sequence[asyncio.Task[None]]) -> None:
        for task in breaking:
            task.cancel()
        self.network.heal()
        self.sender.away = 0.0
        self.bells.silent = False
        if self.engine is not None:
            self.engine.weather = Weather()
        for machine in self._killable():
            if not machine.process.alive:
                machine.start()
        for name in list(self.to_reset):
            await self._reset(name)

    async def _break(self, fault: Fault) -> None:
        await asyncio.sleep(fault.at)
        match fault.kind:
            case "crash server" | "crash client":
                await self._crash(fault)
            case "password reset":
                await self._reset(fault.target)
            case "clock jumps":
                self.clock.jumped += fault.strength
                self.jumped = True
            case _:
                self._worsen(fault, on=True)
                await asyncio.sleep(fault.seconds)
                self._worsen(fault, on=False)

    def _worsen(self, fault: Fault, *, on: bool) -> None:
        strength = fault.strength if on else 0.0
        self.table_hurt |= fault.kind == "throttled" or fault.target.endswith(" to engine")
        match fault.kind:
            case "cut":
                self.network.link(fault.target).cut = on
            case "lossy":
                self.network.link(fault.target).lost = strength
            case "doubling":
                self.network.link(fault.target).doubled = strength
            case "slow":
                self.network.link(fault.target).slowest = max(0.04, strength)
            case "sender away":
                self.sender.away = strength
            case "silent bell":
                self.bells.silent = on
            case "throttled" if self.engine:
                self.engine.weather.throttled = strength
            case "stale indexes" if self.engine:
                self.engine.weather.index_lag = (0.5, 6.0) if on else Weather().index_lag
            case other:
                raise AssertionError(other)

    async def _crash(self, fault: Fault) -> None:
        """Kill a process between two of its steps, and start it again after a while."""
        chosen = [one for one in self._killable() if one.name == fault.target]
        for machine in (one for one in chosen if one.process.alive):
            dead = asyncio.Event()
            kill = partial(_kill, machine, dead)
            self.loop.after_steps(machine.process, int(fault.strength), kill)
            try:
                await dead.wait()
            finally:
                self.loop.spare(machine.process)
            await asyncio.sleep(fault.seconds)
            machine.start()

    async def _reset(self, name: str) -> None:
        """An administrator gives a player a one-time password; all their sessions end."""
        account, server = self.users[name], self.servers[0]
        account.ended = True
        self.to_reset[name] = None
        while name in self.to_reset:
            if server.backend is not None:
                asked, called = self.clock.seconds(), account.name
                reset = server.backend.service.people.reset(called)
                work = self.loop.spawn(server.process, reset)
                # A server that is killed meanwhile never ends it, and the administrator asks again.
                await asyncio.wait([work], timeout=2.0)
                if work.done() and isinstance(work.exception(), NoSuchPlayer):
                    del self.to_reset[name]
                elif work.done() and work.exception() is None:
                    account.one_time = work.result()
                    self.changes.append(NewPassword(called, asked, self.clock.seconds()))
                    del self.to_reset[name]
            await asyncio.sleep(0.5)

    async def games(self) -> dict[str, Game]:
        """Every game that anybody has heard of, as a store that was opened anew has it."""
        machine = Machine("reader", self)
        backend = machine.start(Process("reader"))
        found = {}
        for game_id in list(self.known):
            while True:
                try:
                    game = await backend.service.games.get(game_id)
                except NimError:
                    await asyncio.sleep(0.5)
                else:
                    break
            if game is not None:
                found[game_id] = game
        await backend.close()
        return found


def _kill(machine: Machine | Player, dead: asyncio.Event) -> None:
    machine.kill()
    dead.set()


def run(seed: int, only: Sequence[int] | None = None) -> Outcome:
    """Run one seed, with all of its faults or only those of these numbers."""
    folder = Path(tempfile.mkdtemp(prefix="nim-simulation-", dir=_memory()))
    loop = VirtualLoop(seed)
    clock = WallClock(loop)
    loop.set_exception_handler(lambda _, context: _noted(loop, context))
    history = History()
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with surroundings(loop, clock, seed), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            network = Network(loop, history, seed)
            world = World(seed, folder, loop, clock, network, random.Random(f"world {seed}"))
            faults = plan(seed, world.targets())
            chosen = [
                fault for number, fault in enumerate(faults) if only is None or number in only
            ]
            try:
                loop.run_until_complete(world.run(chosen))
            except Exception as error:  # noqa: BLE001 - a run that breaks is a finding, too
                where = traceback.extract_tb(error.__traceback__)[-1]
                world.complaints.append(f"{error!r} in {where.name}")
            outcome = Outcome(seed, world.complaints, loop.trace, faults, loop.steps)
            outcome.games, outcome.exchanges = len(world.known), len(history.exchanges)
            outcome.complaints += [f"nobody heard of: {error!r}" for error in loop.unheard()]
            return outcome
    finally:
        with warnings.catch_warnings():
            # Coroutines that a killed process had made and not begun.
            warnings.simplefilter("ignore", RuntimeWarning)
            loop.finish()
        logging.disable(level)
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> str | None:
    """A folder in memory where there is one: nothing here is about the disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _noted(loop: VirtualLoop, context: dict[str, Any]) -> None:
    """What asyncio would write to the log goes into the trace; `unheard` finds lost errors."""
    loop.note(str(context.get("message")))
