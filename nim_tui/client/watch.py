"""Waiting for changes, the same way over every transport.

A conditional GET names the state that the watcher has seen (`If-None-Match`) and asks the backend
to hold its response until that changes (`Prefer: wait`). A backend that cannot hold says how soon
to ask again (`Retry-After`). A lost backend is asked again after growing, jittered pauses, for as
long as somebody watches. What does not fix itself (a session that ended, a game that is gone, a
database that cannot be used) ends the watch as its error.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from backend.domain.errors import NimError, NotFound, NotSignedIn
from nim_tui.client.errors import CannotOpen
from nim_tui.client.offline import Offline
from nim_tui.client.retry import jittered

if TYPE_CHECKING:
    from nim_tui.client.decoding import Response

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long a watch waits, in seconds.

    Attributes:
        first, most: after the first failure, doubled with each further one up to `most`; each is
            jittered by half, so that many clients do not return at once.
        unheld: where the backend neither holds its response nor says when to ask again.
        shortest: between the beginnings of two requests, whatever the backend says.
        hold: how long the backend is asked to hold, and `spare` how much longer a response may
            take.
        slow: the factor by which a backend that cannot hold is asked more rarely while the
            terminal has no focus, and `slow_most` the longest such pause.

    """

    first: float = 1.0
    most: float = 30.0
    unheld: float = 5.0
    shortest: float = 0.1
    hold: int = 25
    spare: float = 10.0
    slow: float = 4.0
    slow_most: float = 60.0


class WatchPace:
    """The pauses of one client's watches; all of them end early when the person returns."""

    def __init__(self, pauses: Pauses) -> None:
        self.pauses = pauses
        self._slow = False
        self._sleepers: set[asyncio.Event] = set()

    @property
    def slow(self) -> bool:
        """Whether the person looks elsewhere."""
        return self._slow

    @slow.setter
    def slow(self, slow: bool) -> None:
        self._slow = slow
        if not slow:
            self.hurry()

    def hurry(self) -> None:
        """End the current pauses: every watch asks now."""
        for sleeper in self._sleepers:
            sleeper.set()

    async def sleep(self, seconds: float) -> None:
        """Pause until the time is up or `hurry` is called."""
        sleeper = asyncio.Event()
        self._sleepers.add(sleeper)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await sleeper.wait()
        finally:
            self._sleepers.discard(sleeper)

    def after_failures(self, failures: int, retry_after: float | None) -> float:
        """The pause after this many failures in a row."""
        pauses = self.pauses
        grown = min(pauses.most, pauses.first * 2 ** min(failures - 1, 16))
        return max(jittered(grown), min(retry_after or 0.0, pauses.slow_most))

    def after(self, response: Response, lasted: float, *, news: bool) -> float:
        """The pause after a response that took `lasted` seconds and brought `news` or nothing."""
        if response.retry_after is not None and not response.held:
            return self.unheld(response.retry_after)
        if news or (response.held and lasted >= self.pauses.shortest):
            return max(0.0, self.pauses.shortest - lasted)
        return self.unheld(None)

    def unheld(self, retry_after: float | None) -> float:
        """The pause where the backend does not hold its responses."""
        pauses = self.pauses
        pause = pauses.unheld if retry_after is None else retry_after
        if self._slow:
            pause = min(pause * pauses.slow, max(pause, pauses.slow_most))
        return max(pause, pauses.shortest)


class Fetch(Protocol):
    """Sends a conditional GET; `seconds` is how long the response may take."""

    async def __call__(self, headers: Mapping[str, str], seconds: float | None) -> Response: ...


@dataclass(slots=True)
class _Progress(Generic[Value]):
    """What one watch has seen so far, and when."""

    value: Value | None = None
    etag: str = ""
    since: datetime | None = None
    failures: int = 0

    def condition(self, pauses: Pauses) -> tuple[dict[str, str], float | None]:
        """The headers of the next request, and how long its response may take."""
        if not self.etag:
            return {}, None
        headers = {"if-none-match": self.etag}
        # Held only when all is well: after a failure the next response should come at once.
        if self.failures:
            return headers, None
        return headers | {"prefer": f"wait={pauses.hold}"}, pauses.hold + pauses.spare

    def take(self, value: Value, response: Response) -> bool:
        """Remember a good response. Returns whether it is news: a change, or back online."""
        news = value != self.value or self.failures > 0
        self.value, self.since, self.failures = value, datetime.now(UTC), 0
        self.etag = response.etag or (self.etag if response.not_modified else "")
        return news


async def follow(
    fetch: Fetch, read: Callable[[Response], Awaitable[Value]], pace: WatchPace
) -> AsyncGenerator[Value | Offline, None]:
    """The value now, again whenever it has changed or was lost, and `Offline` for each failed try.

    An error that `read` raises counts as a failed try too: it may fetch further pages.

    Raises:
        NimError: one that trying again does not fix.

    """
    progress: _Progress[Value] = _Progress()
    while True:
        began = time.monotonic()
        try:
            response = await fetch(*progress.condition(pace.pauses))
            value = progress.value if response.not_modified else None
            if value is None:
                value = await read(response)
        except (CannotOpen, NotFound, NotSignedIn):
            raise
        except NimError as error:
            progress.failures += 1
            pause = pace.after_failures(progress.failures, error.retry_after)
            yield Offline(error.message, pause, progress.since)
            await pace.sleep(pause)
            continue
        if news := progress.take(value, response):
            yield value
        await pace.sleep(pace.after(response, time.monotonic() - began, news=news))
