"""The app on a stage: at any size, with a client of the test's choice, and ways to look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from nim_tui.app import NimApp
from nim_tui.client import NimClient
from nim_tui.config.settings import Settings
from nim_tui.paint import Depth
from nim_tui.screens.games.screen import GamesScreen
from nim_tui.terminal.capabilities import Terminal
from nim_tui.tokens import MemoryVault, Vault
from tests.nim_tui.fakes import NOW, FakeClient
from tests.support import eventually_async, unused_database


@dataclass(frozen=True)
class Stage:
    """The running app."""

    pilot: Pilot[None]

    @property
    def app(self) -> NimApp:
        return cast("NimApp", self.pilot.app)

    @property
    def screen(self) -> Screen[Any]:
        return self.pilot.app.screen

    @property
    def name(self) -> str:
        """The class of the screen on top."""
        return type(self.screen).__name__

    def says(self, selector: str) -> str:
        """What a widget says."""
        return str(self.screen.query_one(selector).render())

    @property
    def picture(self) -> str:
        """All characters on the screen."""
        strips = self.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    @property
    def toasts(self) -> list[str]:
        """What has been told, the oldest first."""
        return [note.message for note in self.app._notifications]

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the app work until `condition` holds."""
        await eventually_async(condition, what=what or f"what is waited for on {self.name}")
        await self.pilot.pause()

    async def at(self, name: str) -> None:
        """Wait for a screen, by its class, until it has been mounted and its words are there."""
        await self.until(
            lambda: self.name == name and self.screen.is_mounted,
            f"a {name} instead of this {self.name}",
        )
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def click(self, selector: str) -> None:
        """Click a widget, which must be there to be clicked."""
        assert await self.pilot.click(selector), f"{selector} cannot be clicked"
        await self.pilot.pause()

    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        for _ in range(3):  # sizes, then classes, then what follows from them
            await self.pilot.pause()


def make_app(
    client: NimClient | FakeClient | None = None,
    *,
    vault: Vault | None = None,
    depth: Depth = Depth.TRUE,
    unicode: bool = True,
    theme: str = "dusk",
    **options: Any,
) -> NimApp:
    """The app, not yet running. Without a client: an embedded one whose file nobody touches."""
    place = NimClient.embedded(unused_database()) if client is None else client
    return NimApp(
        cast("NimClient", place),
        vault=vault or MemoryVault(),
        settings=Settings(theme=theme, animation=False),
        terminal=Terminal(depth, unicode),
        **options,
    )


@asynccontextmanager
async def running(
    client: NimClient | FakeClient | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    **options: Any,
) -> AsyncIterator[Stage]:
    """The app as it starts; `options` are those of `make_app`."""
    app = make_app(client, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Stage(pilot)


@asynccontextmanager
async def at_games(client: FakeClient, **options: Any) -> AsyncIterator[Stage]:
    """The list of the games that a fake client has, at a fixed time."""
    async with running(client, **options) as stage:
        await stage.app.push_screen(GamesScreen(client, now=lambda: NOW))
        await stage.until(lambda: "Up to date" in stage.says("#status"))
        yield stage


async def fill_in(stage: Stage, **values: str) -> None:
    """Put these into fields, and the focus into the last one, as typing does a key at a time."""
    for name, value in values.items():
        field = stage.screen.query_one(f"#{name}", Input)
        field.focus()
        await stage.pilot.pause()
        field.value = value
        field.cursor_position = len(value)
    await stage.pilot.pause()


REGISTRATION = {"username": "anana", "password": "Abcdefg1", "email": "ana@example.com"}


async def register(stage: Stage, username: str = "anana") -> None:
    """From the welcome screen to the games of a new account."""
    await stage.press("r")
    await stage.at("RegisterScreen")
    await fill_in(stage, **(REGISTRATION | {"username": username}))
    await stage.click("#register")
    await stage.at("GamesScreen")
