"""Ways to look at a running client, through stable ids, keys and classes' names alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from nim_tui.app import NimApp
from nim_tui.client import NimClient
from nim_tui.tokens import MemoryVault
from tests.support import eventually_async

PASSWORD = "Passw0rd"

HEAPS = ("heap1", "heap2", "heap3")


class Player:
    """Somebody before their own terminal."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot

    @property
    def screen(self) -> str:
        """The class of the screen that stands there."""
        return type(self.pilot.app.screen).__name__

    def widget(self, name: str) -> Any:
        return self.pilot.app.screen.query_one(f"#{name}")

    def says(self, name: str) -> str:
        return str(self.widget(name).render())

    @property
    def counts(self) -> list[int]:
        return [self.widget(heap).count for heap in HEAPS]

    @property
    def chosen(self) -> list[int]:
        return [self.widget(heap).chosen for heap in HEAPS]

    @property
    def games(self) -> list[str]:
        """The ids in the list of games; headings are disabled."""
        listed: OptionList = self.widget("games")
        return [str(option.id) for option in listed.options if not option.disabled]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def click(self, name: str) -> None:
        assert await self.pilot.click(f"#{name}"), f"#{name} cannot be clicked on {self.screen}"

    async def until(self, condition: Callable[[], object], what: str) -> None:
        await eventually_async(condition, timeout=10, what=what)
        await self.pilot.pause()

    async def at(self, screen: str) -> None:
        await self.until(lambda: self.screen == screen, f"{screen}, not {self.screen},")

    async def hears(self, name: str, words: str) -> None:
        await self.until(lambda: words in self.says(name), f"{words!r} in #{name}")

    async def fill(self, **fields: str) -> None:
        """Click each field, and paste into it instead of what stands there."""
        for name, text in fields.items():
            await self.click(name)
            await self.press("end", "ctrl+u")
            self.pilot.app.post_message(Paste(text))
            field = self.widget(name)
            assert isinstance(field, Input)
            await self.until(partial(_holds, field, text), f"{text!r} in #{name}")

    async def register(self, username: str) -> None:
        """From the welcome screen to the games of a new account."""
        await self.click("to-register")
        await self.at("RegisterScreen")
        mail = f"{username}@example.com"
        await self.fill(username=username, password=PASSWORD, email=mail)
        await self.click("register")
        await self.at("GamesScreen")

    async def invite(self, opponent: str) -> None:
        """From the games to the board of a new one."""
        await self.click("new-game")
        await self.at("NewGameScreen")
        await self.fill(opponent=opponent)
        await self.click("start")
        await self.at("BoardScreen")

    async def take(self, *keys: str) -> None:
        """Wait for the turn, choose with these keys, and take."""
        await self.hears("turn", "Your turn")
        await self.press(*keys, "enter")


def _holds(field: Input, text: str) -> bool:
    return field.value == text


@asynccontextmanager
async def player(
    client: NimClient, vault: MemoryVault | None = None, **options: Any
) -> AsyncIterator[Player]:
    """The client, running at 80 columns and 24 rows."""
    app = NimApp(client, vault=vault or MemoryVault(), **options)
    async with app.run_test(size=(80, 24)) as pilot:
        yield Player(pilot)


@asynccontextmanager
async def alone(folder: Path, **options: Any) -> AsyncIterator[Player]:
    """Somebody without an account."""
    async with player(NimClient.embedded(str(folder / "games.db")), **options) as somebody:
        yield somebody
