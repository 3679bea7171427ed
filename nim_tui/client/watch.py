"""Waiting for changes, the same in every home.

A conditional GET says what the watcher has seen (`If-None-Match`) and asks the backend to hold
its answer until that has changed (`Prefer: wait`). A backend that cannot hold says how soon to ask
again (`Retry-After`). A lost backend is asked again after growing, jittered pauses, for as long as
somebody watches, whatever the refusal. What cannot mend itself (a session that ended, a game that
is gone, a database that cannot be used) ends the watch as its error.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from backend.domain.errors import NimError, NotFound, NotSignedIn
from nim_tui.client.errors import CannotOpen
from nim_tui.client.models import Offline
from nim_tui.client.retry import jittered

if TYPE_CHECKING:
    from nim_tui.client.http import Response

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long a watch waits, in seconds.

    Attributes:
        first, most: after the first failure, doubled with each further one up to `most`; each is
            jittered by half, so that many clients do not come back at once.
        unheld: where the backend neither holds the answer nor says when to ask again.
        shortest: between the beginnings of two requests, whatever the backend says.
        hold: how long the backend is asked to hold, and `spare` how much longer an answer may take.
        slow: how many times longer a backend that cannot hold is left alone while nobody looks,
            and `slow_most` the most.

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
    """The pauses of one client's watches; all of them hurry when the person comes back."""

    def __init__(self, pauses: Pauses) -> None:
        self.pauses = pauses
        self._slow = False
        self._sleepers: set[asyncio.Event] = set()

    @property
    def slow(self) -> bool:
        """Whether nobody looks."""
        return self._slow

    @slow.setter
    def slow(self, slow: bool) -> None:
        self._slow = slow
        if not slow:
            self.hurry()

    def hurry(self) -> None:
        """End the pauses that are under way: the watches ask now."""
        for sleeper in self._sleepers:
            sleeper.set()

    async def sleep(self, seconds: float) -> None:
        """Pause, unless somebody hurries."""
        sleeper = asyncio.Event()
        self._sleepers.add(sleeper)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await sleeper.wait()
        finally:
            self._sleepers.discard(sleeper)

    def after_failures(self, failures: int, told: float | None) -> float:
        """The pause after so many failures in a row; `told` is the backend's own wish."""
        pauses = self.pauses
        grown = min(pauses.most, pauses.first * 2 ** min(failures - 1, 16))
        return max(jittered(grown), min(told or 0.0, pauses.slow_most))

    def unheld(self, told: float | None) -> float:
        """The pause where the backend does not hold its answers."""
        pauses = self.pauses
        pause = pauses.unheld if told is None else told
        if self._slow:
            pause = min(pause * pauses.slow, max(pause, pauses.slow_most))
        return max(pause, pauses.shortest)


class Fetch(Protocol):
    """A conditional GET: the answer is 200 or 304, everything else is raised."""

    async def __call__(self, headers: Mapping[str, str], seconds: float | None) -> Response: ...


async def follow(
    fetch: Fetch, read: Callable[[Response], Awaitable[Value]], pace: WatchPace
) -> AsyncGenerator[Value | Offline, None]:
    """The value now, again whenever it has changed or was lost, and `Offline` for each failed try.

    What `read` raises is a failed try as well: it may ask for the rest of what an answer begins.

    Raises:
        NimError: what trying again does not mend.

    """
    last: Value | None = None
    etag = ""
    since: datetime | None = None
    failures = 0
    while True:
        began = time.monotonic()
        headers: dict[str, str] = {}
        seconds = None
        if etag:
            headers["if-none-match"] = etag
        # Held only when all is well: after a failure the next answer should come at once.
        if etag and not failures:
            headers["prefer"] = f"wait={pace.pauses.hold}"
            seconds = pace.pauses.hold + pace.pauses.spare
        try:
            answer = await fetch(headers, seconds)
            value = last if answer.status == 304 and last is not None else await read(answer)
        except (CannotOpen, NotFound, NotSignedIn):
            raise
        except NimError as error:
            failures += 1
            pause = pace.after_failures(failures, error.retry_after)
            yield Offline(error.message, pause, since)
            await pace.sleep(pause)
            continue
        from nim_tui.client import decoding

        changed = value != last
        back, failures = failures > 0, 0
        last, since = value, datetime.now(UTC)
        etag = decoding.etag(answer) or (etag if answer.status == 304 else "")
        if changed or back:
            yield value
        lasted = time.monotonic() - began
        told = decoding.retry_after(answer)
        held = "wait" in answer.headers.get("preference-applied", "")
        if told is not None and not held:
            await pace.sleep(pace.unheld(told))
        elif changed or back or (held and lasted >= pace.pauses.shortest):
            await pace.sleep(max(0.0, pace.pauses.shortest - lasted))
        else:
            await pace.sleep(pace.unheld(None))
