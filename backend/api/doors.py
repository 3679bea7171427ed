"""The way in: what those who are not signed in may ask for, kept apart from the games.

Anyone can send sign-ups and sign-ins, and each costs work. So only a few are worked on at a time;
the rest wait in a line, which costs nothing but their connection. Those that are refused because
they are too many wait in a line of their own, or a client that repeats them at once would keep the
event loop busy with refusals.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from backend.domain.errors import TooManyRequests

AT_ONCE = 4
REFUSAL_SECONDS = 0.005
"""Refusals leave one by one, so far apart: at most 200 a second."""


class Doors:
    """The lines of one backend; on the event loop that first uses it."""

    def __init__(self, *, at_once: int = AT_ONCE) -> None:
        self._inside = asyncio.Semaphore(at_once)
        self._refusals = asyncio.Lock()
        # Kept only while somebody holds or awaits one.
        self._guesses: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait in the line, and keep the place until the work is done."""
        async with self._inside:
            yield

    @asynccontextmanager
    async def guess(self, address: str | None) -> AsyncIterator[None]:
        """Wait until no other code from this address is being tried.

        Wrong ones are then counted one by one, so that no burst tries more of them than allowed.
        """
        if address is None:
            yield
            return
        async with self._guesses.setdefault(address, asyncio.Lock()):
            yield

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[None]:
        """Count the request against its limits in here; a refusal waits for its turn."""
        try:
            yield
        except TooManyRequests:
            async with self._refusals:
                await asyncio.sleep(REFUSAL_SECONDS)
            raise
