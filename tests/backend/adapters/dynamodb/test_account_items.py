"""The records of accounts as items: what others see of them, and what each engine does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from backend.adapters.dynamodb.account_items import AccountItems
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.dynamodb.stream_courier import owed_by
from backend.adapters.dynamodb.tutorial_items import adopt
from backend.domain.errors import Unavailable
from backend.domain.game import STATES
from backend.service.ports import AccountRecord
from tests.aws_engines import DYNAMODB_ENGINES, Engine, new_table
from tests.backend.adapters.game_store import new_game

T1 = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
ANNA = AccountRecord("sub-1", T1)


class Kept:
    """A table of its own, and its records."""

    def __init__(self, engine: Engine) -> None:
        self.aws = engine.aws()
        self.table = new_table(self.aws)
        self.client: Any = self.aws.client("dynamodb")
        self.records = AccountItems(self.aws, self.table)

    async def record(self, name: str) -> AccountRecord | None:
        return (await self.records.get([name])).get(name)

    def item(self) -> Any:
        """The only item, raw."""
        (item,) = self.client.scan(TableName=self.table)["Items"]
        return item


@pytest.fixture(params=DYNAMODB_ENGINES)
def kept(request: pytest.FixtureRequest) -> Kept:
    return Kept(request.getfixturevalue(request.param))


async def test_a_records_life(kept: Kept) -> None:
    assert await kept.record("Anna") is None
    assert await kept.records.begin("Anna", ANNA, None)
    assert not await kept.records.begin("anna", AccountRecord("sub-2"), None)
    assert await kept.record("aNNA") == ANNA
    await kept.records.count_from("Anna", 1234)
    assert await kept.record("Anna") == AccountRecord("sub-1", T1, 1234)
    assert await kept.records.all_closing() == []
    for _ in range(2):
        await kept.records.begin_closing("Anna", "sub-1")
    assert await kept.record("Anna") == AccountRecord("sub-1", T1, 1234, closing=True)
    assert await kept.records.all_closing() == ["anna"]
    await kept.records.end("Anna", T1)
    assert await kept.record("Anna") == AccountRecord("", T1)
    assert await kept.records.all_closing() == []
    assert set(kept.item()) == {"gameId", "username", "ended", "expires", "ownedFrom"}
    assert await kept.records.begin("Anna", AccountRecord("sub-2", T1), None)
    assert "expires" not in kept.item()


async def test_a_record_is_replaced_only_as_it_was_seen(kept: Kept) -> None:
    await kept.records.begin("Anna", ANNA, None)
    assert not await kept.records.begin("Anna", AccountRecord("sub-3"), "sub-2")
    assert await kept.records.begin("Anna", AccountRecord("sub-3"), "sub-1")
    assert await kept.record("Anna") == AccountRecord("sub-3")


async def test_another_account_of_the_name_is_not_marked(kept: Kept) -> None:
    await kept.records.begin("Anna", ANNA, None)
    with pytest.raises(Unavailable):
        await kept.records.begin_closing("Anna", "sub-0")
    with pytest.raises(Unavailable):
        await kept.records.count_from("Bert", 1)
    assert await kept.record("Anna") == ANNA


async def test_several_records_are_read_at_once(kept: Kept) -> None:
    await kept.records.begin("Anna", ANNA, None)
    assert await kept.records.get(("Anna", "Bert")) == {"Anna": ANNA}


async def test_neither_lists_nor_streams_nor_the_tutorial_meet_a_record(kept: Kept) -> None:
    await kept.records.begin("ana", ANNA, None)
    await kept.records.begin_closing("ana", "sub-1")
    store = DynamoGameStore(kept.aws, kept.table)
    for state in STATES:
        for user in ("ana", "account#ana", "account#closing"):
            assert list((await store.list(user, state, 10, None)).games) == []
    item = kept.item()
    assert not {"user2", "heap1", "lastMoveBy", "version", "expires"} & set(item)
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": item, "SequenceNumber": "1"}}
    assert owed_by(record) == []
    assert adopt(kept.client, kept.table) == 0
    await store.put(new_game())
    assert [game.game_id for game in (await store.list("ana", "open", 10, None)).games] == ["game"]


@pytest.mark.parametrize(
    "damage",
    [
        {"sub": {"N": "7"}},
        {"ownedFrom": {"S": "yesterday"}},
        {"ownedFrom": {"S": "2026-01-01T00:00:00"}},
        {"countsFrom": {"N": "1.5"}},
        {"closing": {"S": "true"}},
    ],
    ids=str,
)
async def test_a_damaged_record_is_read_without_harm(kept: Kept, damage: dict[str, Any]) -> None:
    item = {"gameId": {"S": "account#anna"}, "sub": {"S": "sub-1"}, **damage}
    kept.client.put_item(TableName=kept.table, Item=item)
    record = await kept.record("Anna")
    assert record == AccountRecord("" if "sub" in damage else "sub-1")
