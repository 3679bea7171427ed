"""A process that plays games on a SQLite file as fast as it can, until it is killed.

Each acknowledged write is a line on standard output, written before the next one begins in that
game: `new GAME` or `move GAME VERSION USER HEAP LEFT`, with the version that the move led to.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.domain.clock import utc_now
from backend.domain.game import Game

# Games that are played at the same time, each by a task of its own: their writes share commits.
TASKS = 12


def acknowledge(*words: object) -> None:
    print(*words, flush=True)


async def play(store: SqliteGameStore, prefix: str, dice: random.Random) -> None:
    """Play one game after the other, for ever."""
    number = 0
    while True:
        number += 1
        game = Game(
            game_id=f"{prefix}-{number}",
            user1=f"anna{prefix}",
            user2=f"bert{prefix}",
            last_move_by=f"anna{prefix}",
            created_at=utc_now(),
        )
        await store.put(game)
        acknowledge("new", game.game_id)
        while game.turn is not None:
            user, move = game.turn, dice.choice(list(game.board.moves()))
            written = await store.move(
                game.game_id, user, move, version=game.version, now=utc_now()
            )
            game = written.game
            acknowledge("move", game.game_id, game.version, user, move.heap, move.left)


async def main(path: Path, name: str) -> None:
    store = SqliteGameStore(Database(path))
    dice = random.Random(name)
    await asyncio.gather(*(play(store, f"{name}-{task}", dice) for task in range(TASKS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
