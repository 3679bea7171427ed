"""One ssh server and many sessions: memory, idle CPU, first frames, and a move on its way.

The server is a process of its own, the clients are asyncssh's in this one; on a machine with few
cores they take time from each other. `python -m tests.benchmarks.bench_ssh 10 100 200` chooses how
many live boards.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.adapters.sqlite.password_hashing import Cost
from backend.bootstrap import embedded
from backend.domain.people import Registration
from backend.service.commands import Invite
from tests.benchmarks.bench_start import resident_mb

LEVELS = (10, 100, 200)
QUIET_ROUNDS = 9
ARRIVALS, A_SECOND = 50, 10
AT_ONCE = 100
IDLE_SECONDS = 10.0
SETTLE_SECONDS = 3.0
SECONDS = 60.0
# What is to be reached.
MOST_MB, MOST_IDLE_MS, MOST_QUIET_MS, MOST_ARRIVING_MS = 5.0, 1.0, 300.0, 1000.0
MOST_MOVE_MS, MOST_KEY_MS = 100.0, 250.0

_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>$=]*[a-zA-Z]|\x1b\][^\x1b]*\x1b\\")
_HEAPS = b"aaabbbccc"
_CTRL_Q, _DOWN = b"\x11", b"\x1b[B"


@dataclass
class Person:
    """A session, as its client sees it."""

    connection: asyncssh.SSHClientConnection
    process: Any
    received: int = 0
    text: bytes = b""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    reader: asyncio.Task[None] | None = None

    @classmethod
    async def come(cls, port: int, key: asyncssh.SSHKey) -> Person:
        connection = await asyncssh.connect(
            "127.0.0.1", port, known_hosts=None, username="x", client_keys=[key],
            agent_path=None, config=None,
        )  # fmt: skip
        process = await connection.create_process(
            term_type="xterm-256color", term_size=(80, 24), encoding=None
        )
        person = cls(connection, process)
        person.reader = asyncio.create_task(person.read())
        return person

    async def read(self) -> None:
        """Read all there is, as a terminal does."""
        while data := await self.process.stdout.read(65_536):
            self.received += len(data)
            self.text = (self.text + data)[-200_000:]
            self.changed.set()

    async def see(self, *words: bytes) -> None:
        """Wait for words in what has come since `forget`."""
        async with asyncio.timeout(SECONDS):
            while not all(word in _ESCAPES.sub(b"", self.text) for word in words):
                self.changed.clear()
                await self.changed.wait()

    def forget(self) -> None:
        self.text = b""

    def press(self, keys: bytes) -> None:
        self.process.stdin.write(keys)

    async def leave(self) -> None:
        self.press(_CTRL_Q)
        await self.process.wait_closed()
        self.connection.close()
        await self.connection.wait_closed()


@dataclass(frozen=True, slots=True)
class Served:
    """A server in a process of its own."""

    port: int
    pid: int

    @property
    def cpu_ms(self) -> float:
        """What the process has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        return resident_mb(self.pid)


@asynccontextmanager
async def served(folder: Path, sessions: int) -> AsyncIterator[Served]:
    """A server on the database in this folder."""
    command = [sys.executable, "-m", "nim_tui", "serve-ssh", "--port", "0", "--json"]
    command += ["--data", str(folder / "games.db"), "--sessions", str(sessions)]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        yield Served(json.loads(await process.stdout.readline())["port"], process.pid)
    finally:
        began = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SECONDS):
            await process.wait()
        print(f"SIGTERM to the end: {time.perf_counter() - began:.1f} s")


def name_of(number: int) -> str:
    """A player's name; 0 plays 1, 2 plays 3, and so on."""
    return f"user{number:04}"


async def prepare(path: Path, keys: list[asyncssh.SSHKey]) -> None:
    """Accounts whose keys are remembered, and a game for each two of them."""
    database = Database(path)
    people = SqliteIdentity(database, cost=Cost(memory_kib=8))
    backend = embedded(path, people=people)
    assert backend.keys is not None
    names = [name_of(number) for number in range(len(keys))]
    for name, key in zip(names, keys, strict=True):
        await people.register(Registration(name, "Passw0rd", f"{name}@example.com", None))
        await backend.keys.remember(name, key.get_fingerprint(), "bench")
    for one, two in zip(names[::2], names[1::2], strict=True):
        await backend.service.create(one, Invite(opponent=two))
    await people.close()
    await backend.close()
    await database.close()


async def first_frame(port: int, key: asyncssh.SSHKey) -> tuple[float, Person]:
    """Milliseconds from connecting to the first frame."""
    began = time.perf_counter()
    person = await Person.come(port, key)
    await person.see(b"help")
    return (time.perf_counter() - began) * 1000, person


