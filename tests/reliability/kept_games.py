"""What a store keeps when everybody has gone, read without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.domain.game import Game

if TYPE_CHECKING:
    from backend.adapters.aws_sdk import Aws


async def sound_games(path: Path) -> dict[str, Game]:
    """All games of a file, by id, once SQLite has found the whole file sound."""
    database = Database(path)
    store = SqliteGameStore(database)
    query = "SELECT integrity_check FROM pragma_integrity_check"
    assert await database.read(lambda c: [row[0] for row in c.execute(query)]) == ["ok"]
    ids = await database.read(lambda c: [row[0] for row in c.execute("SELECT game_id FROM games")])
    games = {game_id: await store.get(game_id) for game_id in ids}
    await store.close()
    return {game_id: game for game_id, game in games.items() if game is not None}


def table_games(aws: Aws, table: str) -> dict[str, Game]:
    """All games of a table, by id."""
    from tests.simulation.dynamodb_engine import game_in

    pages = aws.client("dynamodb").get_paginator("scan")
    items = [
        item
        for page in pages.paginate(TableName=table, ConsistentRead=True)
        for item in page["Items"]
        if "lastMoveBy" in item
    ]
    games = [game_in(item) for item in items]
    return {game.game_id: game for game in games if game is not None}
