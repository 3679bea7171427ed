"""Keeps a channel from being used to flood one address: so many messages a day, and no more."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime

from backend.domain.clock import utc_now
from backend.domain.notices import Outcome
from backend.domain.people import Channel
from backend.service.ports import DailyCounter, Sender

log = logging.getLogger(__name__)

A_DAY = 100
"""Messages a day (UTC) to one address or topic."""

# So many tell the messages to one address on one day apart.
_KEY_CHARACTERS = 12


class CappedSender:
    """A `Sender` that refuses what is over the day's cap of an address."""

    def __init__(
        self,
        channel: Channel,
        sender: Sender,
        counter: DailyCounter,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._channel = channel
        self._sender = sender
        self._counter = counter
        self._now = now

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        """See `Sender.send`. Neither an address nor a topic can be read from the counts."""
        # With the prefix of all counts of messages, by which roles on AWS allow them.
        day = f"sms#{self._channel}#{self._now():%Y-%m-%d}"
        name = f"{day}#{_hashed(day, to)}"
        if not await self._counter.count(name, _hashed(day, key)[:_KEY_CHARACTERS], A_DAY):
            log.warning("a notice by %s is not sent: today's cap is reached", self._channel)
            return "refused"
        return await self._sender.send(to, text, key=key, by=by)

    async def close(self) -> None:
        """Close the channel."""
        await self._sender.close()


def _hashed(day: str, name: str) -> str:
    # Salted with the day, so that the same address has another name tomorrow.
    return hashlib.sha256(f"{day}{name}".encode()).hexdigest()[:24]
