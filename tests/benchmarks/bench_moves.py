"""A move on DynamoDB behind a socket, with a text and without, through our transport and boto3.

Each way is a server process of its own on the same engine (ministack), which takes its texts, too;
16 connections play a game each. The server's processor time for a move is given in calls of boto3's
`update_item`, which is measured beside it. The ways take turns; the figures are medians. Moves a
second have to be 2.5 times those through boto3, unless the engine answers no more: its limit is how
often the four calls of a move with its text come back when nothing else is done.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from backend.adapters.aws_sdk import Aws
from backend.adapters.dynamodb.game_items import to_item
from backend.adapters.dynamodb.notes import DynamoNotes
from backend.adapters.dynamodb.text_counts import DynamoCounter
from backend.domain.game import Game
from backend.service.codes import name_of
from tests.aws_engines import REGION, Engine, new_pool, new_table, running_ministack
from tests.backend.entrypoints.running import Running
from tests.benchmarks.bench_api import Line, Match, cpu_seconds
from tests.benchmarks.bench_aws import Bench, move

CONNECTIONS = 16
MOVES = 20
"""Of each connection in a round."""
ROUNDS = 3
# A server has sent its texts once it has used no processor time for so long.
QUIET_SECONDS = 0.3

PHONES = {f"player{number}": f"+1555555{number:04}" for number in range(CONNECTIONS)}

MOST_CALLS_WITH_A_TEXT = 1.8
MOST_CALLS_WITHOUT = 1.1
LEAST_SPEED_UP = 2.5
# Of the engine's own limit, where a server counts as stopped by it.
LEAST_OF_LIMIT = 0.85

WAYS = {
    "one text a move": {"NIM_SMS_PREFIXES": "+1"},
    "texts off": {"NIM_SMS_PREFIXES": "none"},
    "one text a move, boto3": {"NIM_SMS_PREFIXES": "+1", "NIM_AWS_CLIENT": "boto3"},
    "texts off, boto3": {"NIM_SMS_PREFIXES": "none", "NIM_AWS_CLIENT": "boto3"},
}


@dataclass
class Way:
    """A running server, and what its rounds took."""

    server: Running
    table: str
    texts: bool
    tokens: dict[str, str]
    events: int = 0
    cpu_ms: list[float] = field(default_factory=list)
    speed: list[float] = field(default_factory=list)

    async def round(self) -> None:
        """New games, and then moves on all connections at once."""
        names = list(self.tokens)
        lines = [await Line(self.server.port).open() for _ in range(CONNECTIONS)]
        matches = []
        for number, line in enumerate(lines):
            mine, theirs = names[number], names[(number + 1) % len(names)]
            wish = {"opponent": theirs, "heaps": [20, 20, 20]}
            status, _, content = await line.ask("POST", "/games", self.tokens[mine], body=wish)
            assert status == 200, content
            matches.append(Match.of(content, self.tokens))
        self.events += CONNECTIONS * (1 + MOVES)
        await self._quiet()
        before, began = cpu_seconds(self.server.pid), time.perf_counter()
        await asyncio.gather(*map(play, matches, lines))
        self.speed.append(CONNECTIONS * MOVES / (time.perf_counter() - began))
        await self._quiet()
        spent = cpu_seconds(self.server.pid) - before
        self.cpu_ms.append(spent * 1000 / (CONNECTIONS * MOVES))
        for line in lines:
            line.close()

    async def unseen(self, aws: Aws) -> str | None:
        """What is missing: texts that were not counted, or that SNS did not take."""
        counted = sum(
            len(item["texts"]["SS"])
            for page in aws.client("dynamodb").get_paginator("scan").paginate(TableName=self.table)
            for item in page["Items"]
            # Not the codes of the registrations.
            if "texts" in item and not item["gameId"]["S"].startswith("sms#code#")
        )
        if counted != self.texts * self.events:
            return f"{counted} texts for {self.events} events"
        line = await Line(self.server.port).open()
        for name, token in self.tokens.items():
            _, _, content = await line.ask("GET", "/me", token)
            if json.loads(content)["noticeProblem"]:
                return f"SNS did not take the last text to {name}"
        line.close()
        return None

    async def _quiet(self) -> None:
        """Wait until the texts are sent, too."""
        used, now = -1.0, cpu_seconds(self.server.pid)
        while used < now:
            await asyncio.sleep(QUIET_SECONDS)
            used, now = now, cpu_seconds(self.server.pid)


async def play(match: Match, line: Line) -> None:
    """So many moves, one after the other."""
    for _ in range(MOVES):
        await match.move(line)


async def engine_limit(aws: Aws) -> float:
    """Moves with a text that the engine could answer in a second: the bare calls, 16 at a time."""
    table = new_table(aws)
    dynamodb, sns = aws.transport_to("dynamodb"), aws.transport_to("sns")
    counter, notes = DynamoCounter(aws, table), DynamoNotes(aws, table)

    async def one(number: int) -> None:
        name = f"game{number}"
        game = Game(game_id=name, user1="anna", user2="bert", last_move_by="anna")
        await dynamodb.send("PutItem", {"TableName": table, "Item": to_item(game)})
        for turn in range(MOVES):
            await dynamodb.send("UpdateItem", move(table, name, turn))
            await notes.marked(f"unconfirmed#{name}", f"refused#{name}", f"unreachable#{name}")
            await counter.count(f"sms#{name}", f"{turn:012}", MOVES)
            await sns.send("Publish", {"PhoneNumber": "+15555550001", "Message": "Nim"})

    began = time.perf_counter()
    await asyncio.gather(*map(one, range(CONNECTIONS)))
    return CONNECTIONS * MOVES / (time.perf_counter() - began)


def start(stack: ExitStack, engine: Engine) -> dict[str, Way]:
    """A server for each way, with players who have numbers."""
    aws = engine.aws()
    pool = new_pool(aws)
    shared = {
        **engine.environment,
        "USER_POOL_ID": pool.pool_id,
        "COGNITO_CLIENT_ID": pool.client_id,
        "NIM_SMS_PER_NUMBER": "100000",
        "NIM_SMS_PER_ACCOUNT": "100000",
        "NIM_SMS_IN_ALL": "1000000",
    }
    ways = {}
    tokens: dict[str, str] = {}
    for name, more in WAYS.items():
        table = new_table(aws)
        environment = {**shared, **more, "NIM_TABLE": table}
        server = stack.enter_context(Running("dynamodb", "--no-limits", environment=environment))
        if not tokens:
            tokens = {player: server.sign_up(player, phone) for player, phone in PHONES.items()}
            asyncio.run(confirm(table))
        ways[name] = Way(server, table, more["NIM_SMS_PREFIXES"] != "none", tokens)
    return ways


async def confirm(table: str) -> None:
    """As if each player had typed the code that their registration has sent."""
    aws = Aws(REGION)
    notes = DynamoNotes(aws, table)
    for player, phone in PHONES.items():
        await notes.unmark(name_of("unconfirmed", player, phone))
    await aws.aclose()


async def measure(ways: dict[str, Way]) -> int:
    """Print a table; 1 when a bound is not kept."""
    aws, threads = Aws(REGION), Aws(REGION, transport="boto3")
    bench = Bench(aws, threads)
    for way in ways.values():
        await way.round()  # the first round opens connections
        way.cpu_ms.clear()
        way.speed.clear()
    limits = []
    for _ in range(ROUNDS):
        await bench.direct_round()
        limits.append(await engine_limit(aws))
        for way in ways.values():
            await way.round()
    missing = {name: problem for name, way in ways.items() if (problem := await way.unseen(aws))}
    for name, problem in missing.items():
        print(f"Not seen: {name}: {problem}")
    await aws.aclose()
    await threads.aclose()
    call = median(bench.took["boto3, called directly"])
    print(f"boto3's update_item    {call:5.2f} ms CPU")
    for name, way in ways.items():
        cpu, speed = median(way.cpu_ms), median(way.speed)
        print(f"{name:<22} {cpu:5.2f} ms CPU a move, {cpu / call:5.2f} calls, {speed:5.0f} moves/s")
    return int(any([missing, _too_much_cpu(ways, call), _too_slow(ways, median(limits))]))


def _too_much_cpu(ways: dict[str, Way], call: float) -> bool:
    bounds = {"one text a move": MOST_CALLS_WITH_A_TEXT, "texts off": MOST_CALLS_WITHOUT}
    over = {name: median(ways[name].cpu_ms) / call for name in bounds}
    over = {name: figure for name, figure in over.items() if figure > bounds[name]}
    for name, figure in over.items():
        print(f"Too much: {name}, {figure:.2f} calls, bound {bounds[name]}")
    return bool(over)


def _too_slow(ways: dict[str, Way], limit: float) -> bool:
    ours = median(ways["one text a move"].speed)
    ratio = ours / median(ways["one text a move, boto3"].speed)
    print(
        f"one text a move: {ratio:.2f} times the moves/s of boto3, bound {LEAST_SPEED_UP};"
        f" the engine answers {limit:.0f} at most"
    )
    return ratio < LEAST_SPEED_UP and ours < LEAST_OF_LIMIT * limit


def main() -> int:
    """Run all ways against one engine."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        AWS_EC2_METADATA_DISABLED="true",
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        running_ministack(Path(folder)) as engine,
        ExitStack() as stack,
    ):
        os.environ["AWS_ENDPOINT_URL"] = engine.endpoint
        return asyncio.run(measure(start(stack, engine)))


if __name__ == "__main__":
    sys.exit(main())
