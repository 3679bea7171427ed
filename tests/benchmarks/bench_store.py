"""What a move costs in SQLite: `python -m tests.benchmarks.bench_store`.

Absolute times say more about the machine than about the program; compare the ratios of one run.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_rows import from_row, to_row
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.domain.clock import utc_now
from backend.domain.decisions import judge_move
from backend.domain.game import Game
from backend.domain.nim import Move
from backend.domain.notices import owed
from backend.service.subscriptions import ChangeHub, game_key
from tests.benchmarks.measure import report

MOVES = 40  # of one game, from 20, 20 and 20 objects: one at a time
ROUNDS = 15
IDLE_SECONDS = 10.0


async def new_game(store: SqliteGameStore, game_id: str) -> Game:
    heaps = (20, 20, 20)
    game = Game(
        game_id=game_id,
        user1="anna",
        user2="bert",
        last_move_by="anna",
        heaps=heaps,
        start=heaps,
    )
    return (await store.put(game)).game


async def conditional(store: SqliteGameStore, database: Database, game: Game, move: Move) -> Game:
    """The one UPDATE of the store."""
    assert game.turn is not None
    written = await store.move(game.game_id, game.turn, move, version=game.version, now=utc_now())
    return written.game


async def read_then_write(
    store: SqliteGameStore, database: Database, game: Game, move: Move
) -> Game:
    """What the store does not do: read, judge in Python, write the whole row."""
    user = game.turn
    assert user is not None
    row = await database.read(
        lambda c: c.execute("SELECT * FROM games WHERE game_id = ?", (game.game_id,)).fetchone()
    )
    seen = from_row(row)
    if seen.turn != user or not seen.board.allows(move):
        judge_move(seen, user, move, game.version)
    moved = seen.after_move(user, move, utc_now())
    values = to_row(moved)
    columns = ", ".join(f"{name} = :{name}" for name in values)
    statement = (
        f"UPDATE games SET {columns}, change = (SELECT max(change) + 1 FROM games)"
        f" WHERE game_id = :game_id AND version = {seen.version}"
    )
    notices = [(n.game_id, n.version, n.to, n.kind, n.by) for n in owed(moved)]
    insert = (
        "INSERT INTO outbox (game_id, version, person, kind, made_by, created_at, try_at)"
        " VALUES (?, ?, ?, ?, ?, 0, 0)"
    )

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(statement, values)
        connection.executemany(insert, notices)

    await database.run(work)
    return moved


Way = Callable[[SqliteGameStore, Database, Game, Move], Awaitable[Game]]


async def seconds_a_move(folder: Path, name: str, way: Way, synchronous: str) -> float:
    database = Database(folder / f"{name}.db")
    store = SqliteGameStore(database)
    await store.get("warm")
    # Not inside a transaction, where SQLite would ignore it.
    connection = database._connection
    assert connection is not None
    loop = asyncio.get_running_loop()
    pragma = f"PRAGMA synchronous = {synchronous}"
    await loop.run_in_executor(database._thread, lambda: connection.execute(pragma).close())
    times = []
    for number in range(ROUNDS):
        game = await new_game(store, f"game{number}")
        begin = time.perf_counter()
        for _ in range(MOVES):
            heap = max((1, 2, 3), key=game.board.count)
            game = await way(store, database, game, Move(heap, game.board.count(heap) - 1))
        times.append((time.perf_counter() - begin) / MOVES)
    await store.close()
    return statistics.median(times)


async def idle_share(folder: Path) -> float:
    """The share of a core that watching costs while nothing happens."""
    store = SqliteGameStore(Database(folder / "idle.db"))
    await new_game(store, "game")
    with ChangeHub(store).listen(game_key("game")) as woken:
        await woken.wait()
        begin, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(IDLE_SECONDS)
        share = (time.process_time() - cpu) / (time.monotonic() - begin)
    await store.close()
    return share


async def main() -> None:
    """Print what a move costs in each way, and what waiting for one does."""
    values: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, way in (("one UPDATE", conditional), ("read, then write", read_then_write)):
            for number, synchronous in enumerate(("FULL", "NORMAL")):
                file = f"{way.__name__}{number}"
                seconds = await seconds_a_move(folder, file, way, synchronous)
                values[f"a move, {what}, {synchronous}"] = seconds * 1000
        idle = await idle_share(folder)
    report(values)
    print(f"waiting while nothing happens: {idle * 100:.2f} % of a core")


if __name__ == "__main__":
    asyncio.run(main())
