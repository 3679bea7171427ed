"""A server that is killed at any point loses no notice, and repeats at most the one on its way."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.outbox import AT_ONCE, OutboxCourier
from backend.domain.clock import utc_now
from backend.domain.notices import Notice, words
from backend.domain.people import Channel
from tests.backend.entrypoints.texting import messenger_to
from tests.backend.servers import mail_server, ntfy_server
from tests.support import eventually_async

ROOT = Path(__file__).parents[3]
ROWS = "SELECT game_id, version, person, kind, made_by FROM outbox"


def killed_after(path: Path, where: str, name: str, writes: int) -> set[tuple[str, int]]:
    """The acknowledged writes, as game and version, of a process that is killed meanwhile."""
    command = [sys.executable, "-m", "tests.backend.entrypoints.texting", str(path), where, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(writes)]
        process.kill()
        lines += process.stdout.readlines()
    assert process.returncode < 0, "it was to be killed, not to fail"
    pairs = [line.split() for line in lines if line.endswith("\n")]
    return {(game_id, int(version)) for game_id, version in pairs}


async def send_the_rest(path: Path, where: str) -> list[Notice]:
    """What a last server does, when every pause is over; all notices that there ever were."""

    def later() -> datetime:
        return utc_now() + timedelta(hours=2)

    database = Database(path)
    courier = OutboxCourier(database, messenger_to(where), now=later)
    courier.start()

    async def all_sent() -> bool:
        query = "SELECT count(*) FROM outbox WHERE outcome IS NOT 'sent'"
        return await database.read(lambda c: not c.execute(query).fetchone()[0])

    await eventually_async(all_sent, timeout=40)
    rows = await database.read(lambda connection: connection.execute(ROWS).fetchall())
    await courier.close()
    await database.close()
    return [Notice(*row) for row in rows]


@contextmanager
def place_for(channel: Channel, folder: Path) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Where notices go, and what has arrived there. Servers run on a loop of their own."""
    if channel == "sms":
        log = folder / "sent"
        yield f"sms:{log}", lambda: [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
        return
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    serving = mail_server() if channel == "email" else ntfy_server()
    server: Any = run(serving.__aenter__())
    try:
        yield (
            f"{channel}:{server.port}",
            lambda: (
                server.texts("one@example.com")
                if channel == "email"
                else [text for _, text in server.kept]
            ),
        )
    finally:
        run(serving.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def kill_and_check(folder: Path, rounds: int, dice: random.Random, channel: Channel) -> None:
    with place_for(channel, folder) as (where, arrived):
        _kill_and_check(folder / "games.db", where, arrived, rounds, dice)


def _kill_and_check(
    path: Path, where: str, arrived: Callable[[], list[str]], rounds: int, dice: random.Random
) -> None:
    acknowledged: set[tuple[str, int]] = set()
    for number in range(rounds):
        acknowledged |= killed_after(path, where, f"r{number}", dice.randrange(1, 60))
    notices = asyncio.run(send_the_rest(path, where))
    assert {(notice.game_id, notice.version) for notice in notices} >= acknowledged
    sent = Counter(arrived())
    owed = Counter(words(notice) for notice in notices)
    assert set(owed.values()) == {1}, "each notice has words of its own here"
    assert set(sent) == set(owed)
    assert sent.total() - owed.total() <= rounds * AT_ONCE


def test_no_notice_is_lost_by_5_kills(tmp_path: Path) -> None:
    kill_and_check(tmp_path, 5, random.Random(5), "sms")


@pytest.mark.parametrize("channel", ["email", "ntfy"])
def test_no_message_to_a_real_server_is_lost_by_a_kill(tmp_path: Path, channel: Channel) -> None:
    kill_and_check(tmp_path, 1, random.Random(1), channel)


@pytest.mark.reliability
@pytest.mark.timeout(900)
@pytest.mark.parametrize("channel", get_args(Channel))
def test_no_notice_is_lost_by_100_kills(tmp_path: Path, channel: Channel) -> None:
    kill_and_check(tmp_path, 100, random.Random(100), channel)
