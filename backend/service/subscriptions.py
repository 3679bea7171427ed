"""Where held requests wait for a change, and where stores report one.

A waiter listens to keys, reads, and sleeps until one of its keys is woken or its time is up. The
store's `watch` runs only while somebody listens, so an idle process does nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from backend.service.ports import GameStore

log = logging.getLogger(__name__)

# After trouble (a locked file, a throttled table) watching restarts. Until then, waiters notice
# changes only when their time is up.
RESTART_SECONDS = 2.0


def game_key(game_id: str) -> str:
    """The key that a change of one game wakes."""
    return f"game:{game_id}"


def user_key(username: str) -> str:
    """The key that a change of any game of one player wakes."""
    return f"user:{username}"


def game_of(key: str) -> str | None:
    """The game id of a `game_key`; None for another key."""
    return key.removeprefix("game:") if key.startswith("game:") else None


def player_of(key: str) -> str | None:
    """The username of a `user_key`; None for another key."""
    return key.removeprefix("user:") if key.startswith("user:") else None


class ChangeHub:
    """The waiters of one process, by key. Lives on one event loop."""

    def __init__(self, store: GameStore) -> None:
        self._store = store
        # Dictionaries for their order: whoever waits longest is woken first.
        self._waiters: dict[str, dict[asyncio.Event, None]] = {}
        self._watch: asyncio.Task[None] | None = None

    @contextmanager
    def listen(self, *keys: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever one of `keys` is woken; the waiter clears it."""
        event = asyncio.Event()
        for key in keys:
            self._waiters.setdefault(key, {})[event] = None
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_store())
        try:
            yield event
        finally:
            for key in keys:
                self._waiters[key].pop(event, None)
                if not self._waiters[key]:
                    del self._waiters[key]
            if not self._waiters and self._watch is not None:
                self._watch.cancel()
                self._watch = None

    def waited_for(self) -> Collection[str]:
        """The keys that are being waited for right now."""
        return self._waiters.keys()

    def wake(self, keys: Iterable[str]) -> None:
        """Something behind these keys has changed."""
        for key in keys:
            for event in self._waiters.get(key, ()):
                event.set()

    def wake_all(self) -> None:
        """Anything may have changed; also lets every held request answer at shutdown."""
        self.wake(list(self._waiters))

    async def _watch_store(self) -> None:
        while True:
            try:
                await self._store.watch(self)
            except Exception:
                # Waiters can do without it: their requests time out, and the clients ask again.
                log.exception("watching the store failed; trying again")
            await asyncio.sleep(RESTART_SECONDS)
