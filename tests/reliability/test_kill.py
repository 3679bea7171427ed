"""A writer killed in the middle of its load loses nothing that it acknowledged."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from backend.adapters.sqlite.database import Database
from backend.domain.game import Game, Played
from backend.domain.nim import Move
from tests.reliability.kept_games import sound_games

# Acknowledged writes until the kill, at most.
MOST_WRITES = 400


def killed_after(path: Path, name: str, writes: int) -> list[list[str]]:
    """The acknowledgements of a writer that is killed when it has given `writes` of them.

    More may have been given until the kill arrives; they count as well.
    """
    command = [sys.executable, "-W", "error", "-m", "tests.reliability.writer", str(path), name]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(writes)]
        writer.kill()
        lines += writer.stdout.readlines()
    assert writer.returncode < 0, "it was to be killed, not to fail"
    return [line.split() for line in lines if line.endswith("\n")]


async def everything(path: Path) -> dict[str, Game]:
    """All games of the file, by id, each with its notices."""
    games = await sound_games(path)
    database = Database(path)
    query = "SELECT game_id, max(version) FROM outbox GROUP BY game_id"
    noticed = await database.read(lambda c: {row[0]: row[1] for row in c.execute(query)})
    await database.close()
    assert noticed == {game_id: game.version for game_id, game in games.items()}
    return games


def replayed(game: Game) -> Game:
    """The game as its moves lead to it; a move that is not legal is an error."""
    again = Game(
        game_id=game.game_id,
        user1=game.user1,
        user2=game.user2,
        last_move_by=game.user1,
        created_at=game.created_at,
    )
    for made in game.moves:
        assert made.user == again.turn
        again = again.after_move(made.user, Move(made.heap, made.left), made.at)
    return again


def kill_and_check(path: Path, rounds: int, dice: random.Random) -> None:
    acknowledged: dict[str, list[list[str]]] = defaultdict(list)
    for number in range(rounds):
        for what, game_id, *move in killed_after(
            path, f"w{number}", dice.randrange(1, MOST_WRITES)
        ):
            moves = acknowledged[game_id]
            if what == "move":
                moves.append(move)
        games = asyncio.run(everything(path))
        assert set(acknowledged) <= set(games)
        for game_id, game in games.items():
            assert game == replayed(game)
            for version, user, heap, left in acknowledged[game_id]:
                made = game.moves[int(version) - 1]
                assert made == Played(user, int(heap), int(left), made.at)
            # Of each task at most the one write that was under way is more than was acknowledged.
            assert game.version - len(acknowledged[game_id]) in (0, 1)
    assert sum(len(moves) for moves in acknowledged.values()) > rounds


def test_nothing_acknowledged_is_lost_by_5_kills(tmp_path: Path) -> None:
    kill_and_check(tmp_path / "games.db", 5, random.Random(5))


@pytest.mark.reliability
@pytest.mark.timeout(900)
def test_nothing_acknowledged_is_lost_by_100_kills(tmp_path: Path) -> None:
    kill_and_check(tmp_path / "games.db", 100, random.Random(100))
