"""A service over ports in memory, with three people and a time that is moved by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.domain.game import Game
from backend.domain.nim import Move
from backend.domain.people import Registration
from backend.service.commands import Invite
from backend.service.use_cases import Service
from tests.backend.api.people import MemoryPeople
from tests.backend.fakes import MemoryCourier, MemoryGames
from tests.backend.samples import START

NAMES = ("Anna", "Bert", "Carl")


class Table:
    """The service and its ports."""

    def __init__(self) -> None:
        self.now = START
        self.games = MemoryGames()
        self.people = MemoryPeople()
        self.courier = MemoryCourier()
        self.service = Service(
            games=self.games, people=self.people, courier=self.courier, now=self.time
        )

    def time(self) -> datetime:
        """Now."""
        return self.now

    async def start(self, user: str = "Anna", opponent: str = "Bert", **details: Any) -> Game:
        """A new game."""
        return await self.service.create(user, Invite(opponent=opponent, **details))

    async def move(
        self, game: Game, user: str, heap: int, left: int, version: int | None = None
    ) -> Game:
        """A move."""
        return await self.service.move(user, game.game_id, Move(heap, left), version)

    def notices(self) -> list[tuple[str, str]]:
        """Recipients and kinds of the notices since the last call."""
        sent: list[tuple[str, str]] = [(notice.to, notice.kind) for notice in self.courier.taken]
        self.courier.taken.clear()
        return sent


async def new_table() -> Table:
    """A table with nothing on it."""
    table = Table()
    for name in NAMES:
        await table.people.register(
            Registration(name, "Passw0rdX", f"{name}@example.com", "+15555555555")
        )
    return table
