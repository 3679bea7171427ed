"""One notice to one phone: what is sent, what is skipped, and what may be tried again."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.errors import BadRequest, NimError, Unavailable
from backend.domain.notices import Notice, Outcome, words
from backend.domain.people import Player
from backend.service.delivery import Messenger

PLAYERS = {
    "anna": Player("anna", phone="+15555550001"),
    "mute": Player("mute", phone="+15555550003", notices="none"),
    "bare": Player("bare"),
}


class Network:
    """A phone book and a telephone network; each can be in trouble."""

    def __init__(
        self,
        answer: Outcome = "sent",
        *,
        looking_up: NimError | None = None,
        sending: NimError | None = None,
    ) -> None:
        self.texts: list[tuple[str, str]] = []
        self.player: Player | None = None
        self._answer = answer
        self._looking_up = looking_up
        self._sending = sending

    async def find(self, username: str) -> Player | None:
        if self._looking_up:
            raise self._looking_up
        return self.player or PLAYERS.get(username)

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        if self._sending:
            raise self._sending
        self.texts.append((to, text))
        return self._answer

    async def close(self) -> None:
        """Nothing is set aside."""


def notice(to: str) -> Notice:
    return Notice("g2", 1, to, "your_turn", "bert")


@pytest.mark.parametrize("answer", ["sent", "refused", "later"])
async def test_a_notice_goes_to_the_players_number_in_its_words(answer: Outcome) -> None:
    network = Network(answer)
    assert await Messenger(network, {"sms": network}).deliver(notice("anna")) == answer
    assert network.texts == [("+15555550001", words(notice("anna")))]


@pytest.mark.parametrize("name", ["mute", "bare", "nobody"])
async def test_no_text_without_a_number_or_against_the_players_wish(name: str) -> None:
    network = Network()
    assert await Messenger(network, {"sms": network}).deliver(notice(name)) == "skipped"
    assert network.texts == []


async def test_who_has_the_name_later_is_not_told_of_games_of_before() -> None:
    since = datetime(2026, 11, 2, 12, tzinfo=UTC)
    for begun, expected in (
        (since - timedelta(microseconds=1), "skipped"),
        (since, "sent"),
        (None, "sent"),  # the tutorial's games have no time, and belong to whoever has the name
    ):
        network = Network()
        network.player = replace(PLAYERS["anna"], since=since)
        about = replace(notice("anna"), begun=begun)
        assert await Messenger(network, {"sms": network}).deliver(about) == expected
        assert len(network.texts) == (expected == "sent")


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (Network(looking_up=Unavailable("AWS is away.")), "later"),
        (Network(sending=Unavailable("AWS is away.")), "later"),
        (Network(looking_up=BadRequest("Not a name.")), "refused"),
        (Network(sending=NimError("Never.")), "refused"),
    ],
)
async def test_only_trouble_that_may_pass_is_tried_again(
    network: Network, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert await Messenger(network, {"sms": network}).deliver(notice("anna")) == expected
    assert "your_turn notice" in caplog.text
    assert "+1555" not in caplog.text
