"""The courier without an outbox: it sends each notice once, tries again, and delays no move."""

from __future__ import annotations

import asyncio
import logging

import pytest

from backend.domain.errors import Unavailable
from backend.domain.notices import Notice, Outcome, words
from backend.domain.people import Player
from backend.service.delivery import Messenger
from backend.service.direct_courier import DirectCourier

INVITED = Notice("g2", 0, "bert", "invite", "anna")
TURN = Notice("g2", 1, "anna", "your_turn", "bert")
PHONES = {
    "anna": Player("anna", phone="+15555550001"),
    "bert": Player("bert", phone="+15555550002"),
    "carl": Player("carl", phone="+15555550003", notices="none"),
    "dora": Player("dora"),
}


class People:
    async def find(self, username: str) -> Player | None:
        return PHONES.get(username)


class Phone:
    """Keeps what it is sent; answers from `outcomes` first, then `sent`."""

    def __init__(self, *outcomes: Outcome | Unavailable) -> None:
        self.texts: list[tuple[str, str]] = []
        self._outcomes = list(outcomes)

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        outcome = self._outcomes.pop(0) if self._outcomes else "sent"
        if isinstance(outcome, Unavailable):
            raise outcome
        if outcome == "sent":
            self.texts.append((to, text))
        return outcome

    async def close(self) -> None:
        """Nothing is set aside."""


async def bring(phone: Phone, *batches: list[Notice], **options: object) -> DirectCourier:
    """A courier that has taken on each batch, and has finished."""
    courier = DirectCourier(Messenger(People(), {"sms": phone}), pauses=(0.0, 0.0), **options)  # type: ignore[arg-type]  # options are typed by DirectCourier itself
    for batch in batches:
        courier.committed(batch)
    await courier.close()
    return courier


async def test_each_notice_goes_once_to_the_right_person_in_its_words() -> None:
    phone = Phone()
    await bring(phone, [INVITED], [TURN], [TURN, INVITED])
    assert phone.texts == [("+15555550002", words(INVITED)), ("+15555550001", words(TURN))]


@pytest.mark.parametrize("name", ["carl", "dora", "nobody"])
async def test_no_text_without_a_number_or_against_the_players_wish(name: str) -> None:
    phone = Phone()
    await bring(phone, [Notice("g2", 1, name, "your_turn", "bert")])
    assert phone.texts == []


async def test_a_text_that_cannot_go_now_is_tried_again() -> None:
    phone = Phone("later", Unavailable("SNS is away."))
    await bring(phone, [TURN])
    assert phone.texts == [("+15555550001", words(TURN))]


async def test_a_notice_that_fails_three_times_is_logged_without_the_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    phone = Phone("later", "later", "later", "sent")
    with caplog.at_level(logging.WARNING):
        await bring(phone, [TURN])
    assert phone.texts == []
    assert "could not be sent" in caplog.text
    assert "+1555" not in caplog.text


async def test_a_refused_number_is_an_outcome_and_not_tried_again() -> None:
    phone = Phone("refused")
    await bring(phone, [TURN])
    assert phone.texts == []


async def test_where_the_stream_sends_nobody_else_does() -> None:
    asked = 0

    async def elsewhere() -> bool:
        nonlocal asked
        asked += 1
        return True

    phone = Phone()
    await bring(phone, [TURN], [INVITED], sent_elsewhere=elsewhere)
    assert (phone.texts, asked) == ([], 1)


async def test_committed_returns_before_anything_is_sent() -> None:
    going = asyncio.Event()

    class Slow(Phone):
        async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
            await going.wait()
            return await super().send(to, text, key=key, by=by)

    phone = Slow()
    courier = DirectCourier(Messenger(People(), {"sms": phone}))
    courier.committed([TURN])
    assert phone.texts == []
    going.set()
    await courier.close()
    assert len(phone.texts) == 1
