"""Runs one blocking exchange with a server in a thread, for at most so many seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from backend.domain.errors import Unavailable

T = TypeVar("T")

THREADS = 4
OPERATION_SECONDS = 10.0
"""How long one step, such as connecting or reading a reply, may take."""

SECONDS = 25.0
"""How long a whole exchange may take: less than a courier's claim or lease of a notice lasts."""


class Exchanges:
    """The threads of one sender; started when they are first needed."""

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix=name)

    async def run(self, exchange: Callable[[], T], *, late: str) -> T:
        """What the exchange returns. Raises: Unavailable, with the sentence `late`, if too late."""
        loop = asyncio.get_running_loop()
        try:
            return await asyncio.wait_for(loop.run_in_executor(self._threads, exchange), SECONDS)
        except TimeoutError as error:
            raise Unavailable(late) from error

    def close(self) -> None:
        """Begin nothing more; what is under way ends within its time limits."""
        self._threads.shutdown(wait=False, cancel_futures=True)
