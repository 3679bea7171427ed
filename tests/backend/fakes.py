"""The ports in memory: small, true to what each promises, and able to stop halfway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.domain.decisions import is_repeat, judge_move
from backend.domain.errors import TooManyGames
from backend.domain.game import Game, State
from backend.domain.invitations import Invitation
from backend.domain.nim import Heaps, Move
from backend.domain.notices import Notice
from backend.domain.opponents import Opponent, latest_first, tally
from backend.service.ports import (
    MOST_OPEN_GAMES,
    AccountRecord,
    GameChanged,
    Page,
    PagePosition,
    Wakes,
    Written,
    list_order,
    place_of,
)


class MemoryInvitations:
    """An `InvitationStore` without a database.

    Attributes:
        trouble: raised by the next `game_made`, as if the process had been stopped there.

    """

    def __init__(self) -> None:
        self.kept: dict[str, Invitation] = {}
        self.trouble: list[Exception] = []

    async def put(self, invitation: Invitation) -> Invitation:
        return self.kept.setdefault(invitation.code, invitation)

    async def get(self, code: str) -> Invitation | None:
        return self.kept.get(code)

    async def unfinished(self, user: str, now: datetime) -> Sequence[Invitation]:
        own = [one for one in self.kept.values() if one.created_by == user and not one.made]
        return sorted((one for one in own if now < one.expires_at), key=lambda one: one.created_at)

    async def take(self, code: str, user: str, now: datetime) -> Invitation | None:
        found = self.kept.get(code)
        if found is not None and found.can_be_taken(now) and found.is_for(user):
            self.kept[code] = replace(found, taken_by=user, taken_at=now)
        return self.kept.get(code)

    async def reserve(self, code: str, name: str, now: datetime) -> tuple[Invitation | None, bool]:
        found = self.kept.get(code)
        if found is None or not found.can_be_taken(now) or found.reserved_for is not None:
            return found, False
        self.kept[code] = replace(found, reserved_for=name)
        return self.kept[code], True

    async def release(self, code: str, name: str) -> None:
        found = self.kept.get(code)
        if found is not None and found.taken_by is None and found.reserved_for == name:
            self.kept[code] = replace(found, reserved_for=None)

    async def remove(self, code: str) -> bool:
        found = self.kept.get(code)
        return found is not None and not found.taken_by and bool(self.kept.pop(code))

    async def discard(self, code: str) -> None:
        if code in self.kept and not self.kept[code].made:
            del self.kept[code]

    async def game_made(self, code: str) -> None:
        if self.trouble:
            raise self.trouble.pop()
        self.kept[code] = replace(self.kept[code], made=True)

    async def secret(self) -> bytes:
        return b"secret"


class MemoryGames:
    """A `GameStore` without a database.

    Attributes:
        gate: writes wait until it is set.
        rivals: called one after the other, each before one `replace`: what somebody else writes
            between a read and this write.
        faults: raised by the next calls of `put`, which then do nothing.
        watching: how many `watch` calls run.

    """

    def __init__(self) -> None:
        self.kept: dict[str, Game] = {}
        self.invitations = MemoryInvitations()
        self.gate = asyncio.Event()
        self.gate.set()
        self.rivals: list[Callable[[], None]] = []
        self.watching = 0
        self.trouble: list[Exception] = []
        self.faults: list[Exception] = []
        self.closed = False

    async def put(self, game: Game) -> Written:
        await self.gate.wait()
        if self.faults:
            raise self.faults.pop()
        if game.game_id in self.kept:
            return Written(self.kept[game.game_id], applied=False)
        own = [kept for kept in self.kept.values() if kept.user1 == game.user1]
        if sum(kept.state == "open" for kept in own) >= MOST_OPEN_GAMES:
            raise TooManyGames
        self.kept[game.game_id] = game
        return Written(game)

    async def get(self, game_id: str) -> Game | None:
        return self.kept.get(game_id)

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
        assert move.left >= 0, "the port's promise"
        await self.gate.wait()
        game = self.kept.get(game_id)
        fits = game is not None and version in (None, game.version) and seen in (None, game.heaps)
        fits = fits and game is not None and game.belongs_to(user, owned_from)
        if game is None or not fits or game.turn != user or not game.board.allows(move):
            return Written(judge_move(game, user, move, version, seen), applied=False)
        assert not is_repeat(game, user, move, version)
        self.kept[game_id] = game.after_move(user, move, now)
        return Written(self.kept[game_id])

    async def replace(self, seen: Game, new: Game) -> Written:
        await self.gate.wait()
        if self.rivals:
            self.rivals.pop(0)()
        if self.kept[seen.game_id] != seen:
            raise GameChanged(self.kept[seen.game_id])
        self.kept[seen.game_id] = new
        return Written(new)

    async def list(self, user: str, state: State, limit: int, after: PagePosition | None) -> Page:
        games = [game for game in self.kept.values() if game.has_player(user)]
        games = sorted(
            (game for game in games if game.state == state),
            key=lambda game: list_order(game, user),
        )
        if after is not None:
            time = after.time.timestamp() if after.time else 0.0
            place = (after.rank, -time if state == "done" else time, after.game_id)
            games = [game for game in games if list_order(game, user) > place]
        page = games[:limit]
        return Page(page, place_of(page[-1], user) if len(games) > limit else None)

    async def opponents(
        self, user: str, owned_from: datetime | None, now: datetime
    ) -> Sequence[Opponent]:
        own = [game for game in self.kept.values() if game.belongs_to(user, owned_from)]
        return latest_first(tally(user, own).values())

    async def watch(self, hub: Wakes) -> None:
        if self.trouble:
            raise self.trouble.pop()
        self.watching += 1
        try:
            hub.wake_all()
            await asyncio.Event().wait()
        finally:
            self.watching -= 1

    async def close(self) -> None:
        self.closed = True


class MemoryRecords:
    """An `AccountRecords` without a table.

    Attributes:
        reads: how many times it was read.

    """

    def __init__(self) -> None:
        self.kept: dict[str, AccountRecord] = {}
        self.reads = 0

    async def get(self, usernames: Collection[str]) -> Mapping[str, AccountRecord]:
        self.reads += 1
        found = {name: self.kept.get(name.casefold()) for name in usernames}
        return {name: record for name, record in found.items() if record is not None}

    async def begin(self, username: str, record: AccountRecord, instead_of: str | None) -> bool:
        old = self.kept.get(username.casefold(), AccountRecord(""))
        if old.sub != (instead_of or ""):
            return False
        self.kept[username.casefold()] = record
        return True

    async def count_from(self, username: str, seconds: int) -> None:
        self._change(username, counts_from=seconds)

    async def begin_closing(self, username: str, sub: str) -> None:
        assert self.kept[username.casefold()].sub == sub
        self._change(username, closing=True)

    async def all_closing(self) -> Sequence[str]:
        return [name for name, record in self.kept.items() if record.closing]

    async def end(self, username: str, at: datetime) -> None:
        self.kept[username.casefold()] = AccountRecord("", at)

    def _change(self, username: str, **changes: Any) -> None:
        self.kept[username.casefold()] = replace(self.kept[username.casefold()], **changes)


class MemoryCourier:
    """A `Courier` that only remembers."""

    def __init__(self) -> None:
        self.taken: list[Notice] = []
        self.closed = False

    def committed(self, notices: Sequence[Notice]) -> None:
        self.taken.extend(notices)

    async def close(self) -> None:
        self.closed = True
