"""Sending a request again whose response was lost, after jittered pauses."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from backend.domain.errors import Unavailable
from nim_tui.client.errors import CannotOpen, Unreachable

Value = TypeVar("Value")


def jittered(seconds: float) -> float:
    """Between half and all of `seconds`, so that many clients do not return at once."""
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311 (not used for a secret)


@dataclass(frozen=True, slots=True)
class Retries:
    """When to repeat a request whose response was lost, where repeating it is safe.

    Attributes:
        pauses: seconds before each retry, jittered by half.
        within: no retry starts later than this many seconds after the first try.

    """

    pauses: tuple[float, ...] = (0.3, 0.9)
    within: float = 8.0

    async def again(self, send: Callable[[], Awaitable[Value]]) -> Value:
        """The result of `send`, an idempotent request, retried while its response is lost."""
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
