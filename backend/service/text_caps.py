"""The day's caps on texts: each process takes places under them in leases.

A cap is never exceeded, because a place is taken before a text is sent. Yet a text costs no write
for it: one conditional write takes twenty places at once. In return, a process that crashes leaves
up to twenty places of each cap unused until the day is over.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.errors import Unavailable
from backend.service.ports import DailyCounter

log = logging.getLogger(__name__)

LEASE = 20
"""Places that a process takes at once."""

# How long closing waits until unused places are given back.
_CLOSE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Cap:
    """At most this many texts a day count under this name, which contains the day."""

    name: str
    most: int


class LeasedCaps:
    """The places that this process holds under the caps of one day."""

    def __init__(self, counter: DailyCounter, *, lease: int = LEASE) -> None:
        self._counter = counter
        self._lease = lease
        self._holder = secrets.token_hex(5)
        self._day = ""
        self._leased: defaultdict[str, _Leased] = defaultdict(_Leased)

    async def take(self, day: str, caps: Sequence[Cap]) -> bool:
        """Take one place under each of these caps; none at all if one of them is reached.

        Raises:
            Unavailable: a lease was needed, and could not be had.

        """
        if day != self._day:
            # Yesterday's places help nobody.
            self._day = day
            self._leased = defaultdict(_Leased)
        taken: list[Cap] = []
        try:
            for cap in caps:
                if not await self._take(cap):
                    break
                taken.append(cap)
        finally:
            if len(taken) < len(caps):
                self.give_back(day, taken)
        return len(taken) == len(caps)

    def give_back(self, day: str, caps: Sequence[Cap]) -> None:
        """Return the places of a text that was not sent; they are this process's to use again."""
        if day == self._day:
            for cap in caps:
                self._leased[cap.name].free += 1

    async def close(self) -> None:
        """Give unused places back to the other processes, as far as that works now."""
        leased, self._leased = self._leased, defaultdict(_Leased)
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                for name, ours in leased.items():
                    if ours.free:
                        await self._counter.give_back(
                            name, holder=self._holder, held=ours.held, places=ours.free
                        )
        except (Unavailable, TimeoutError):
            log.warning("some of today's places for texts could not be given back")

    async def _take(self, cap: Cap) -> bool:
        ours = self._leased[cap.name]
        if ours.use():
            return True
        async with ours.lock:
            # Another text may have leased places while this one waited for its turn.
            if ours.use():
                return True
            held = await self._counter.lease(
                cap.name, holder=self._holder, held=ours.held, places=self._lease, cap=cap.most
            )
            ours.free += held - ours.held
            ours.held = held
            return ours.use()


class _Leased:
    """What this process has under one cap: places it took, and those that are free."""

    def __init__(self) -> None:
        self.held = 0
        self.free = 0
        self.lock = asyncio.Lock()

    def use(self) -> bool:
        """Use a free place; False if there is none."""
        if self.free == 0:
            return False
        self.free -= 1
        return True
