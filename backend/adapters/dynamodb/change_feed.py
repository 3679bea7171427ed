"""How a server on DynamoDB notices other processes' moves: one poller for all that is waited for.

It reads a board every 2 s and a list every 10 s; while nothing changes, the pauses grow to 60 s.
The server's own moves do not need it: the service wakes the waiters at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.domain.game import Game, State
from backend.service.ports import Page, PagePosition, Wakes
from backend.service.subscriptions import game_of, player_of

_GROWTH = 1.25
_MOST_LISTED = 100
# Held requests return after less than half a minute and come again: a plan outlives the gap.
_FORGET_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class PollingPace:
    """The pauses between reads in seconds: for a board, for a list, and at most."""

    board: float = 2.0
    list: float = 10.0
    slowest: float = 60.0
    tick: float = 0.5


class ReadsGames(Protocol):
    """What the poller reads from: `DynamoGameStore`."""

    async def boards(self, game_ids: Sequence[str]) -> dict[str, Game]:
        """The current games with these ids."""

    async def list(self, user: str, state: State, limit: int, after: PagePosition | None) -> Page:
        """See `GameStore.list`."""


@dataclass(slots=True)
class _Plan:
    """When a key is read next, how long its pauses are, and what was seen last time."""

    shortest: float
    next: float
    pause: float
    wanted_at: float
    seen: Hashable = None


class Poller:
    """Reads from one store what its process waits for; it remembers plans between two waits."""

    def __init__(self, store: ReadsGames, pace: PollingPace) -> None:
        self._store = store
        self._pace = pace
        self._plans: dict[str, _Plan] = {}

    async def watch(self, hub: Wakes) -> None:
        """Wake the waiters for what has changed in the table, until cancelled."""
        clock = asyncio.get_running_loop().time
        hub.wake_all()
        while True:
            now = clock()
            self._follow(hub, now)
            due = [key for key in hub.waited_for() if self._plans[key].next <= now]
            found = await _ask(self._store, due)
            hub.wake([key for key, seen in found if self._changed(key, seen, clock())])
            await asyncio.sleep(self._pace.tick)

    def _follow(self, hub: Wakes, now: float) -> None:
        for key in hub.waited_for():
            shortest = self._pace.board if game_of(key) else self._pace.list
            plan = self._plans.setdefault(key, _Plan(shortest, now + shortest, shortest, now))
            plan.wanted_at = now
        for key in [
            key for key, plan in self._plans.items() if plan.wanted_at < now - _FORGET_SECONDS
        ]:
            del self._plans[key]

    def _changed(self, key: str, seen: Hashable, now: float) -> bool:
        """Note what was seen. Returns whether to wake the waiters: always, the first time."""
        plan = self._plans[key]
        changed = seen != plan.seen
        plan.seen = seen
        slower = min(plan.pause * _GROWTH, self._pace.slowest)
        plan.pause = plan.shortest if changed else slower
        plan.next = now + plan.pause
        return changed


async def _ask(store: ReadsGames, keys: Sequence[str]) -> list[tuple[str, Hashable]]:
    games = {game_id: key for key in keys if (game_id := game_of(key))}
    found: list[tuple[str, Hashable]] = []
    if games:
        boards = await store.boards(list(games))
        found += [(key, _mark(boards.get(game_id))) for game_id, key in games.items()]
    for key in keys:
        if user := player_of(key):
            page = await store.list(user, "open", _MOST_LISTED, None)
            found.append((key, tuple(_mark(game) for game in page.games)))
    return found


def _mark(game: Game | None) -> Hashable:
    # The version is not enough: a move by the tutorial's own client leaves it as it was.
    if game is None:
        return "gone"
    return (game.game_id, game.version, game.heaps, game.last_move_by, game.ended_by)