async def arrivals(served: Served, guest: asyncssh.SSHKey) -> None:
    """First frames: quiet, ten a second, and a hundred at once beside somebody who plays."""
    times = []
    for _ in range(QUIET_ROUNDS):
        took, person = await first_frame(served.port, guest)
        times.append(took)
        await person.leave()
    show("connect to first frame, quiet: median", statistics.median(times), "ms", MOST_QUIET_MS)
    tasks = []
    for _ in range(ARRIVALS):
        tasks.append(asyncio.create_task(first_frame(served.port, guest)))
        await asyncio.sleep(1 / A_SECOND)
    found = await asyncio.gather(*tasks)
    median = statistics.median(took for took, _ in found)
    show("the same with 10 a second arriving: median", median, "ms", MOST_ARRIVING_MS)
    await asyncio.gather(*(person.leave() for _, person in found))
    _, inside = await first_frame(served.port, guest)
    tasks = [asyncio.create_task(first_frame(served.port, guest)) for _ in range(AT_ONCE)]
    slowest = await slowest_key(inside, lambda: all(task.done() for task in tasks))
    found = await asyncio.gather(*tasks)
    show(f"{AT_ONCE} at once: the last one's first frame", max(took for took, _ in found), "ms")
    show("slowest key of one inside meanwhile", slowest, "ms", MOST_KEY_MS)
    await asyncio.gather(*(person.leave() for _, person in found), inside.leave())


async def slowest_key(person: Person, done: Callable[[], bool]) -> float:
    """Press keys until it is done; how long the slowest one took to change the screen, in ms."""
    slowest = 0.0
    while not done():
        began, before = time.perf_counter(), person.received
        person.press(_DOWN)
        async with asyncio.timeout(SECONDS):
            while person.received == before:
                person.changed.clear()
                await person.changed.wait()
        slowest = max(slowest, (time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.05)
    return slowest


async def board(port: int, keys: list[asyncssh.SSHKey], number: int) -> Person:
    """A session of that player's with their only game open."""
    person = await Person.come(port, keys[number])
    await person.see(b"filter", name_of(number ^ 1).encode())
    person.forget()
    person.press(b"\r")
    await person.see(b"heap 3")
    return person


async def level(served: Served, people: list[Person], count: int, base: float) -> None:
    """What so many live boards cost, and how long a move takes from one to another."""
    await asyncio.sleep(SETTLE_SECONDS)
    print(f"\n{count} live boards")
    show("  memory a session", (served.megabytes - base) / count, "MB", MOST_MB)
    cpu, received = served.cpu_ms, sum(person.received for person in people)
    await asyncio.sleep(IDLE_SECONDS)
    idle = (served.cpu_ms - cpu) / IDLE_SECONDS / count
    show("  idle CPU a session and second", idle, "ms", MOST_IDLE_MS)
    quiet = (sum(person.received for person in people) - received) / IDLE_SECONDS / count
    show("  bytes a second of an idle board", quiet, "bytes", 0.0)


async def moves(people: list[Person], turns: dict[int, int], rounds: int) -> None:
    """One move after the other; each until the opponent's screen says whose turn it is."""
    times, sizes = [], []
    for _ in range(rounds):
        for at in range(0, len(people), 2):
            made = turns.get(at, 0)
            turns[at] = made + 1
            # The second of each two was invited, and moves first.
            mover, other = people[at + 1 - made % 2], people[at + made % 2]
            mover.forget()
            other.forget()
            before = mover.received + other.received
            mover.press(_HEAPS[made : made + 1])
            await mover.see(b"Take 1")
            began = time.perf_counter()
            mover.press(b"\r")
            await other.see(b"Your turn")
            times.append((time.perf_counter() - began) * 1000)
            await mover.see(b"turn")
            sizes.append(mover.received + other.received - before)
    ordered = sorted(times)
    show("  a move seen by the opponent: median", statistics.median(times), "ms")
    worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    show("  and the 95th percentile", worst, "ms", MOST_MOVE_MS)
    show("  bytes for a move, both screens: median", statistics.median(sizes), "bytes")


_over: list[str] = []


def show(what: str, value: float, unit: str, most: float | None = None) -> None:
    """Print a figure, and whether it is what was to be reached."""
    verdict = ""
    if most is not None:
        verdict = f"  (to reach: {most:g})" + ("" if value <= most else "  OVER")
        if value > most:
            _over.append(what)
    print(f"{what:<48} {value:9.2f} {unit}{verdict}", flush=True)


async def run(levels: tuple[int, ...]) -> None:
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(max(levels))]
    guest = asyncssh.generate_private_key("ssh-ed25519")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await prepare(folder / "games.db", keys)
        async with served(folder, max(levels) + AT_ONCE + 20) as server:
            await arrivals(server, guest)
            people: list[Person] = []
        async with served(folder, max(levels) + 20) as server:
            # One that has come and gone: what all share is loaded by then.
            (await board(server.port, keys, 0)).connection.abort()
            await asyncio.sleep(SETTLE_SECONDS)
            base, turns = server.megabytes, dict[int, int]()
            for count in levels:
                new = range(len(people), count)
                people += [await board(server.port, keys, number) for number in new]
                await level(server, people, count, base)
                await moves(people, turns, rounds=3 if count < 20 else 1)


def main(words: list[str]) -> int:
    """Print the figures; 1 when one of them is not what was to be reached."""
    # Some of the time is the load of other programs; it belongs beside the figures.
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    asyncio.run(run(tuple(int(word) for word in words) or LEVELS))
    print(f"load after: {os.getloadavg()[0]:.1f}")
    for what in _over:
        print(f"Not reached: {what.strip()}")
    return int(bool(_over))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
