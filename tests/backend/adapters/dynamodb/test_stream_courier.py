"""Which notices a record of the stream owes, and that each is sent once over Lambda's repeats."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from backend.adapters.delayed_notices import Delayed, DelayedNotices
from backend.adapters.dynamodb.game_items import to_item
from backend.adapters.dynamodb.notice_leases import LEASE_SECONDS, NoticeLeases
from backend.adapters.dynamodb.stream_courier import StreamCourier, owed_by
from backend.domain.errors import Unavailable
from backend.domain.game import Game
from backend.domain.nim import Move
from backend.domain.notices import Notice, Outcome
from backend.domain.people import Player
from backend.service.delivery import Messenger
from tests.aws_engines import Engine, new_table

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
GAME = Game(game_id="2222222222222222", user1="ada", user2="bob", last_move_by="ada")
PHONES = {"ada": "+12025550101", "bob": "+12025550102"}


def _record(new: Game | Mapping[str, Any] | None, old: Game | None = None, at: str = "1") -> Any:
    change: dict[str, Any] = {"SequenceNumber": at}
    if new is not None:
        change["NewImage"] = to_item(new) if isinstance(new, Game) else new
    if old is not None:
        change["OldImage"] = to_item(old)
    return {"dynamodb": change}


def _without(game: Game, *names: str) -> dict[str, Any]:
    return {name: value for name, value in to_item(game).items() if name not in names}


MOVED = GAME.after_move("bob", Move(1, 2), NOW)
RESIGNED = MOVED.ended("resign", "bob", NOW)


@pytest.mark.parametrize(
    ("record", "owed"),
    [
        (_record(GAME), [("bob", "invite")]),
        (_record(MOVED, GAME), [("ada", "your_turn")]),
        (_record(RESIGNED, MOVED), [("bob", "won"), ("ada", "lost")]),
        (_record(GAME.ended("decline", None, NOW), GAME), [("ada", "declined")]),
        # A settled ending, an adopted game, a repeated record of the same version: no one's move.
        (_record(replace(MOVED, ended_at=NOW), MOVED), []),
        # A removal; a counter; an item that is no game at all.
        (_record(None, GAME), []),
        (_record({"gameId": {"S": "sms#2026-05-04"}, "sent": {"N": "3"}}), []),
        (_record({"gameId": {"S": "x"}, "version": {"N": "0"}}), []),
        # The tutorial's own client made it, or moved: its own backend has texted.
        (_record(_without(GAME, "version")), []),
        (_record(replace(MOVED, version=0), GAME), []),
        # A copy brought back from a backup is nobody's invitation.
        (_record(MOVED), []),
        ({}, []),
    ],
)
def test_a_record_owes_what_its_version_went_up_for(
    record: Mapping[str, Any], owed: Sequence[tuple[str, str]]
) -> None:
    assert [(notice.to, notice.kind) for notice in owed_by(record)] == list(owed)


class People:
    """A phonebook."""

    def __init__(self, **silent: bool) -> None:
        self._silent = silent

    async def find(self, username: str) -> Player | None:
        silent = self._silent.get(username)
        return Player(username, phone=PHONES.get(username), notices="none" if silent else "sms")


@dataclass
class Phone:
    """A telephone network that may be away for its first `away` texts."""

    away: int = 0
    answer: Outcome = "sent"
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        if self.away:
            self.away -= 1
            raise Unavailable
        self.sent.append((to, text))
        return self.answer

    async def close(self) -> None:
        """Nothing is set aside."""


@pytest.fixture(scope="module")
def table(ministack: Engine) -> str:
    return new_table(ministack.aws())


@pytest.fixture
def leases(ministack: Engine, table: str) -> NoticeLeases:
    return NoticeLeases(ministack.aws(), table)


def _game(number: int) -> Game:
    return replace(GAME, game_id=f"2222222222222{number:03d}")


async def test_a_batch_that_comes_twice_is_sent_once(leases: NoticeLeases) -> None:
    phone = Phone()
    courier = StreamCourier(Messenger(People(), {"sms": phone}), leases)
    game = _game(1)
    moved = game.after_move("bob", Move(1, 2), NOW)
    batch = [_record(game, at="1"), _record(moved, game, at="2")]
    assert await courier.send_all(batch) == []
    assert await courier.send_all(batch) == []
    assert [to for to, _ in phone.sent] == [PHONES["bob"], PHONES["ada"]]
    assert all(game.game_id in text for _, text in phone.sent)


async def test_only_what_failed_is_reported_and_comes_again(leases: NoticeLeases) -> None:
    phone = Phone(away=1)
    courier = StreamCourier(Messenger(People(), {"sms": phone}), leases)
    batch = [_record(_game(number), at=str(number)) for number in (11, 12, 13)]
    assert await courier.send_all(batch) == ["11"]
    assert len(phone.sent) == 2
    # Lambda repeats from the first failed one on.
    assert await courier.send_all(batch) == []
    texts = [text for _, text in phone.sent]
    assert [sum(_game(n).game_id in text for text in texts) for n in (11, 12, 13)] == [1, 1, 1]


async def test_many_at_once_send_a_notice_once(leases: NoticeLeases) -> None:
    phone = Phone()
    batch = [_record(_game(21), at="21")]
    couriers = [StreamCourier(Messenger(People(), {"sms": phone}), leases) for _ in range(8)]
    await asyncio.gather(*(courier.send_all(batch) for courier in couriers))
    assert len(phone.sent) == 1


async def test_a_holder_that_died_is_followed_by_the_next_once_its_lease_is_over(
    ministack: Engine, table: str
) -> None:
    clock = [1_000_000.0]
    leases = NoticeLeases(ministack.aws(), table, clock=lambda: clock[0])
    notice = Notice("2222222222222031", 0, "bob", "invite", "ada")
    assert await leases.take(notice) == "ours"  # and its holder dies here
    phone = Phone()
    courier = StreamCourier(Messenger(People(), {"sms": phone}), leases)
    batch = [_record(_game(31), at="31")]
    assert await courier.send_all(batch) == ["31"]
    clock[0] += LEASE_SECONDS + 1
    assert await courier.send_all(batch) == []
    assert len(phone.sent) == 1
    assert await leases.take(notice) == "done"


async def test_a_recipient_without_texts_holds_nothing_up(leases: NoticeLeases) -> None:
    silent = Phone()
    assert (
        await StreamCourier(Messenger(People(bob=True), {"sms": silent}), leases).send_all(
            [_record(_game(41))]
        )
        == []
    )
    assert silent.sent == []
    refused = Phone(answer="refused")
    stranger = replace(_game(42), user2="stranger")
    courier = StreamCourier(Messenger(People(), {"sms": refused}), leases)
    assert await courier.send_all([_record(stranger), _record(_game(43))]) == []
    assert await courier.send_all([_record(_game(43))]) == []
    assert len(refused.sent) == 1


async def test_a_text_that_is_put_off_comes_again(leases: NoticeLeases) -> None:
    later = Phone(answer="later")
    assert await StreamCourier(Messenger(People(), {"sms": later}), leases).send_all(
        [_record(_game(51), at="51")]
    ) == ["51"]
    phone = Phone()
    assert (
        await StreamCourier(Messenger(People(), {"sms": phone}), leases).send_all(
            [_record(_game(51), at="51")]
        )
        == []
    )
    assert len(phone.sent) == 1


@dataclass
class Queue:
    """A delayed queue in memory, which may be away."""

    away: bool = False
    waiting: list[Delayed] = field(default_factory=list)

    async def put_off(self, notice: Notice, before: Delayed | None = None) -> None:
        if self.away:
            raise Unavailable
        tries = 1 if before is None else before.tries + 1
        self.waiting.append(Delayed(notice, tries, 0.0))

    def messages(self) -> list[dict[str, str]]:
        """What Lambda hands over, as often as it asks."""
        waiting, self.waiting = self.waiting, []
        return [
            {
                "messageId": str(number),
                "body": json.dumps(
                    {"notice": asdict(one.notice), "tries": one.tries, "since": one.since}
                ),
            }
            for number, one in enumerate(waiting)
        ]


async def test_a_notice_that_has_to_wait_does_not_hold_the_shard(leases: NoticeLeases) -> None:
    phone, queue = Phone(away=3), Queue()
    messenger = Messenger(People(), {"sms": phone})
    courier = StreamCourier(messenger, leases, cast("DelayedNotices", queue))
    assert await courier.send_all([_record(_game(61), at="61")]) == []
    assert (phone.sent, [one.tries for one in queue.waiting]) == ([], [1])
    assert await courier.send_delayed(queue.messages()) == []
    assert [one.tries for one in queue.waiting] == [2]
    # The same message may come twice.
    queue.away = True
    messages = queue.messages()
    assert await courier.send_delayed(messages) == ["0"]
    assert await courier.send_delayed(messages * 2) == []
    assert [to for to, _ in phone.sent] == [PHONES["bob"]]
    queue.away = True
    phone.away = 1
    assert await courier.send_all([_record(_game(62), at="62")]) == ["62"]
    assert await courier.send_delayed([{"messageId": "7", "body": "no notice"}]) == []
