"""The ports in memory: small, true to what each promises, and able to stop halfway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.domain.game import Game
from backend.domain.nim import Move
from backend.domain.notices import Notice
from backend.service.ports import AccountRecord, Wakes, Written
from tests.backend.adapters.memory_store import Memory, MemoryGameStore, MemoryInvitations


class StoppableInvitations(MemoryInvitations):
    """The open invitations of a memory.

    Attributes:
        kept: all of them, by code.
        trouble: raised by the next `game_made`, as if the process had been stopped there.

    """

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.kept = memory.invitations
        self.trouble: list[Exception] = []

    async def game_made(self, code: str) -> None:
        if self.trouble:
            raise self.trouble.pop()
        await super().game_made(code)


class MemoryGames(MemoryGameStore):
    """The store in memory, which keeps the whole contract, with places to stop at.

    Attributes:
        kept: all games, by id.
        gate: writes wait until it is set.
        rivals: called one after the other, each before one `replace`: what somebody else writes
            between a read and this write.
        faults: raised by the next calls of `put`, which then do nothing.
        watching: how many `watch` calls run.
        trouble: raised by the next calls of `watch`.

    """

    def __init__(self) -> None:
        memory = Memory()
        super().__init__(memory)
        self.kept = memory.games
        self.invitations: StoppableInvitations = StoppableInvitations(memory)
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
        return await super().put(game)

    async def move(self, game_id: str, user: str, move: Move, **options: Any) -> Written:
        assert move.left >= 0, "the port's promise"
        await self.gate.wait()
        return await super().move(game_id, user, move, **options)

    async def replace(self, seen: Game, new: Game) -> Written:
        await self.gate.wait()
        if self.rivals:
            self.rivals.pop(0)()
        return await super().replace(seen, new)

    async def watch(self, hub: Wakes) -> None:
        if self.trouble:
            raise self.trouble.pop()
        self.watching += 1
        try:
            await super().watch(hub)
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
