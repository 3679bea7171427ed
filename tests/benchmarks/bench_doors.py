"""What a sign-in takes, and what a crowd at the doors costs those inside: the median move.

The server is a process of its own on SQLite, behind a proxy that it trusts, so that the crowd can
come from as many addresses as it likes; the crowd is a process, too, and shares the machine. The
bound is that the median move takes at most twice what it takes in quiet.
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
from tests.benchmarks.measure import compile_all, disk_of

CROWD = 20
MOVES = 160
SIGN_INS = 20
# As a person at a board, and not one after the other: a move that waits delays no other.
MOVES_A_SECOND = 40
MOST_RATIO = 2.0

JUNK = {"refreshToken": "x" * 43}
LOGIN = {"username": "player1", "password": "Wrong-Password-1"}
DOORS = {
    "refresh": ("/login/refresh", JUNK),
    "logout": ("/logout", JUNK),
    "login": ("/login", LOGIN),
    "sign-up": ("/users", {"password": PASSWORD, "email": "a@example.com"}),
}


# Each of them, and whether the whole crowd comes from one address.
FLOODS = [("login", True), *((name, False) for name in DOORS)]


def flood(port: int, name: str, *, one_address: bool) -> None:
    """Send to one door until the process is killed: each client again as soon as it is answered."""
    path, body = DOORS[name]
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


async def sign_in(server: Running) -> float:
    """The median time of a sign-in in ms, one after the other."""
    line, times = await Line(server.port).open(), []
    form = {"username": "player1", "password": PASSWORD}
    for number in range(SIGN_INS):
        # More of them from one address would be too many.
        headers = f"X-Forwarded-For: 203.0.113.{number}\r\n"
        began = time.perf_counter()
        status, _, content = await line.ask("POST", "/login", "", body=form, headers=headers)
        times.append((time.perf_counter() - began) * 1000)
        assert status == 200, content
    line.close()
    return median(times)


async def measure(folder: Path, name: str, *, one_address: bool) -> tuple[float, float]:
    """The median in quiet and under this flood, on a server of its own."""
    with Running(folder / f"{name}-{one_address}.db", "--trusted-proxy", "127.0.0.1") as server:
        matches = await set_up(server)
        if (name, one_address) == FLOODS[0]:
            took, wrote = await sign_in(server), disk_of(folder)
            print(f"a sign-in, nobody else: {took:.1f} ms; written to {wrote}", flush=True)
        quiet = await moves(server, matches)
        process = multiprocessing.get_context("spawn").Process(
            target=flood, args=(server.port, name), kwargs={"one_address": one_address}, daemon=True
        )
        process.start()
        await asyncio.sleep(2)
        try:
            return quiet, await moves(server, matches)
        finally:
            process.kill()
            process.join()


def main() -> int:
    """Return 0, or 1 when a flood slows moves down by more than the bound."""
    compile_all()
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="nim-doors-") as folder:
        for name, one_address in FLOODS:
            quiet, busy = asyncio.run(measure(Path(folder), name, one_address=one_address))
            whence = "one address" if one_address else "many addresses"
            print(
                f"{name} from {whence}: {quiet:.1f} ms, then {busy:.1f} ms, {busy / quiet:.2f} x",
                flush=True,
            )
            worst = max(worst, busy / quiet)
    print(f"worst: {worst:.2f} times; at most {MOST_RATIO}")
    return 0 if worst <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
