"""Delivers one notice, the same way for every courier and every channel.

The couriers differ in what they do around it: when they try again, and how they make sure that a
notice is sent only once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Literal, Protocol, TypeAlias

from backend.domain.errors import NimError, Unavailable
from backend.domain.notices import Notice, Outcome, words
from backend.domain.people import Channel, NoticeProblem, Player
from backend.service.confirmations import Confirmations
from backend.service.metrics import NO_METRICS, Metrics
from backend.service.ports import Sender

log = logging.getLogger(__name__)

Delivery: TypeAlias = Outcome | Literal["skipped"]
"""What became of a notice; `skipped` is for a recipient whom no channel reaches, or who wants no
notices."""

_PROBLEMS: dict[Delivery, NoticeProblem] = {"refused": "refused", "later": "unreachable"}


class Phonebook(Protocol):
    """Looks up addresses and notice settings; an `Identity` does."""

    async def find(self, username: str) -> Player | None:
        """The account with this name; None if there is none."""


def _is_of_before(notice: Notice, player: Player) -> bool:
    """Whether it is about a game of somebody who had this name before, and deleted the account."""
    begun, since = notice.begun, player.since
    return begun is not None and since is not None and begun < since


class Messenger:
    """Sends notices by the channel that each recipient has chosen.

    Args:
        senders: the channels of this backend.
        confirmations: knows which addresses are confirmed, and keeps for their owners whether
            notices arrive; without it all are confirmed.
        metrics: count what becomes of the notices.
    """

    def __init__(
        self,
        people: Phonebook,
        senders: Mapping[Channel, Sender],
        confirmations: Confirmations | None = None,
        metrics: Metrics = NO_METRICS,
    ) -> None:
        self._people = people
        self._senders = dict(senders)
        self._confirmations = confirmations
        self._metrics = metrics

    async def deliver(self, notice: Notice) -> Delivery:
        """Send a notice to its recipient, once.

        It never raises a NimError: trouble that may pass is `later`, any other refusal `refused`.
        """
        try:
            player = await self._people.find(notice.to)
            if player is None or _is_of_before(notice, player):
                return "skipped"
            return await self._delivered(notice, player)
        except Unavailable as error:
            log.warning("a %s notice has to wait: %s", notice.kind, error.message)
            return "later"
        except NimError as error:
            log.warning("a %s notice cannot be sent: %s", notice.kind, error.message)
            return "refused"

    async def close(self) -> None:
        """Close the channels."""
        for sender in self._senders.values():
            await sender.close()

    async def _delivered(self, notice: Notice, player: Player) -> Delivery:
        channel, address = player.notices, player.address(player.notices)
        if channel == "none" or address is None or channel not in self._senders:
            return "skipped"
        if self._confirmations is None:
            return await self._sent(notice, channel, address)
        way = await self._confirmations.way_to(player, channel)
        if not way.confirmed:
            log.info("a notice is not sent by %s: the address is not confirmed", channel)
            return "skipped"
        result = await self._sent(notice, channel, address)
        # Kept for the recipient; the notice itself is settled whatever happens.
        try:
            await self._confirmations.note_outcome(player, way, _PROBLEMS.get(result))
        except NimError as error:
            log.warning("the way to somebody's notices cannot be noted: %s", error.message)
        return result

    async def _sent(self, notice: Notice, channel: Channel, address: str) -> Delivery:
        sender, by = self._senders[channel], notice.actor or notice.by
        result: Delivery
        try:
            result = await sender.send(address, words(notice), key=notice.key, by=by)
        except Unavailable as error:
            log.warning("a %s notice has to wait: %s", notice.kind, error.message)
            result = "later"
        self._metrics.sent(channel, result)
        return result
