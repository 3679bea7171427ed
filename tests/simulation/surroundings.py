"""What a run takes from the machine, made virtual while it lasts: time and randomness.

The backend gets its wall clock and its database's thread through its constructors. What libraries
and the client read by themselves (`time`, `os.urandom`, PyJWT's `datetime`) is replaced here.
"""

from __future__ import annotations

import importlib
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, tzinfo
from typing import Any
from unittest import mock

from tests.simulation.loop import VirtualLoop, blocked_until

# Monday, 2 November 2026, 12:00 UTC.
BEGINNING = 1_793_620_800.0

# Modules that ask `datetime` for the time themselves.
_READ_THE_CLOCK = (
    "jwt.api_jwt",
    "backend.adapters.dynamodb.tutorial_items",
    "nim_tui.client.watch",
)


class WallClock:
    """The time of day, which a fault can set forward: the loop's own time goes on as it did."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.jumped = 0.0

    def seconds(self) -> float:
        """Seconds since 1970."""
        return BEGINNING + self.jumped + self._loop.time()

    def now(self) -> datetime:
        """The time in whole milliseconds, as `backend.domain.clock.utc_now` gives it."""
        return datetime.fromtimestamp(round(self.seconds(), 3), UTC)


@contextmanager
def surroundings(loop: VirtualLoop, clock: WallClock, seed: int) -> Iterator[None]:
    """Everything random and every clock follows from `seed` and `loop`."""
    dice = random.Random(f"bytes {seed}")
    kept = random.getstate()
    random.seed(f"module {seed}")

    def sleep(seconds: float) -> None:
        def later(resume: Callable[[Any], None]) -> None:
            loop.call_later(seconds, resume, None)

        blocked_until(later)

    with ExitStack() as stack:
        stack.callback(random.setstate, kept)

        def put(owner: Any, name: str, value: Callable[..., Any] | type) -> None:
            stack.enter_context(mock.patch.object(owner, name, value))

        put(time, "time", clock.seconds)
        put(time, "time_ns", lambda: int(clock.seconds() * 1_000_000_000))
        put(time, "monotonic", loop.time)
        put(time, "sleep", sleep)
        put(os, "urandom", dice.randbytes)
        put(random, "_urandom", dice.randbytes)
        for name in _READ_THE_CLOCK:
            module = importlib.import_module(name)
            if hasattr(module, "datetime"):
                put(module, "datetime", _clocked(clock))
        yield


def _clocked(clock: WallClock) -> type:
    """`datetime` with another `now`; everything it makes is a plain `datetime`."""

    class OfEverySort(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class Clocked(datetime, metaclass=OfEverySort):
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return datetime(*args, **kwargs)  # noqa: DTZ001 - the caller says which zone

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(clock.seconds(), tz)

    return Clocked
