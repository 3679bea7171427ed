"""What each operation costs at most: counted, and measured where an engine measures truly."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from backend.adapters import sns
from backend.adapters.aws_sdk import Aws
from backend.adapters.dynamodb.game_items import to_item
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.dynamodb.notes import DynamoNotes
from backend.adapters.dynamodb.text_counts import DynamoCounter
from backend.adapters.sns import SnsSender
from backend.domain.errors import NimError
from backend.domain.game import Game
from backend.domain.invitations import KEEP, Invitation
from backend.domain.nim import DEFAULT_HEAPS, Move
from backend.domain.notices import Notice, Outcome, SmsLimits
from backend.domain.people import Player
from backend.service.codes import Codes
from backend.service.confirmations import Confirmations
from backend.service.delivery import Messenger
from backend.service.ports import Written
from tests.aws_calls import Calls, watched
from tests.aws_engines import OTHER_DYNAMODB, Engine, new_table
from tests.backend.adapters.dynamodb.units import ENDING, LOOK, MOVE, NEW_GAME, TEXT, listing
from tests.backend.adapters.game_store import T0, minutes, new_game, played

# The names are the longest that the rules allow.
ANA, BOB = "a" * 20, "b" * 20


def longest_game() -> Game:
    """A new game with everything in it that a new game can have."""
    return new_game(
        "2" * 16, user1=ANA, user2=BOB, days_per_move=14, request_id="r" * 36, version=0
    )


def item_bytes(item: Any) -> int:
    """How DynamoDB counts: names and strings in UTF-8, a number in about half its digits.

    From "DynamoDB item sizes and formats" in Amazon's developer guide.
    """
    total = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        total += len(name.encode())
        if kind == "S":
            total += len(content.encode())
        elif kind == "N":
            total += (len(content) + 1) // 2 + 1
        elif kind == "SS":
            total += 3 + sum(1 + len(entry.encode()) for entry in content)
        else:
            total += 3 + sum(1 + len(entry["S"].encode()) for entry in content)
    return total


class Kept:
    """A store on a table of its own, and its calls."""

    def __init__(self, aws: Aws, calls: Calls) -> None:
        self.aws = aws
        self.table = new_table(aws)
        self.store = DynamoGameStore(aws, self.table)
        self.client = aws.client("dynamodb")
        self.calls = calls
        calls.clear()

    async def play(self, game: Game, heap: int, left: int) -> Written:
        assert game.turn is not None
        move = Move(heap, left)
        return await self.store.move(
            game.game_id, game.turn, move, version=game.version, now=minutes(game.version + 1)
        )


@pytest.fixture(params=["aiohttp", "boto3"])
def kept(request: pytest.FixtureRequest, ministack: Engine) -> Iterator[Kept]:
    aws = ministack.aws(request.param)
    with watched(aws, "dynamodb") as calls:
        yield Kept(aws, calls)


async def test_a_move_is_one_update_and_changes_no_key_of_an_index(kept: Kept) -> None:
    await kept.store.put(new_game())
    for heap, left in ((1, 2), (2, 0), (3, 1)):
        game = await kept.store.get("game")
        assert game is not None
        before = kept.client.get_item(TableName=kept.table, Key={"gameId": {"S": "game"}})["Item"]
        kept.calls.clear()
        await kept.play(game, heap, left)
        assert kept.calls.operations == ["UpdateItem"]
        assert kept.calls.sent == 1
        after = kept.client.get_item(TableName=kept.table, Key={"gameId": {"S": "game"}})["Item"]
        for key in ("gameId", "user1", "user2", "state"):
            assert before[key] == after[key]


async def test_a_move_that_ends_the_game_is_two_updates_and_moves_it_in_the_indexes(
    kept: Kept,
) -> None:
    game = await played(kept.store, new_game(heaps=(1, 0, 1)), (1, 0))
    kept.calls.clear()
    await kept.play(game, 3, 0)
    assert kept.calls.operations == ["UpdateItem", "UpdateItem"]
    _, first = kept.calls.made[0]
    _, second = kept.calls.made[1]
    assert "if_not_exists(#state, :open)" in first["UpdateExpression"]
    assert "#state = :done" in second["UpdateExpression"]


async def test_a_refused_move_is_one_update_and_no_read(kept: Kept) -> None:
    game = await played(kept.store, new_game(), (1, 2))
    kept.calls.clear()
    for user, move, version in (
        ("ana", Move(1, 2), 1),  # takes nothing
        ("bob", Move(1, 1), None),  # not their turn
        ("bob", Move(1, 1), 0),  # stale
        ("eve", Move(1, 1), None),  # not their game
        ("ana", Move(1, 5), None),  # more than there was
        ("ana", Move(2, 9), 1),
    ):
        with pytest.raises(NimError):
            await kept.store.move("game", user, move, version=version, now=minutes(9))
        assert kept.calls.operations == ["UpdateItem"], (user, move, version)
        kept.calls.clear()
    assert await kept.store.get("game") == game


async def test_an_emptied_heap_that_ends_nothing_is_one_update(kept: Kept) -> None:
    await kept.store.put(new_game())
    kept.calls.clear()
    await kept.store.move("game", "bob", Move(2, 0), version=0, now=minutes(1))
    assert kept.calls.operations == ["UpdateItem"]


async def test_a_new_game_is_a_count_and_a_put(kept: Kept) -> None:
    await kept.store.put(new_game())
    assert kept.calls.operations == ["Query", "PutItem"]
    _, query = kept.calls.made[0]
    assert query["Select"] == "COUNT"
    _, put = kept.calls.made[1]
    assert put["ConditionExpression"] == "attribute_not_exists(gameId)"


async def test_a_list_is_two_queries_and_one_batch_whatever_has_been_finished(kept: Kept) -> None:
    for number in range(6):
        game = new_game(f"game{number}")
        await kept.store.put(game)
        if number % 2:
            await kept.store.replace(game, game.ended("resign", "ana", minutes(1)))
    kept.calls.clear()
    page = await kept.store.list("bob", "open", 100, None)
    assert len(page.games) == 3
    assert kept.calls.operations == ["Query", "Query", "BatchGetItem"]
    _, batch = kept.calls.made[2]
    (wanted,) = batch["RequestItems"].values()
    assert len(wanted["Keys"]) == 3
    assert wanted["ConsistentRead"]


async def test_reading_one_is_one_consistent_read(kept: Kept) -> None:
    await kept.store.put(new_game())
    kept.calls.clear()
    await kept.store.get("game")
    assert kept.calls.operations == ["GetItem"]
    assert kept.calls.made[0][1]["ConsistentRead"]


async def test_a_text_is_one_write_and_every_twentieth_takes_a_lease(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = SnsSender(kept.aws, DynamoCounter(kept.aws, kept.table), SmsLimits(per_account=60))
    monkeypatch.setattr(sns, "publish", sent_by_nobody)
    for number in range(60):
        key = f"game{number}#1#your_turn#bob"
        assert await sender.send(f"+155555500{number % 10}", "x", key=key, by="ana") == "sent"
    # Sixty counts of a number, three leases under the cap of all and three of the account's.
    assert kept.calls.operations == ["UpdateItem"] * (60 + 3 + 3)
    assert len(kept.calls.operations) == round(60 * TEXT.writes)
    kept.calls.clear()
    assert await sender.send("+1555555001", "x", key="one more", by="ana") == "refused"
    assert len(kept.calls.operations) == 2


async def test_a_notice_reads_once_what_is_known_of_its_number(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = SnsSender(kept.aws, DynamoCounter(kept.aws, kept.table), SmsLimits())
    monkeypatch.setattr(sns, "publish", sent_by_nobody)
    codes = Codes(DynamoNotes(kept.aws, kept.table))
    messenger = Messenger(PhoneBook(), {"sms": sender}, Confirmations(codes, required=True))
    for version in range(3):
        notice = Notice("game", version, "bob", "your_turn", "ana")
        assert await messenger.deliver(notice) == "sent"
        # The first one takes places under both caps.
        leases = [] if version else ["UpdateItem"] * 2
        assert kept.calls.operations == ["BatchGetItem", *leases, "UpdateItem"]
        (read,) = kept.calls.made[0][1]["RequestItems"].values()
        assert len(read["Keys"]) == TEXT.reads
        kept.calls.clear()


class PhoneBook:
    """Everybody has a number."""

    async def find(self, username: str) -> Player | None:
        return Player(username, phone="+15555550001")


async def sent_by_nobody(*_: Any) -> Outcome:
    """Stands in for `publish`: ministack keeps no texts."""
    return "sent"


async def test_a_number_s_item_stays_under_1_kb(kept: Kept) -> None:
    limits = SmsLimits()
    counter = DynamoCounter(kept.aws, kept.table)
    name = f"sms#2026-11-22#{'n' * 24}"
    for number in range(limits.per_number):
        assert await counter.count(name, f"{number:012}", limits.per_number)
    item = kept.client.get_item(TableName=kept.table, Key={"gameId": {"S": name}})["Item"]
    assert len(item["texts"]["SS"]) == limits.per_number
    assert item_bytes(item) < 1024


async def longest_played(store: DynamoGameStore) -> AsyncIterator[Written]:
    """Each write of the longest game: one object a move, late in a far future."""
    game = longest_game()
    yield await store.put(game)
    late = timedelta(days=80 * 365)
    while game.state == "open":
        heap = next(number for number, count in enumerate(game.heaps, start=1) if count)
        assert game.turn is not None
        written = await store.move(
            game.game_id,
            game.turn,
            Move(heap, game.board.count(heap) - 1),
            version=game.version,
            now=T0 + late,
        )
        game = written.game
        yield written


async def test_the_longest_default_game_stays_under_1_kb(kept: Kept) -> None:
    async for written in longest_played(kept.store):
        game = written.game
    assert game.version == sum(DEFAULT_HEAPS)
    item = kept.client.get_item(TableName=kept.table, Key={"gameId": {"S": game.game_id}})["Item"]
    assert len(item["moves"]["L"]) == 14
    assert item_bytes(to_item(game)) < item_bytes(item) < 1024


@contextmanager
def measured(client: Any) -> Iterator[list[tuple[str, float]]]:
    """What each call of this client cost, by the engine's own report."""
    spent: list[tuple[str, float]] = []

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        answer = parsed.get("ConsumedCapacity", [])
        entries = answer if isinstance(answer, list) else [answer]
        spent.append((model.name, sum(entry["CapacityUnits"] for entry in entries)))

    pattern = re.compile("PutItem|UpdateItem|Query|GetItem|BatchGetItem")
    operations = [
        name for name in client.meta.service_model.operation_names if pattern.fullmatch(name)
    ]
    for name in operations:
        client.meta.events.register(f"provide-client-params.dynamodb.{name}", ask)
        client.meta.events.register(f"after-call.dynamodb.{name}", note)
    try:
        yield spent
    finally:
        for name in operations:
            client.meta.events.unregister(f"provide-client-params.dynamodb.{name}", ask)
            client.meta.events.unregister(f"after-call.dynamodb.{name}", note)


