"""A game that a store cannot read is no game to its players, in whichever store it is."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.bootstrap import assemble
from backend.service.ports import GameStore
from tests.aws_engines import Engine, new_table
from tests.backend.adapters.game_store import new_game
from tests.backend.adapters.sqlite.files import by_hand
from tests.backend.api.people import MemoryPeople

MOVE = {"changedHeap": "heap1", "changedHeapValue": 0}


async def damaged(store_name: str, folder: Path, engine: Engine) -> GameStore:
    """A store with one game, whose second heap is damaged."""
    store: GameStore
    if store_name == "sqlite":
        store = SqliteGameStore(Database(folder / "games.db"))
        await store.put(new_game("a" * 16, user1="Anna", user2="Bert"))
        by_hand(folder / "games.db", "UPDATE games SET heap2 = 99")
        return store
    aws, table = engine.aws(), new_table(engine.aws())
    store = DynamoGameStore(aws, table)
    await store.put(new_game("a" * 16, user1="Anna", user2="Bert"))
    aws.client("dynamodb").update_item(
        TableName=table,
        Key={"gameId": {"S": "a" * 16}},
        UpdateExpression="SET heap2 = :many, heap1 = :none",
        ExpressionAttributeValues={":many": {"N": "99"}, ":none": {"N": "0"}},
    )
    return store


@pytest.mark.parametrize("store_name", ["sqlite", "dynamodb"])
async def test_a_damaged_game_is_no_game(
    store_name: str, tmp_path: Path, ministack: Engine
) -> None:
    people = MemoryPeople()
    made = assemble(
        games=await damaged(store_name, tmp_path, ministack), people=people, store_name=store_name
    )
    transport = httpx.ASGITransport(made.app)
    headers = {"Authorization": people.session("Bert").id_token}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://api.invalid", headers=headers
    ) as http:
        path = f"/games/{'a' * 16}"
        answers = [await http.get(path)]
        for route, body in (("", MOVE | {"changedHeapValue": -1}), ("/resign", {}),
                            ("/claim", {}), ("/decline", {}), ("/rematch", {})):  # fmt: skip
            answers.append(await http.post(path + route, json=body))
        assert [answer.status_code for answer in answers] == [404] * 6
        assert {answer.json()["code"] for answer in answers} == {"no_such_game"}
        assert (await http.get("/games")).json()["games"] == []
    await made.close()
