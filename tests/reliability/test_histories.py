"""Real processes are as right as simulated ones: their recorded histories pass the same check.

Some players talk to any of several servers. Answers get lost, moves are sent twice at once, and
servers are killed; between servers and DynamoDB is a proxy that loses, cuts and refuses.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from backend.domain.game import Game
from tests.aws_engines import DYNAMODB_ENGINES, Engine, new_pool, new_table
from tests.backend.adapters.dynamodb.fault_proxy import Fault, proxied
from tests.backend.entrypoints.running import Running
from tests.reliability.kept_games import sound_games, table_games
from tests.reliability.recorder import NAMES, RecordedPlayer, Recorder
from tests.simulation.histories import doubled, unexplained
from tests.simulation.taking_out import ROOT

START = Callable[[], Running]
RACERS = 10
# moto is known not to write atomically (`tests/aws_engines.py`): its histories prove nothing.
# Not AWS: the proxy between speaks no TLS.
ENGINES = [name for name in DYNAMODB_ENGINES if name not in ("moto", "aws_itself")]
FAULTS: Mapping[Fault, int] = {
    "none": 90,
    "drop": 3,
    "cut": 2,
    "throttle": 2,
    "conflict": 1,
    "break": 2,
}


def starter(
    store: Path | str, environment: Mapping[str, str] | None = None, without: str | None = None
) -> START:
    """What starts a server, without one of its protections where that is named."""
    module = ("-m", "tests.reliability.unguarded", without) if without else ("-m", "backend")
    known = {"PYTHONPATH": str(ROOT), **(environment or {})}
    return partial(Running, store, "--no-limits", environment=known, command=module)


@contextmanager
def all_running(starts: Sequence[START]) -> Iterator[list[Running]]:
    """The servers of a run, started at the same time; whoever replaces one kills the old one."""
    servers: list[Running] = []

    def begin(start: START) -> None:
        servers.append(start())

    try:
        with ThreadPoolExecutor(len(starts)) as pool:
            list(pool.map(begin, starts))
        yield servers
    finally:
        for server in servers:
            server.kill()


class Killer:
    """In each round kills up to half of the servers, and starts others in their place."""

    def __init__(self, recorder: Recorder, servers: list[Running], start: START) -> None:
        self.kills = 0
        self._recorder = recorder
        self._servers = servers
        self._start = start
        self._dice = random.Random(len(servers))
        self._at = 0
        self._work: asyncio.Future[list[None]] | None = None
        recorder.on_request = self._on_request

    def next_round(self) -> None:
        """Choose the request at which it strikes."""
        self._at = self._recorder.requests + self._dice.randrange(5, 50)

    def _on_request(self, number: int) -> None:
        if number == self._at:
            most = max(1, len(self._servers) // 2)
            places = self._dice.sample(range(len(self._servers)), self._dice.randint(1, most))
            self.kills += len(places)
            self._work = asyncio.gather(
                *(asyncio.to_thread(self._replace, place) for place in places)
            )

    def _replace(self, place: int) -> None:
        self._servers[place].kill()
        self._servers[place] = self._start()

    async def done(self) -> None:
        """Wait for the servers that are being started."""
        if self._work is not None:
            await self._work


async def recorded(
    recorder: Recorder, actions: int, rounds: int = 1, killer: Killer | None = None
) -> None:
    """Let the players play; between two rounds, and in the last one, all servers are there."""
    players = [RecordedPlayer(name, recorder) for name in NAMES]
    try:
        async with asyncio.TaskGroup() as group:
            for number, player in enumerate(players):
                group.create_task(player.enter(f"+1555000000{number}"))
        for left in reversed(range(rounds)):
            if killer is not None and left:
                killer.next_round()
            async with asyncio.TaskGroup() as group:
                for player in players:
                    group.create_task(player.play(actions))
            if killer is not None:
                await killer.done()
    finally:
        for player in players:
            await player.client.close()


def wrong(recorder: Recorder, games: Mapping[str, Game]) -> list[str]:
    assert any(one.status == 0 for one in recorder.history.exchanges), "no answer was lost"
    assert any(one.status == 409 for one in recorder.history.exchanges), "nothing was refused"
    return unexplained(recorder.history, games) + doubled(games.values())


def figures(recorder: Recorder, games: Mapping[str, Game], *more: str) -> str:
    lost = sum(one.status == 0 for one in recorder.history.exchanges)
    shown = f"{len(games)} games, {len(recorder.history.exchanges)} requests, {lost} unanswered"
    return ", ".join((shown, *more))


def play_on_a_file(path: Path, *, servers: int, actions: int, rounds: int) -> str:
    """Play on one file while servers are killed, and check what was seen."""
    start = starter(path)
    with all_running([start] * servers) as running:
        recorder = Recorder(running, random.Random(servers))
        killer = Killer(recorder, running, start)
        asyncio.run(recorded(recorder, actions, rounds, killer))
    games = asyncio.run(sound_games(path))
    found = wrong(recorder, games)
    assert not found, "\n\n".join(found)
    assert killer.kills >= rounds - 1
    return figures(recorder, games, f"{servers} servers on one file, {killer.kills} kills")


def test_what_two_servers_on_one_file_answered_can_be_explained(tmp_path: Path) -> None:
    play_on_a_file(tmp_path / "games.db", servers=2, actions=20, rounds=2)


def test_a_server_without_a_protection_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    with all_running([starter(path, without="sqlite-turn")]) as running:
        recorder = Recorder(running, random.Random(1))
        asyncio.run(recorded(recorder, 60))
    found = wrong(recorder, asyncio.run(sound_games(path)))
    assert any("no order explains the answers" in one for one in found)


@pytest.mark.reliability
@pytest.mark.timeout(900)
def test_four_servers_on_one_file_are_killed_in_20_rounds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = play_on_a_file(tmp_path / "games.db", servers=4, actions=50, rounds=21)
    with capsys.disabled():
        print(f"\nhistories: {told}")


def moves_once(engine: Engine, table: str) -> Callable[[str], bool]:
    """A write to the engine itself, like a move: whether the board was still as it had been."""
    # boto3 takes half a second to import, which the short tests need not pay.
    from botocore.exceptions import ClientError

    client = engine.aws().client("dynamodb")
    values: dict[str, Any] = {
        ":none": {"N": "0"},
        ":one": {"N": "1"},
        ":empty": {"L": []},
        ":made": {"L": [{"S": "bert heap1 2"}]},
    }

    def move(key: str) -> bool:
        try:
            client.update_item(
                TableName=table,
                Key={"gameId": {"S": key}},
                UpdateExpression="SET version = if_not_exists(version, :none) + :one, moves = "
                "list_append(if_not_exists(moves, :empty), :made)",
                ConditionExpression="attribute_not_exists(version)",
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    return move


def own_fault(write: Callable[[str], bool], rounds: int = 1000) -> str | None:
    """The fault of an engine that lets more than one of several equal conditional writes pass."""
    start = Barrier(RACERS)

    def race(key: str) -> bool:
        start.wait(30)
        return write(key)

    with ThreadPoolExecutor(RACERS) as pool:
        for number in range(rounds):
            passed = sum(pool.map(race, [f"race-{number}"] * RACERS))
            if passed != 1:
                return f"the engine's own fault: {passed} of {RACERS} equal writes passed"
    return None


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


def play_on_a_table(
    engine: Engine, ministack: Engine, actions: int, without: str | None = None
) -> tuple[list[str], str]:
    """Play through two servers and the fault proxy; what is wrong, and the figures."""
    table, pool = new_table(engine.aws()), new_pool(ministack.aws())
    dice = random.Random(2)
    weighed = list(FAULTS), list(FAULTS.values())
    with proxied(engine.endpoint, lambda _: dice.choices(*weighed)[0]) as proxy:
        environment = {
            **ministack.environment,
            "AWS_ENDPOINT_URL_DYNAMODB": proxy.endpoint,
            "NIM_TABLE": table,
            "USER_POOL_ID": pool.pool_id,
            "COGNITO_CLIENT_ID": pool.client_id,
        }
        starts = [starter("dynamodb", environment, one) for one in (None, without)]
        with all_running(starts) as running:
            recorder = Recorder(running, random.Random(3))
            asyncio.run(recorded(recorder, actions))
        met = sum(count for fault, count in proxy.met.items() if fault != "none")
    games = table_games(engine.aws(), table)
    found = wrong(recorder, games)
    if found and (fault := own_fault(moves_once(engine, table))):
        pytest.fail(f"{engine.name} at {engine.endpoint}, {fault}")
    told = f"two servers on {engine.name}, {met} faults of the proxy"
    return found, figures(recorder, games, told)


@pytest.mark.reliability
@pytest.mark.timeout(900)
def test_two_servers_on_one_table_behind_a_fault_proxy(
    engine: Engine, ministack: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """On ministack, and on the DynamoDB that `NIM_TEST_DYNAMODB_ENDPOINT` names."""
    found, told = play_on_a_table(engine, ministack, 250)
    assert not found, "\n\n".join(found)
    with capsys.disabled():
        print(f"\nhistories: {told}")


@pytest.mark.reliability
@pytest.mark.timeout(900)
def test_one_of_two_servers_on_a_table_without_a_protection_is_found_out(
    ministack: Engine,
) -> None:
    found, _ = play_on_a_table(ministack, ministack, 80, without="dynamo-turn")
    assert any("no order explains the answers" in one for one in found)


def test_an_engines_own_fault_is_named_as_such() -> None:
    kept: dict[str, object] = {}

    def write(key: str) -> bool:
        mine = object()
        return kept.setdefault(key, mine) is mine

    assert own_fault(write, 20) is None
    told = own_fault(lambda _: True, 1)
    assert told == "the engine's own fault: 10 of 10 equal writes passed"
