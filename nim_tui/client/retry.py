"""Sending again what got lost, after pauses that differ from client to client."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from backend.domain.errors import Unavailable
from backend.domain.game import Game
from nim_tui.client.errors import CannotOpen, Unreachable


def jittered(seconds: float) -> float:
    """Between half and all of `seconds`, so that many clients do not come back at once."""
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311 (no secret is made of it)


@dataclass(frozen=True, slots=True)
class Retries:
    """When a request whose answer got lost is sent again, where sending it again is safe.

    Attributes:
        pauses: seconds before each further try, jittered by half.
        within: no further try once the earlier ones have taken so many seconds.

    """

    pauses: tuple[float, ...] = (0.3, 0.9)
    within: float = 8.0

    async def again(self, send: Callable[[], Awaitable[Game]]) -> Game:
        """`send`, tried again where its answer got lost: for what counts once however often."""
        began = time.monotonic()
        for pause in self.pauses:
            try:
                return await send()
            except CannotOpen:
                raise
            except (Unreachable, Unavailable) as error:
                pause = max(jittered(pause), error.retry_after or 0.0)
                if time.monotonic() - began + pause > self.within:
                    raise
            await asyncio.sleep(pause)
        return await send()
