from __future__ import annotations

from typing import Any

import pytest
from textual import events, notifications

from nim_tui import messages
from nim_tui.app import NimApp
from nim_tui.config.settings import Settings
from nim_tui.tokens import MemoryVault
from tests.nim_tui.fakes import FakeClient, make_game
from tests.nim_tui.screens.stage import Stage, at_games


class Recorder(NimApp):
    """The app, recording what a real terminal would get."""

    def __init__(self, *given: Any, **options: Any) -> None:
        self.rings = 0
        self.written: list[str] = []
        super().__init__(*given, **options)

    def bell(self) -> None:
        self.rings += 1

    def _write(self, sequence: str) -> None:
        self.written.append(sequence)


@pytest.mark.parametrize("wanted", [True, False])
async def test_without_focus_bell_and_notice_come_once(
    wanted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    settings = Settings(bell=wanted, desktop_notices=wanted)
    fake = FakeClient()
    app = Recorder(fake, vault=MemoryVault(), settings=settings)
    announcement = messages.Announcement("bob moved. Your turn.", "g:3", "g", urgent=True)
    async with app.run_test(notifications=True) as pilot:
        stage = Stage(pilot)
        await pilot.pause()
        app.post_message(messages.Announcement("seen", "g:2", "g", urgent=True))
        await stage.until(lambda: len(stage.toasts) == 1)
        assert app.rings == 0
        app.post_message(events.AppBlur())
        await stage.until(lambda: fake.slow)
        app.post_message(announcement)
        app.post_message(announcement)
        app.post_message(messages.Announcement("not urgent", "g:4", "g"))
        await stage.until(lambda: len(stage.toasts) == 3)
        assert app.rings == int(wanted)
        assert len([text for text in app.written if "Your turn" in text]) == int(wanted)
        app.post_message(events.AppFocus())
        await stage.until(lambda: not fake.slow)


async def test_the_terminals_title_counts_the_games_that_wait() -> None:
    fake = FakeClient(open_games=[make_game("bob"), make_game("ines")])
    app = Recorder(fake, vault=MemoryVault(), settings=Settings())
    async with app.run_test() as pilot:
        stage = Stage(pilot)
        await pilot.pause()
        assert app.written[0].endswith("\x1b]2;nim\x1b\\")
        app.post_message(messages.GamesWaiting(2))
        await stage.until(lambda: app.written[-1] == "\x1b]2;nim (2)\x1b\\")
    assert app.written[-1] == "\x1b[23;2t"


async def test_what_the_open_board_shows_is_not_announced() -> None:
    game = make_game("bob", game_id="g1")
    async with at_games(FakeClient(open_games=[game])) as stage:
        await stage.press("enter")
        await stage.at("BoardScreen")
        stage.app.post_message(messages.Announcement("bob moved.", "g1:9", "g1", urgent=True))
        stage.app.post_message(messages.Announcement("ines moved.", "g2:1", "g2", urgent=True))
        await stage.until(lambda: stage.toasts)
        assert stage.toasts == ["ines moved."]


async def test_a_busy_machine_loses_no_toast(monkeypatch: pytest.MonkeyPatch) -> None:
    """What every other test relies on that reads toasts."""
    async with at_games(FakeClient()) as stage:
        stage.app.post_message(messages.Announcement("ines moved.", "g2:1", "g2", urgent=True))
        await stage.until(lambda: stage.toasts)
        (note,) = stage.app._notifications
        monkeypatch.setattr(notifications, "time", lambda: note.raised_at + 600)
        assert stage.toasts == ["ines moved."]
