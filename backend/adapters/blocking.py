"""Runs one blocking exchange with a server in a thread, for at most so many seconds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from backend.domain.errors import Unavailable

T = TypeVar("T")

AT_ONCE = 4
OPERATION_SECONDS = 10.0
"""How long one step, such as connecting or reading a reply, may take."""

SECONDS = 25.0
"""How long a whole exchange may take: less than a courier's claim or lease of a notice lasts."""


class Exchanges:
    """The exchanges of one sender, a few at once.

    Their threads are daemons: a server that does not answer must not keep a process from ending.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._places = asyncio.Semaphore(AT_ONCE)

    async def run(self, exchange: Callable[[], T], *, late: str) -> T:
        """What the exchange returns. Raises: Unavailable, with the sentence `late`, if too late."""
        try:
            async with asyncio.timeout(SECONDS), self._places:
                return await self._in_thread(exchange)
        except TimeoutError as error:
            raise Unavailable(late) from error

    async def _in_thread(self, exchange: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def settle(set_outcome: Callable[[], None]) -> None:
            if not done.done():
                set_outcome()

        def work() -> None:
            try:
                outcome = partial(done.set_result, exchange())
            except BaseException as error:  # noqa: BLE001 (passed on to the caller)
                outcome = partial(done.set_exception, error)
            with suppress(RuntimeError):  # the loop has ended: nobody is waiting any more
                loop.call_soon_threadsafe(settle, outcome)

        threading.Thread(target=work, name=self._name, daemon=True).start()
        return await done
