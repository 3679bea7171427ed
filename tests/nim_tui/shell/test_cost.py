"""What a subcommand costs: a prompt that shows whose turn it is runs one at every line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.nim_tui.shell.stage import PASSWORD, Shell

_CALL = """
import sys
from nim_tui.cli import run
run(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""

_SIGN_IN = """
import asyncio, resource, sys
from nim_tui.client import NimClient

def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

async def main():
    client = NimClient.embedded(sys.argv[1])
    await client.open()
    before = spent()
    await client.sign_in("alice", sys.argv[2])
    print(spent() - before)
    await client.close()

asyncio.run(main())
"""


def test_a_sign_in_here_loads_no_cryptography(players: tuple[Shell, Shell]) -> None:
    alice, _ = players
    found = subprocess.run(
        [sys.executable, "-c", _CALL, "games"],
        env=alice.variables, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(found.stdout.splitlines()[-1].split())
    assert {"argon2", "httpx"} <= loaded, "it has signed in"
    assert loaded & {"aiohttp", "boto3", "click", "cryptography", "jwt", "textual"} == set()


def spent(arguments: list[str], environ: dict[str, str]) -> float:
    """Seconds of a processor that the program takes, the least of several runs."""
    import resource

    def used() -> float:
        of = resource.getrusage(resource.RUSAGE_CHILDREN)
        return of.ru_utime + of.ru_stime

    times = []
    for _ in range(7):
        before = used()
        subprocess.run([sys.executable, *arguments], env=environ, capture_output=True, check=True)
        times.append(used() - before)
    return min(times)


@pytest.mark.reliability
def test_games_costs_little_more_than_its_libraries_and_a_sign_in(
    players: tuple[Shell, Shell], tmp_path: Path
) -> None:
    environ = {
        name: value
        for name, value in players[0].variables.items()
        if name != "PYTHONDONTWRITEBYTECODE"
    } | {"PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")}
    data = str(tmp_path / "games.db")
    libraries = spent(["-c", "import httpx, msgspec"], environ)
    sign_in = min(
        float(
            subprocess.run(
                [sys.executable, "-c", _SIGN_IN, data, PASSWORD],
                env=environ, capture_output=True, text=True, check=True,
            ).stdout
        )
        for _ in range(5)
    )  # fmt: skip
    games = spent(["-m", "nim_tui", "games"], environ)
    assert games <= 1.5 * libraries + sign_in, (games, libraries, sign_in)
