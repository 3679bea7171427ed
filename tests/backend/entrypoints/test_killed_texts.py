"""A server that is killed at any point loses no notice, and repeats at most the one on its way."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.outbox import OutboxCourier
from backend.domain.clock import utc_now
from backend.domain.notices import Notice, words
from backend.service.delivery import Messenger
from tests.backend.entrypoints.texting import LoggedPhones
from tests.support import eventually_async

ROOT = Path(__file__).parents[3]
ROWS = "SELECT game_id, version, person, kind, made_by FROM outbox"


def killed_after(path: Path, log: Path, name: str, writes: int) -> set[tuple[str, int]]:
    """The acknowledged writes, as game and version, of a process that is killed meanwhile."""
    command = [sys.executable, "-m", "tests.backend.entrypoints.texting", str(path), str(log), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(writes)]
        process.kill()
        lines += process.stdout.readlines()
    assert process.returncode < 0, "it was to be killed, not to fail"
    pairs = [line.split() for line in lines if line.endswith("\n")]
    return {(game_id, int(version)) for game_id, version in pairs}


async def send_the_rest(path: Path, log: Path) -> list[Notice]:
    """What a last server does, when every pause is over; all notices that there ever were."""

    def later() -> datetime:
        return utc_now() + timedelta(hours=2)

    database, phones = Database(path), LoggedPhones(log)
    courier = OutboxCourier(database, Messenger(phones, {"sms": phones}), now=later)
    courier.start()

    async def all_sent() -> bool:
        query = "SELECT count(*) FROM outbox WHERE outcome IS NOT 'sent'"
        return await database.read(lambda c: not c.execute(query).fetchone()[0])

    await eventually_async(all_sent, timeout=40)
    rows = await database.read(lambda connection: connection.execute(ROWS).fetchall())
    await courier.close()
    await database.close()
    return [Notice(*row) for row in rows]


def kill_and_check(folder: Path, rounds: int, dice: random.Random) -> None:
    path, log = folder / "games.db", folder / "sent"
    acknowledged: set[tuple[str, int]] = set()
    for number in range(rounds):
        acknowledged |= killed_after(path, log, f"r{number}", dice.randrange(1, 60))
    notices = asyncio.run(send_the_rest(path, log))
    assert {(notice.game_id, notice.version) for notice in notices} >= acknowledged
    sent = Counter(line.split(" ", 1)[1] for line in log.read_text().splitlines())
    owed = Counter(words(notice) for notice in notices)
    assert set(owed.values()) == {1}, "each notice has words of its own here"
    assert set(sent) == set(owed)
    assert sent.total() - owed.total() <= rounds


def test_no_notice_is_lost_by_5_kills(tmp_path: Path) -> None:
    kill_and_check(tmp_path, 5, random.Random(5))


@pytest.mark.reliability
@pytest.mark.timeout(900)
def test_no_notice_is_lost_by_100_kills(tmp_path: Path) -> None:
    kill_and_check(tmp_path, 100, random.Random(100))
