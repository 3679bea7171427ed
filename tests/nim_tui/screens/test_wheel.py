"""The mouse wheel moves from row to row in every list and menu, and stops at the ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import OptionList

from nim_tui.config.settings import Settings
from nim_tui.screens.account.choose_session import ChooseSessionScreen
from nim_tui.screens.lessons import LessonsScreen
from nim_tui.screens.settings import SettingsScreen
from tests.nim_tui.fakes import FakeClient, some_games
from tests.nim_tui.screens.stage import Stage, at_games, running


async def turn(stage: Stage, widget: Widget, *, down: bool) -> None:
    """Turn the wheel by one notch over a widget."""
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    x, y = widget.region.x + 1, widget.region.y
    await stage.pilot._post_mouse_events([kind], widget, offset=(1, 0), button=0)
    assert widget.region.contains(x, y)
    await stage.pilot.pause()


async def test_in_the_menu_of_the_welcome_screen() -> None:
    async with running() as stage:
        first = stage.screen.query_one("#practice")
        await turn(stage, first, down=True)
        assert stage.screen.focused is stage.screen.query_one("#lessons")
        for _ in range(2):
            await turn(stage, first, down=False)
        assert stage.screen.focused is first


async def test_in_the_list_of_games_over_the_headings() -> None:
    opened, done = some_games()
    async with at_games(FakeClient(open_games=opened, done_games=done)) as stage:
        games = stage.screen.query_one("#games", OptionList)
        seen = []
        for _ in range(9):
            assert games.highlighted_option is not None
            seen.append(games.highlighted_option.id)
            await turn(stage, games, down=True)
        every = [option.id for option in games.options if not option.disabled]
        assert seen == [*every, every[-1]]


@pytest.mark.parametrize(
    ("make", "selector"),
    [
        (LessonsScreen, "#list"),
        (lambda: ChooseSessionScreen(["ana", "ben"]), "#names"),
    ],
)
async def test_in_other_lists(make: Callable[[], Screen[Any]], selector: str) -> None:
    async with running() as stage:
        await stage.app.push_screen(make())
        await stage.pilot.pause()
        options = stage.screen.query_one(selector, OptionList)
        await turn(stage, options, down=True)
        assert options.highlighted == 1
        await stage.press("G")
        last = options.option_count - 1
        assert options.highlighted == last
        await turn(stage, options, down=True)
        assert options.highlighted == last
        await stage.press("k")
        assert options.highlighted == last - 1
        await stage.press("g", "j")
        assert options.highlighted == 1


async def test_in_the_settings() -> None:
    async with running() as stage:
        await stage.app.push_screen(SettingsScreen(Settings()))
        await stage.pilot.pause()
        await turn(stage, stage.screen.query_one("#theme"), down=True)
        assert stage.screen.focused is stage.screen.query_one("#glyphs")
