"""How a server on DynamoDB learns of other processes' moves: one poller over what is waited for.

A board is asked for every 2 s and a list every 10 s; while nothing changes the pauses grow to 60 s.
Own moves need none of this: the service wakes the waiters at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.game import Game, State
from backend.hub import game_of, player_of
from backend.ports import After, Page, Wakes

BOARD_SECONDS = 2.0
LIST_SECONDS = 10.0
SLOWEST_SECONDS = 60.0

_GROWTH = 1.25
_TICK_SECONDS = 0.5
_MOST_LISTED = 100
# Requests are held for less than half a minute and come again: a plan outlives the gap.
_FORGET_SECONDS = 90.0


class Asked(Protocol):
    """What the poller asks; `DynamoGames`."""

    async def boards(self, game_ids: Sequence[str]) -> dict[str, Game]:
        """The games of these ids as they stand."""

    async def list(self, user: str, state: State, limit: int, after: After | None) -> Page:
        """See `GameStore.list`."""


@dataclass(slots=True)
class _Plan:
    """When a key is asked for next, how long the pauses are, and what was seen the last time."""

    shortest: float
    next: float
    pause: float
    wanted_at: float
    seen: Hashable = None

    def look(self, found: Hashable, now: float) -> bool:
        """Note what was found; whether the waiters should look. The first time they always do."""
        changed = found != self.seen
        self.seen = found
        self.pause = self.shortest if changed else min(self.pause * _GROWTH, SLOWEST_SECONDS)
        self.next = now + self.pause
        return changed


async def watch(store: Asked, hub: Wakes) -> None:
    """Wake the waiters of what has changed in the table, until cancelled."""
    clock = asyncio.get_running_loop().time
    plans: dict[str, _Plan] = {}
    while True:
        now = clock()
        _follow(hub, plans, now)
        due = [key for key in hub.waited_for() if plans[key].next <= now]
        changed = [key for key, found in await _ask(store, due) if plans[key].look(found, clock())]
        hub.wake(changed)
        await asyncio.sleep(_TICK_SECONDS)


def _follow(hub: Wakes, plans: dict[str, _Plan], now: float) -> None:
    for key in hub.waited_for():
        shortest = BOARD_SECONDS if game_of(key) else LIST_SECONDS
        plan = plans.setdefault(key, _Plan(shortest, now + shortest, shortest, now))
        plan.wanted_at = now
    for key in [key for key, plan in plans.items() if now - plan.wanted_at > _FORGET_SECONDS]:
        del plans[key]


async def _ask(store: Asked, keys: Sequence[str]) -> list[tuple[str, Hashable]]:
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
    # Not the version alone: a move of the tutorial's own client leaves it as it was.
    if game is None:
        return "gone"
    return (game.game_id, game.version, game.heaps, game.last_move_by, game.ended_by)