async def check_measured_capacity(other_dynamodb: Engine) -> None:
    """Whether the engine reports what was promised."""
    # boto3's events can ask for the capacity and read it, in every call.
    aws = other_dynamodb.aws("boto3")
    store = DynamoGameStore(aws, new_table(aws))
    with measured(aws.client("dynamodb")) as spent:
        writes = []
        async for _ in longest_played(store):
            writes.append(spent.copy())
            spent.clear()
        create, *moves, ending = writes
        assert sum(units for name, units in create if name == "PutItem") <= NEW_GAME.writes
        assert all(move == [("UpdateItem", MOVE.writes)] for move in moves)
        assert sum(units for _, units in ending) <= ENDING.writes
        for number in range(5):
            await store.put(new_game(f"game{number}"))
        spent.clear()
        await store.list("bob", "open", 100, None)
        assert sum(units for _, units in spent) <= listing(5).reads
        spent.clear()
        await store.get("game0")
        assert spent == [("GetItem", LOOK.reads)]


if OTHER_DYNAMODB in os.environ:  # neither ministack nor moto reports capacity truly

    async def test_measured_capacity_is_what_was_promised(other_dynamodb: Engine) -> None:
        await check_measured_capacity(other_dynamodb)


async def test_what_an_open_invitation_costs(kept: Kept) -> None:
    """Made: 2 write units, the item and one index. Looked at: 1 read unit. Taken: 1, and 2 more."""
    invitations = kept.store.invitations
    given = Invitation(
        code="k3v9x2ma4q", created_by=ANA, created_at=T0, days_per_move=14, request_id="r" * 36
    )
    await invitations.put(given)
    assert kept.calls.operations == ["Query", "Query", "PutItem"]
    item = kept.calls.made[-1][1]["Item"]
    assert {"user1", "state"} <= item.keys()
    assert not {"user2", "heap1", "heap2", "heap3", "lastMoveBy", "version"} & item.keys()
    kept.calls.clear()
    await invitations.get(given.code)
    assert kept.calls.operations == ["GetItem"]
    kept.calls.clear()
    await invitations.take(given.code, BOB, minutes(1))
    await invitations.game_made(given.code)
    assert kept.calls.operations == ["UpdateItem", "UpdateItem"]
    # No key of an index, and then only the one of its maker's.
    assert "user1" not in kept.calls.made[0][1]["UpdateExpression"]
    assert "#state" not in kept.calls.made[0][1]["UpdateExpression"]
    assert kept.calls.made[1][1]["UpdateExpression"] == "REMOVE #state"
    key = {"gameId": {"S": f"invitation#{given.code}"}}
    after = kept.client.get_item(TableName=kept.table, Key=key)["Item"]
    assert item_bytes(after) < 1024
    assert int(after["expires"]["N"]) == int((given.expires_at + KEEP).timestamp())
