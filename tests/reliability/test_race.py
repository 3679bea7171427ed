"""Two processes race for the same moves on one SQLite file."""

from __future__ import annotations

import asyncio
import multiprocessing
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import TypeAlias

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.domain.clock import utc_now
from backend.domain.errors import MoveRefused
from backend.domain.game import Game
from backend.domain.nim import Move

GAMES = 40
PROCESSES = 2
# 50 equal moves: each process has several connections, so that moves race within it as well.
CONNECTIONS = 5
MOVES_EACH = 5

Answers: TypeAlias = dict[str, int]


def new_game(number: int) -> Game:
    return Game(game_id=f"game{number}", user1="anna", user2="bert", last_move_by="anna")


async def one_move(store: SqliteGameStore, number: int) -> str:
    """How one of the equal moves was answered: every second game's say which board they saw."""
    version = 0 if number % 2 else None
    try:
        written = await store.move(
            f"game{number}", "bert", Move(1, 2), version=version, now=utc_now()
        )
    except MoveRefused as refused:
        return refused.code
    return "applied" if written.applied else "repeated"


async def race(path: Path, start: Barrier) -> list[Answers]:
    stores = [SqliteGameStore(Database(path)) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(store.get("game0") for store in stores))
    answers: list[Answers] = []
    for number in range(GAMES):
        moves = [one_move(store, number) for store in stores for _ in range(MOVES_EACH)]
        start.wait(30)
        given = await asyncio.gather(*moves)
        answers.append({answer: given.count(answer) for answer in given})
    for store in stores:
        await store.close()
    return answers


def racer(path: Path, start: Barrier, results: Queue[list[Answers]]) -> None:
    results.put(asyncio.run(race(path, start)))


async def prepare(path: Path) -> None:
    store = SqliteGameStore(Database(path))
    for number in range(GAMES):
        await store.put(new_game(number))
    await store.close()


async def kept(path: Path) -> tuple[list[Game | None], list[int]]:
    """The games afterwards, and how many notices each one's move left."""
    database = Database(path)
    store = SqliteGameStore(database)
    games = [await store.get(f"game{number}") for number in range(GAMES)]
    query = "SELECT count(*) FROM outbox WHERE game_id = ? AND version > 0"
    notices = await database.read(
        lambda connection: [
            int(connection.execute(query, (f"game{number}",)).fetchone()[0])
            for number in range(GAMES)
        ]
    )
    await store.close()
    return games, notices


def test_of_50_equal_moves_at_once_exactly_one_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    asyncio.run(prepare(path))
    spawn = multiprocessing.get_context("spawn")
    start, results = spawn.Barrier(PROCESSES), spawn.Queue()
    racers = [spawn.Process(target=racer, args=(path, start, results)) for _ in range(PROCESSES)]
    for process in racers:
        process.start()
    answers = [results.get(timeout=50) for _ in racers]
    for process in racers:
        process.join(10)
    assert [process.exitcode for process in racers] == [0] * PROCESSES

    for number in range(GAMES):
        total: Answers = {}
        for given in answers:
            for answer, count in given[number].items():
                total[answer] = total.get(answer, 0) + count
        others = "repeated" if number % 2 else "not_your_turn"
        assert total == {"applied": 1, others: PROCESSES * CONNECTIONS * MOVES_EACH - 1}

    # Who was first differs from game to game, or it was no race.
    winners = {tuple("applied" in given[number] for given in answers) for number in range(GAMES)}
    assert len(winners) == PROCESSES

    games, notices = asyncio.run(kept(path))
    for game in games:
        assert game is not None
        assert (game.heaps, game.version, len(game.moves)) == ((2, 4, 5), 1, 1)
    assert notices == [1] * GAMES
