"""The stores of the small world: real store code, one request or transaction at a time.

A step runs an operation of the real `Service` on the real store from its beginning, gives it the
answers that it had before, and carries out the one request after those. So what lies between two
requests is a state of its own, in which everybody else may do something.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from unittest import mock

from backend.adapters.dynamodb import game_store as dynamo_store
from backend.adapters.dynamodb import tutorial_items
from backend.adapters.dynamodb.game_items import to_game, to_item
from backend.adapters.sqlite.game_rows import from_row, to_row
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.adapters.sqlite.migrations import MIGRATIONS
from backend.domain.errors import NimError
from backend.domain.game import Game
from backend.domain.nim import Move
from backend.service.ports import Written
from backend.service.use_cases import Service
from tests.backend.adapters.dynamodb.tutorial import TutorialClient
from tests.simulation.boto_client import ConditionalCheckFailed, Exceptions, Pages, error_response
from tests.simulation.dynamodb_engine import Engine, EngineError, Weather

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
GAME = "2222222222222222"


class Stop(BaseException):
    """Ends a replay after the request that was new."""


@dataclass(frozen=True, slots=True)
class Op:
    """What a client asks of the backend; `attempt` counts how often it has sent this."""

    who: str
    kind: str
    version: int
    heap: int = 0
    left: int = 0
    attempt: int = 1

    def __str__(self) -> str:
        again = " again" if self.attempt > 1 else ""
        if self.kind == "move":
            return (
                f"{self.who} leaves {self.left} in heap{self.heap} on version {self.version}{again}"
            )
        return f"{self.who} asks to {self.kind}{again}"


@dataclass(frozen=True, slots=True)
class Done:
    """How an operation ended: the game that it answers, or the code of its refusal."""

    game: Game | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Stepped:
    """After a step: what is kept, the answers so far, and the end where it came to one."""

    kept: Any
    answers: tuple[Any, ...]
    done: Done | None


class Store(Protocol):
    """What is kept, as a value that can be hashed, and how an operation takes a step on it."""

    def close(self) -> None: ...

    def first(self, game: Game) -> Any: ...

    def game(self, kept: Any) -> Game: ...

    def step(self, kept: Any, op: Op, answers: tuple[Any, ...], now: datetime) -> Stepped: ...

    def notices(self, kept: Any) -> tuple[Any, ...] | None: ...


class _Straight(Service):
    """The use cases without an event loop: a write is awaited where it stands."""

    async def _committed(self, write: Awaitable[Written]) -> Game:
        return (await write).game


class _FirstOwners:
    """Accounts whose names nobody had before: every game of the name is theirs."""

    async def owned_from(self, _username: str) -> datetime | None:
        return None


def run_straight(games: Any, op: Op, now: datetime) -> Done:
    """The whole of an operation, whose awaits never wait. Raises: Stop."""
    people: Any = _FirstOwners()
    service = _Straight(games=games, people=people, now=lambda: now)
    work: Any
    if op.kind == "move":
        move = Move(op.heap, op.left)
        work = _moved(games, op, move, now)
    else:
        work = getattr(service, op.kind)(op.who, GAME)
    try:
        work.send(None)
    except StopIteration as end:
        return Done(end.value)
    except NimError as error:
        return Done(error.game, error.code)
    raise AssertionError("nothing here waits")


async def _moved(games: Any, op: Op, move: Move, now: datetime) -> Game:
    written = await games.move(GAME, op.who, move, version=op.version, now=now)
    game: Game = written.game
    return game


class _Fixed:
    """What the store makes anew, and the time that it reads, fixed for one step."""

    new_id: Callable[[], str]
    moment: datetime

    def now(self, zone: Any) -> datetime:
        return self.moment


class _NoDice:
    def random(self) -> float:
        return 1.0

    def uniform(self, low: float, high: float) -> float:
        return low


_FIXED = _Fixed()


def _new_id() -> str:
    return _FIXED.new_id()


def _engine(kept: str) -> Engine:
    dice: Any = _NoDice()
    engine = Engine(lambda: 1e9, dice, Weather(unprocessed=0.0))
    engine.items[GAME] = json.loads(kept)
    return engine


class TableStore:
    """DynamoDB's store; an answer is that of one request to the engine."""

    def __init__(self) -> None:
        self._patches = ExitStack()
        for module in (dynamo_store, tutorial_items):
            new_id = mock.patch.object(module, "new_id", _new_id)
            self._patches.enter_context(new_id)
        if hasattr(tutorial_items, "datetime"):
            self._patches.enter_context(mock.patch.object(tutorial_items, "datetime", _FIXED))

    def close(self) -> None:
        self._patches.close()

    def first(self, game: Game) -> str:
        return json.dumps(to_item(game), sort_keys=True)

    def game(self, kept: str) -> Game:
        game = to_game(json.loads(kept))
        assert game is not None
        return game

    def notices(self, kept: str) -> None:
        return None

    def step(self, kept: str, op: Op, answers: tuple[str, ...], now: datetime) -> Stepped:
        engine = _engine(kept)
        client = _ReplayedClient(engine, answers)
        # An operation that is carried out again from its beginning makes the same ids again.
        ids = (f"{op!r}{n}" for n in itertools.count())
        _FIXED.new_id, _FIXED.moment = ids.__next__, now
        done: Done | None
        try:
            done = run_straight(dynamo_store.DynamoGameStore(client, GAME), op, now)  # type: ignore[arg-type]
        except Stop:
            done = None
        after = json.dumps(engine.items[GAME], sort_keys=True)
        return Stepped(after, client.answers, done)


