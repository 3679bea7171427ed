"""What a crowd at the doors costs those inside: the median move, quiet and under each flood.

The server is a process of its own on SQLite, behind a proxy that it trusts, so that the crowd can
come from as many addresses as it likes; the crowd is a process, too, and shares the machine. The
bound is that the median move takes at most three times what it takes in quiet.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.backend.entrypoints.running import PASSWORD, Running
from tests.benchmarks.bench_api import Line, Match

CROWD = 60
MOVES = 300
# As a person at a board, and not one after the other: a move that waits delays no other.
MOVES_A_SECOND = 40
MOST_RATIO = 3.0

JUNK = {"refreshToken": "x" * 43}
LOGIN = {"username": "player1", "password": "Wrong-Password-1"}
FLOODS = {
    "refresh": ("/login/refresh", JUNK),
    "logout": ("/logout", JUNK),
    "login": ("/login", LOGIN),
    "sign-up": ("/users", {"password": PASSWORD, "email": "a@example.com"}),
}


def flood(port: int, name: str, *, one_address: bool) -> None:
    """Send to one door until the process is killed: each client again as soon as it is answered."""
    path, body = FLOODS[name]
    numbers = itertools.count()

    async def client() -> None:
        line = await Line(port).open()
        while True:
            number = next(numbers)
            address = (
                "203.0.113.7"
                if one_address
                else f"198.{18 + number % 2}.{number // 250 % 250}.{number % 250}"
            )
            sent = body | ({"username": f"crowd{number}"} if path == "/users" else {})
            await line.ask("POST", path, "", body=sent, headers=f"X-Forwarded-For: {address}\r\n")

    async def crowd() -> None:
        await asyncio.gather(*(client() for _ in range(CROWD)))

    asyncio.run(crowd())


async def set_up(server: Running) -> list[Match]:
    """Enough games for all moves of one measurement, of two people each."""
    names = [f"player{number}" for number in range(8)]
    tokens = {name: await asyncio.to_thread(server.sign_up, name) for name in names}
    line = await Line(server.port).open()
    matches = []
    for mine, theirs in itertools.permutations(names, 2):
        wish = {"opponent": theirs, "heaps": [20, 20, 20]}
        status, _, content = await line.ask("POST", "/games", tokens[mine], body=wish)
        assert status == 200, content
        matches.append(Match(json.loads(content), tokens))
    line.close()
    return matches


async def moves(server: Running, matches: list[Match]) -> float:
    """The median time of a move in ms."""
    times: list[float] = []
    began = time.perf_counter()

    async def mover(first: int, movers: int) -> None:
        line = await Line(server.port).open()
        for number in range(first, MOVES, movers):
            await asyncio.sleep(max(0.0, began + number / MOVES_A_SECOND - time.perf_counter()))
            match = matches[number % len(matches)]
            await match.move(line)
            times.append((time.perf_counter() - match.sent_at) * 1000)
        line.close()

    await asyncio.gather(*(mover(first, 8) for first in range(8)))
    return median(times)


async def measure(folder: Path, name: str, *, one_address: bool) -> tuple[float, float]:
    """The median in quiet and under this flood, on a server of its own."""
    with Running(folder / f"{name}-{one_address}.db", "--trusted-proxy", "127.0.0.1") as server:
        matches = await set_up(server)
        quiet = await moves(server, matches)
        process = multiprocessing.get_context("spawn").Process(
            target=flood, args=(server.port, name), kwargs={"one_address": one_address}, daemon=True
        )
        process.start()
        await asyncio.sleep(3)
        try:
            return quiet, await moves(server, matches)
        finally:
            process.kill()
            process.join()


def main() -> int:
    """Return 0, or 1 when a flood slows moves down by more than the bound."""
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="nim-doors-") as folder:
        for name in FLOODS:
            for one_address in (True, False):
                quiet, busy = asyncio.run(measure(Path(folder), name, one_address=one_address))
                whence = "one address" if one_address else "many addresses"
                print(f"{name} from {whence}: {quiet:.1f} ms, then {busy:.1f} ms", flush=True)
                worst = max(worst, busy / quiet)
    print(f"worst: {worst:.2f} times; at most {MOST_RATIO}")
    return 0 if worst <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
