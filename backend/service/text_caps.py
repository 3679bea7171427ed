"""Caps for texts that count only what was sent."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.domain.clock import utc_now
from backend.domain.notices import Outcome
from backend.service.ports import DailyCounter


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `most` texts a day under this name."""

    name: str
    most: int


async def within(
    caps: Sequence[Cap], counter: DailyCounter, send: Callable[[], Awaitable[Outcome]]
) -> Outcome | None:
    """What `send` returns; None, and nothing is sent, if a cap is reached.

    A text is counted before it is sent, so that many at once are counted as well, and given back if
    it was not sent. Raises: as `send`, and Unavailable.
    """
    taken: list[Cap] = []
    sent = False
    try:
        for cap in caps:
            if not await counter.count(cap.name, cap.most):
                return None
            taken.append(cap)
        outcome = await send()
        sent = outcome == "sent"
        return outcome
    finally:
        if not sent:
            for cap in taken:
                await counter.give_back(cap.name)


class ActorCap:
    """The texts of a day that one player's doings may cause (`NIM_SMS_PER_ACCOUNT`)."""

    def __init__(
        self, counter: DailyCounter, most: int, *, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._counter = counter
        self._most = most
        self._now = now

    async def send(self, actor: str, send: Callable[[], Awaitable[Outcome]]) -> Outcome | None:
        """What `send` returns; None, and nothing is sent, if the cap is reached."""
        cap = Cap(daily_name(self._now(), "sms#by", actor.lower()), self._most)
        return await within([cap], self._counter, send)


def daily_name(now: datetime, kind: str, secret: str = "") -> str:
    """The name of a counter: salted with the day, so that tomorrow's does not show whose it is."""
    day = f"{kind}#{now:%Y-%m-%d}"
    if not secret:
        return day
    return f"{day}#{hashlib.sha256(f'{day}{secret}'.encode()).hexdigest()[:24]}"
