"""A third store, in memory: the worked example of CONTRIBUTING.md's "How to add a store".

It keeps the whole contract, which the suite checks (`memory` in conftest.py), on one event loop:
nothing here awaits between a check and its write, so each method is one conditional write.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from backend.domain.decisions import judge_move, refusal
from backend.domain.errors import NoSuchGame, TooManyGames, TooManyInvitations
from backend.domain.game import Game, State
from backend.domain.invitations import Invitation
from backend.domain.nim import Heaps, Move
from backend.domain.opponents import Opponent, latest_first, tally
from backend.service.invitation_store import MOST_OPEN_INVITATIONS
from backend.service.ports import (
    MOST_OPEN_GAMES,
    GameChanged,
    GameStore,
    Page,
    PagePosition,
    Wakes,
    Written,
    list_order,
    place_of,
)
from backend.service.subscriptions import game_key, user_key


@dataclass
class Memory:
    """What all stores of one place share, as processes share a file."""

    games: dict[str, Game] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    # Each change, and who made it; watchers wait for more of them.
    changes: list[tuple[object, Game]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def created_by(self, user: str, now: datetime | None) -> tuple[int, int]:
        """The open games and the open invitations that a player has created."""
        games = sum(game.user1 == user and game.state == "open" for game in self.games.values())
        return games, sum(
            one.created_by == user and not one.made and (now is None or now < one.expires_at)
            for one in self.invitations.values()
        )

    async def write(self, writer: object, game: Game) -> Written:
        """Keep a game and tell the other stores."""
        self.games[game.game_id] = game
        self.changes.append((writer, game))
        async with self.changed:
            self.changed.notify_all()
        return Written(game)


class MemoryGameStore:
    """The games of one `Memory`; a `GameStore`."""

    def __init__(self, memory: Memory) -> None:
        self.invitations = MemoryInvitations(memory)
        self._memory = memory

    async def put(self, game: Game) -> Written:
        if (kept := self._memory.games.get(game.game_id)) is not None:
            return Written(kept, applied=False)
        # An invitation was counted when it was made.
        if game.state == "open" and game.invitation is None:
            created = self._memory.created_by(game.user1, game.created_at)
            if sum(created) >= MOST_OPEN_GAMES:
                raise TooManyGames
        return await self._memory.write(self, game)

    async def get(self, game_id: str) -> Game | None:
        return self._memory.games.get(game_id)

    async def move(
        self,
        game_id: str,
        user: str,
        move: Move,
        *,
        version: int | None,
        now: datetime,
        owned_from: datetime | None = None,
        seen: Heaps | None = None,
    ) -> Written:
        game = self._memory.games.get(game_id)
        theirs = game is not None and game.belongs_to(user, owned_from)
        if game is None or not theirs or refusal(game, user, move, version, seen) is not None:
            return Written(judge_move(game, user, move, version, seen), applied=False)
        return await self._memory.write(self, game.after_move(user, move, now))

    async def replace(self, seen: Game, new: Game) -> Written:
        game = self._memory.games.get(seen.game_id)
        if game is None:
            raise NoSuchGame
        if game != seen:
            raise GameChanged(game)
        return await self._memory.write(self, new)

    async def list(self, user: str, state: State, limit: int, after: PagePosition | None) -> Page:
        found = [
            game
            for game in self._memory.games.values()
            if game.has_player(user) and game.state == state
        ]
        found.sort(key=lambda game: list_order(game, user))
        if after is not None:
            found = [game for game in found if _is_behind(game, user, after)]
        following = place_of(found[limit - 1], user) if len(found) > limit else None
        return Page(found[:limit], following)

    async def opponents(
        self, user: str, owned_from: datetime | None, now: datetime
    ) -> Sequence[Opponent]:
        games = self._memory.games.values()
        theirs = (game for game in games if game.belongs_to(user, owned_from))
        return latest_first(tally(user, theirs).values())

    async def watch(self, hub: Wakes) -> None:
        memory = self._memory
        seen = len(memory.changes)
        hub.wake_all()
        while True:
            async with memory.changed:
                while len(memory.changes) == seen:
                    await memory.changed.wait()
            new, seen = memory.changes[seen:], len(memory.changes)
            for writer, game in new:
                if writer is not self:
                    hub.wake((game_key(game.game_id), user_key(game.user1), user_key(game.user2)))

    async def close(self) -> None:
        """Nothing is open."""


def _is_behind(game: Game, user: str, after: PagePosition) -> bool:
    place = place_of(game, user)
    return _order(place, game.state) > _order(after, game.state)


def _order(place: PagePosition, state: State) -> tuple[int, float, str]:
    time = place.time.timestamp() if place.time else 0.0
    return place.rank, -time if state == "done" else time, place.game_id


class MemoryInvitations:
    """The open invitations of one `Memory`; an `InvitationStore`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._all = memory.invitations

    async def put(self, invitation: Invitation) -> Invitation:
        if (kept := self._all.get(invitation.code)) is not None:
            return kept
        games, open_ones = self._memory.created_by(invitation.created_by, invitation.created_at)
        if open_ones >= MOST_OPEN_INVITATIONS:
            raise TooManyInvitations
        if games + open_ones >= MOST_OPEN_GAMES:
            raise TooManyGames
        self._all[invitation.code] = invitation
        return invitation

    async def get(self, code: str) -> Invitation | None:
        return self._all.get(code)

    async def unfinished(self, user: str, now: datetime) -> Sequence[Invitation]:
        found = (
            one
            for one in self._all.values()
            if one.created_by == user and not one.made and now < one.expires_at
        )
        return sorted(found, key=lambda one: (one.created_at, one.code))

    async def take(self, code: str, user: str, now: datetime) -> Invitation | None:
        found = self._all.get(code)
        if found is not None and found.can_be_taken(now) and found.is_for(user):
            found = self._all[code] = replace(found, taken_by=user, taken_at=now)
        return found

    async def reserve(self, code: str, name: str, now: datetime) -> tuple[Invitation | None, bool]:
        found = self._all.get(code)
        if found is None or not found.can_be_taken(now) or found.reserved_for is not None:
            return found, False
        self._all[code] = replace(found, reserved_for=name)
        return self._all[code], True

    async def release(self, code: str, name: str) -> None:
        found = self._all.get(code)
        if found is not None and found.reserved_for == name and found.taken_by is None:
            self._all[code] = replace(found, reserved_for=None)

    async def remove(self, code: str) -> bool:
        found = self._all.get(code)
        if found is None or found.taken_by is not None:
            return False
        del self._all[code]
        return True

    async def discard(self, code: str) -> None:
        found = self._all.get(code)
        if found is not None and not found.made:
            del self._all[code]

    async def game_made(self, code: str) -> None:
        found = self._all.get(code)
        if found is not None and found.taken_by is not None:
            self._all[code] = replace(found, made=True)

    async def secret(self) -> bytes:
        return self._memory.secret


class MemoryPlace:
    """One memory; each store as another process would have it."""

    def __init__(self) -> None:
        self._memory = Memory()

    async def open(self) -> GameStore:
        return MemoryGameStore(self._memory)
