"""A network that loses, cuts, throttles and delays: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

import pytest
from botocore.config import Config

from backend.adapters import aws_sdk
from backend.adapters.aws_sdk import Aws, TransportName
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.dynamodb.text_counts import DynamoCounter
from backend.domain.errors import Unavailable
from backend.domain.nim import Move
from backend.service.ports import Written
from tests.aws_engines import Engine, new_table
from tests.backend.adapters.dynamodb.fault_proxy import FAULTS, Fault, FaultProxy, proxied
from tests.backend.adapters.game_store import minutes, new_game, played


class Faulty:
    """A store whose way to the engine has the faults of `script`, one a request, then none."""

    def __init__(self, engine: Engine, proxy: FaultProxy, transport: TransportName) -> None:
        self.proxy = proxy
        self.table = new_table(engine.aws())
        self.well = DynamoGameStore(engine.aws(), self.table)
        aws = Aws("us-east-1", transport=transport)
        self.store = DynamoGameStore(aws, self.table)
        self.counter = DynamoCounter(aws, self.table)
        self.others = DynamoCounter(engine.aws(), self.table)

    def script(self, operation: str, faults: Sequence[Fault]) -> None:
        """The next requests of this operation meet these faults."""
        left = list(faults)
        self.proxy.plan = lambda asked: left.pop(0) if asked == operation and left else "none"
        self.proxy.met.update(dict.fromkeys(FAULTS, 0))


@pytest.fixture(params=["aiohttp", "boto3"])
async def faulty(
    request: pytest.FixtureRequest, ministack: Engine, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Faulty]:
    # A delayed answer is one that comes after this; the pauses between two tries are left out.
    quick = aws_sdk.CONFIG.merge(Config(read_timeout=0.4))
    monkeypatch.setattr(aws_sdk, "CONFIG", quick)
    backoff = "botocore.retries.standard.ExponentialBackoff.delay_amount"
    monkeypatch.setattr(backoff, lambda self, context: 0)
    with proxied(ministack.endpoint, lambda operation: "none") as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
        faulty = Faulty(ministack, proxy, request.param)
        yield faulty
        await faulty.store.close()


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "none"])
async def test_every_kind_of_write_survives_each_fault(faulty: Faulty, fault: Fault) -> None:
    store = faulty.store
    faulty.script("PutItem", [fault])
    game = new_game()
    assert await store.put(game) == Written(game)
    assert faulty.proxy.met[fault] == 1

    faulty.script("UpdateItem", [fault])
    # Without a version: only the write's own id tells it from somebody else's.
    moved = await store.move("game", "bob", Move(1, 2), version=None, now=minutes(1))
    assert moved == Written(game.after_move("bob", Move(1, 2), minutes(1)))
    assert faulty.proxy.met[fault] == 1

    faulty.script("UpdateItem", [fault])
    ended = moved.game.ended("resign", "ana", minutes(2))
    assert await store.replace(moved.game, ended) == Written(ended)
    assert faulty.proxy.met[fault] == 1
    assert await faulty.well.get("game") == ended


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "none"])
@pytest.mark.parametrize("which", [1, 2], ids=["the first write", "the second write"])
async def test_the_last_move_survives_each_fault(faulty: Faulty, fault: Fault, which: int) -> None:
    game = await played(faulty.well, new_game(heaps=(1, 0, 1)), (1, 0))
    before: list[Fault] = ["none"] * (which - 1)
    faulty.script("UpdateItem", [*before, fault])
    ended = await faulty.store.move("game", "ana", Move(3, 0), version=1, now=minutes(5))
    assert ended == Written(game.after_move("ana", Move(3, 0), minutes(5)))
    assert faulty.proxy.met[fault] == 1
    assert await faulty.well.get("game") == ended.game


async def test_a_repeat_that_comes_after_the_reply_is_known_by_its_version(
    faulty: Faulty,
) -> None:
    await faulty.well.put(new_game())
    faulty.script("UpdateItem", ["drop"])

    def reply() -> None:
        move = faulty.well.move("game", "ana", Move(2, 0), version=1, now=minutes(2))
        assert asyncio.run(move).applied

    faulty.proxy.after_drop = reply
    written = await faulty.store.move("game", "bob", Move(1, 2), version=0, now=minutes(1))
    assert not written.applied
    assert [move.user for move in written.game.moves] == ["bob", "ana"]
    assert await faulty.well.get("game") == written.game


@pytest.mark.parametrize("fault", ["cut", "throttle", "delay"])
async def test_when_nothing_comes_through_it_says_when_to_try_again(
    faulty: Faulty, fault: Fault
) -> None:
    await faulty.well.put(new_game())
    faulty.script("UpdateItem", [fault] * 3)
    with pytest.raises(Unavailable) as refused:
        await faulty.store.move("game", "bob", Move(1, 2), version=0, now=minutes(1))
    assert refused.value.retry_after
    again = await faulty.store.move("game", "bob", Move(1, 2), version=0, now=minutes(1))
    # A delayed one has arrived all the same.
    assert again.applied == (fault != "delay")
    assert again.game.version == 1


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "none"])
async def test_a_text_counts_once_whatever_becomes_of_the_answer(
    faulty: Faulty, fault: Fault
) -> None:
    faulty.script("UpdateItem", [fault])
    # In between, another process counts a text of the same number.
    faulty.proxy.after_drop = lambda: asyncio.run(faulty.others.count("sms#n", "theirs", 3))
    assert await faulty.counter.count("sms#n", "ours", 3)
    assert faulty.proxy.met[fault] == 1
    assert await faulty.others.count("sms#n", "theirs", 3)
    assert await faulty.others.count("sms#n", "third", 3)
    assert not await faulty.others.count("sms#n", "fourth", 3)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "none"])
async def test_places_are_leased_once_whatever_becomes_of_the_answer(
    faulty: Faulty, fault: Fault
) -> None:
    lease = partial(faulty.others.lease, "sms#day", holder="other", places=20, cap=50)
    faulty.script("UpdateItem", [fault])
    faulty.proxy.after_drop = lambda: asyncio.run(lease(held=0))
    ours = partial(faulty.counter.lease, "sms#day", holder="ours", places=20, cap=50)
    assert await ours(held=0) == 20
    assert faulty.proxy.met[fault] == 1
    held = 20 if fault == "drop" else 0
    assert await lease(held=held) == min(held + 20, 30)
    if held == 0:
        assert await lease(held=20) == 30
    assert await ours(held=20) == 20

    faulty.script("UpdateItem", [fault])
    await faulty.counter.give_back("sms#day", holder="ours", held=20, places=7)
    assert await lease(held=30) == 37
    assert await lease(held=37) == 37


@pytest.mark.parametrize("fault", ["cut", "throttle", "delay"])
async def test_places_that_were_leased_in_vain_are_found_by_the_next_call(
    faulty: Faulty, fault: Fault
) -> None:
    lease = partial(faulty.counter.lease, "sms#day", holder="ours", held=0, places=20, cap=20)
    faulty.script("UpdateItem", [fault] * 3)
    with pytest.raises(Unavailable):
        await lease()
    assert await lease() == 20


async def acknowledged(send: Callable[[], Awaitable[Written]]) -> Written:
    """Send until there is an answer, as the client does."""
    for _ in range(50):
        with suppress(Unavailable):
            return await send()
    raise AssertionError("fifty tries came to nothing")


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.reliability) for n in range(1, 40))]
)
async def test_whole_games_over_a_bad_network_hold_what_was_played(
    faulty: Faulty, seed: int
) -> None:
    """Every move is sent until it is acknowledged, as the client does, and is recorded once."""
    dice = random.Random(seed)
    weights = [12, 3, 3, 3, 2, 1, 2]
    faulty.proxy.plan = lambda operation: dice.choices(FAULTS, weights)[0]
    game = new_game(f"game{seed}")
    await acknowledged(lambda: faulty.store.put(game))
    while game.turn is not None:
        user, move = game.turn, dice.choice(list(game.board.moves()))
        send = partial(faulty.store.move, game.game_id, user, move)
        at = minutes(game.version)
        written = await acknowledged(partial(send, version=game.version, now=at))
        assert written.game == game.after_move(user, move, at)
        game = written.game
    faulty.proxy.plan = lambda operation: "none"
    assert await faulty.store.get(game.game_id) == game
    assert (await faulty.store.list("ana", "done", 10, None)).games == [game]
