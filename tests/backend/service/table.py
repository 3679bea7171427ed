"""A service over ports in memory, with three people and a time that is moved by hand."""

from __future__ import annotations

from datetime import datetime

from backend.domain.game import Game
from backend.domain.people import Registration
from backend.service.use_cases import Service
from backend.wire import HEAP_NAMES, MoveRequest, NewGame
from tests.backend.api.people import MemoryPeople
from tests.backend.fakes import MemoryCourier, MemoryGames
from tests.backend.samples import START

NAMES = ("Anna", "Bert", "Carl")


class Table:
    """The service and what it stands on."""

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

    async def start(self, user: str = "Anna", opponent: str = "Bert", **wish: object) -> Game:
        """A new game."""
        return await self.service.create(user, NewGame(opponent=opponent, **wish))  # type: ignore[arg-type] # a test's own words

    async def move(
        self, game: Game, user: str, heap: int, left: int, version: int | None = None
    ) -> Game:
        """A move, on the wire's terms."""
        wish = MoveRequest(
            changed_heap=HEAP_NAMES[heap - 1], changed_heap_value=left, version=version
        )
        return await self.service.move(user, game.game_id, wish)

    def told(self) -> list[tuple[str, str]]:
        """Who was told what since the last look."""
        told: list[tuple[str, str]] = [(notice.to, notice.kind) for notice in self.courier.told]
        self.courier.told.clear()
        return told


async def new_table() -> Table:
    """A table with nothing on it."""
    table = Table()
    for name in NAMES:
        await table.people.register(
            Registration(name, "Passw0rdX", f"{name}@example.com", "+15555555555")
        )
    return table
