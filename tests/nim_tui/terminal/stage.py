"""The app on a driver that records everything that a terminal would get."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, cast

from textual import events
from textual.drivers.headless_driver import HeadlessDriver

from nim_tui.app import NimApp
from nim_tui.screens.games.screen import GamesScreen
from tests.nim_tui.fakes import NOW, FakeClient
from tests.nim_tui.screens.stage import make_app
from tests.support import eventually_async


class RecordingDriver(HeadlessDriver):
    """Claims to be a real terminal, and records each write."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.writes: list[str] = []

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.writes.append(data)


@dataclass
class Watched:
    """The running app, and its terminal's output."""

    app: NimApp
    driver: RecordingDriver

    def got(self, *parts: str) -> list[str]:
        """The writes that contain any of `parts`."""
        return [each for each in self.driver.writes if any(part in each for part in parts)]

    @property
    def calls(self) -> list[str]:
        """Bells and notices."""
        return [
            each
            for each in self.driver.writes
            if each == "\x07" or each.startswith(("\x1b]777", "\x1b]9", "\x1bPtmux"))
        ]

    async def until(self, condition: Any, what: str) -> None:
        await eventually_async(condition, what=what)

    async def look_away(self) -> None:
        self.app.post_message(events.AppBlur())
        await self.until(lambda: not self.app.app_focus, "the blur")

    async def look_back(self) -> None:
        self.app.post_message(events.AppFocus())
        await self.until(lambda: self.app.app_focus, "the focus")


@asynccontextmanager
async def watched(client: FakeClient, **settings: bool) -> AsyncIterator[Watched]:
    """A client's games on a recording driver; `settings` are the player's."""
    app = make_app(client)
    app.settings = replace(app.settings, **settings)  # type: ignore[arg-type] # switches only
    app.driver_class = RecordingDriver
    running = asyncio.create_task(app.run_async(size=(80, 24)))
    try:
        await eventually_async(lambda: app.is_running and app.screen_stack, what="the app")
        seen = Watched(app, cast("RecordingDriver", app._driver))
        with app._context():
            await app.push_screen(GamesScreen(client, now=lambda: NOW))
        yield seen
    finally:
        app.exit()
        with suppress(asyncio.CancelledError):
            await running