class _ReplayedClient:
    """The engine's client for one step: it gives old answers, then one new one, then stops."""

    region = "small"
    exceptions = Exceptions

    def __init__(self, engine: Engine, answers: tuple[str, ...]) -> None:
        self.answers = answers
        self._engine = engine
        self._old = list(answers)
        self._fresh = True

    def client(self, service: str) -> _ReplayedClient:
        return self

    def transport_to(self, service: str) -> _ReplayedClient:
        return self

    async def send(self, operation: str, request: Any) -> Any:
        return self._answer(operation, dict(request))

    async def call(self, function: Callable[[], Any]) -> Any:
        return function()

    def update_item(self, **asked: Any) -> Any:
        return self._answer("UpdateItem", asked)

    def get_item(self, **asked: Any) -> Any:
        return self._answer("GetItem", asked)

    def get_paginator(self, operation: str) -> Pages:
        return Pages(lambda asked: self._answer("Query", asked))

    def _answer(self, operation: str, asked: dict[str, Any]) -> Any:
        if self._old:
            answer = json.loads(self._old.pop(0))
        elif self._fresh:
            self._fresh = False
            try:
                answer = self._engine.request(operation, asked)
            except EngineError as error:
                answer = {"code": error.code, "item": error.item}
            self.answers = (*self.answers, json.dumps(answer, sort_keys=True))
        else:
            raise Stop
        if "code" in answer:
            refused = EngineError(answer["code"], answer["item"])
            raise ConditionalCheckFailed(error_response(refused), operation)
        return answer


class FileStore:
    """SQLite's store; an answer is the result of one transaction."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for statements in MIGRATIONS:
            for statement in statements:
                self._connection.execute(statement)

    def close(self) -> None:
        self._connection.close()

    def first(self, game: Game) -> Any:
        return game, ()

    def game(self, kept: Any) -> Game:
        game: Game = kept[0]
        return game

    def notices(self, kept: Any) -> tuple[Any, ...]:
        owed: tuple[Any, ...] = kept[1]
        return owed

    def step(self, kept: Any, op: Op, answers: tuple[Any, ...], now: datetime) -> Stepped:
        database = _ReplayedDatabase(self._load(kept), answers)
        done: Done | None
        games = SqliteGameStore(database)  # type: ignore[arg-type]
        try:
            done = run_straight(games, op, now)
        except Stop:
            done = None
        return Stepped(self._kept(), database.answers, done)

    def _load(self, kept: Any) -> sqlite3.Connection:
        game, owed = kept
        connection = self._connection
        connection.execute("DELETE FROM games")
        connection.execute("DELETE FROM outbox")
        values = to_row(game) | {"change": 1, "writer": 1}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(f"INSERT INTO games ({names}) VALUES ({marks})", values)
        for version, person, kind in owed:
            connection.execute(
                "INSERT INTO outbox (game_id, version, person, kind, made_by, created_at, try_at)"
                " VALUES (?, ?, ?, ?, '', 0, 0)",
                (GAME, version, person, kind),
            )
        return connection

    def _kept(self) -> Any:
        (row,) = self._connection.execute("SELECT * FROM games").fetchall()
        owed = self._connection.execute("SELECT version, person, kind FROM outbox ORDER BY id")
        return from_row(row), tuple(tuple(one) for one in owed.fetchall())


class _ReplayedDatabase:
    """The database for one step: old results, then one transaction, then a stop."""

    def __init__(self, connection: sqlite3.Connection, answers: tuple[Any, ...]) -> None:
        self.answers = answers
        self._connection = connection
        self._old = list(answers)
        self._fresh = True

    async def run(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        if self._old:
            answer = self._old.pop(0)
        elif self._fresh:
            self._fresh = False
            answer = self._transaction(work)
            self.answers = (*self.answers, answer)
        else:
            raise Stop
        result, error = answer.result, answer.error
        if error is not None:
            raise type(error)(error.game) if hasattr(error, "game") else error
        return result

    read = run

    def _transaction(self, work: Callable[[sqlite3.Connection], Any]) -> Answer:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._connection)
        except Exception as error:  # noqa: BLE001 - the operation gets it
            self._connection.execute("ROLLBACK")
            return Answer(None, error)
        self._connection.execute("COMMIT")
        return Answer(result, None)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The result of a transaction, or its error; equal to another with the same content."""

    result: Any
    error: Exception | None

    @property
    def _content(self) -> Any:
        error = self.error
        told = None if error is None else (type(error), getattr(error, "game", None))
        return (self.result, told)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Answer) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)


def new_game(heaps: tuple[int, int, int], rule: Any) -> Game:
    """A game that bert is about to begin, with a day for each move."""
    return Game(
        game_id=GAME,
        user1="anna",
        user2="bert",
        heaps=heaps,
        start=heaps,
        last_move_by="anna",
        rule=rule,
        created_at=NOON,
        waiting_since=NOON,
        days_per_move=1,
    )


LATE = NOON + timedelta(days=2)


def tutorial_move(kept: str, who: str, heap: int, left: int) -> str | None:
    """The item after a move of the tutorial's own client; None where its condition refuses it."""
    engine = _engine(kept)
    client = _ReplayedClient(engine, ())
    try:
        TutorialClient(client, GAME).move(GAME, who, heap, left)
    except ConditionalCheckFailed:
        return None
    return json.dumps(engine.items[GAME], sort_keys=True)
