"""What is wrong with a backend that still answers, in words that `/health` may tell anybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeAlias

Trouble: TypeAlias = Literal["disk_low", "outbox_stuck", "outbox_unreadable", "aws_refused"]
Probe: TypeAlias = Callable[[], Awaitable[Trouble | None]]

KEEP_SECONDS = 5.0
"""How long an answer is given again: strangers may ask as often as they like."""


class Health:
    """Asks its probes, at most once in KEEP_SECONDS; `clock` is in seconds, ever growing."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._probes: list[Probe] = []
        self._clock = clock
        self._until = float("-inf")
        self._troubles: tuple[Trouble, ...] = ()
        self._asking = asyncio.Lock()

    def ask(self, probe: Probe) -> None:
        """Ask this from now on; it says what is wrong, or None."""
        self._probes.append(probe)

    async def troubles(self) -> Sequence[Trouble]:
        """What is wrong; empty if all is well."""
        async with self._asking:
            if self._clock() >= self._until:
                found = [await probe() for probe in self._probes]
                self._troubles = tuple(trouble for trouble in found if trouble is not None)
                self._until = self._clock() + KEEP_SECONDS
        return self._troubles
