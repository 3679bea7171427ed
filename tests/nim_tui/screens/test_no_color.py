"""Under NO_COLOR nothing that is sent holds a colour: only bold, underline and reverse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from rich.style import Style
from textual.screen import Screen

from nim_tui.paint import Depth
from nim_tui.screens.account.login import LoginScreen
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.screens.games.new_game import NewGameScreen
from nim_tui.screens.help import HelpScreen
from tests.nim_tui.fakes import FakeClient, some_games
from tests.nim_tui.screens.account.test_forms import FakeAccounts
from tests.nim_tui.screens.stage import Stage, at_games, running
from tests.support import at_length, unused_database

SGR = re.compile(r"\x1b\[([\d;]*)m")
# Reset, bold, underline, reverse. Even 39 and 49, the default colours, are colour codes.
ALLOWED = {"", "0", "1", "4", "7"}


def codes(stage: Stage) -> set[str]:
    """The SGR parameters of the whole screen, as they would be sent."""
    strips = stage.screen._compositor.render_strips()
    sent = "".join(strip.render(stage.app.console) for strip in strips)
    return {code for group in SGR.findall(sent) for code in group.split(";")}


def styles(stage: Stage) -> list[Style]:
    strips = stage.screen._compositor.render_strips()
    return [segment.style for strip in strips for segment in strip if segment.style]


@pytest.mark.parametrize("theme", ["dusk", *at_length("paper", "textual-light"), "ansi-dark"])
async def test_no_screen_sends_a_colour(theme: str) -> None:
    opened, done = some_games()
    fake = FakeClient(open_games=opened, done_games=done)
    screens: list[Callable[[Stage], Screen[Any]]] = [
        lambda _: LoginScreen(FakeAccounts(), why="Sign in again."),
        lambda _: NewGameScreen(fake),
        lambda _: ConfirmScreen("Resign?"),
        lambda stage: HelpScreen(stage.screen),
    ]
    async with at_games(fake, depth=Depth.NONE, theme=theme, size=(120, 40)) as stage:
        assert codes(stage) <= ALLOWED
        assert "7" in codes(stage), "the current row is a fill"
        stage.app.notify("something", markup=False)
        await stage.pilot.pause()
        assert codes(stage) <= ALLOWED
        for make in screens:
            await stage.app.push_screen(make(stage))
            await stage.pilot.pause()
            assert codes(stage) <= ALLOWED
            assert all(not style.italic and not style.dim for style in styles(stage))
        await stage.press("ctrl+p")
        assert codes(stage) <= ALLOWED


async def test_boards_send_none_either() -> None:
    async with running(depth=Depth.NONE, start="practice") as stage:
        await stage.at("BoardScreen")
        await stage.press("a", "up")
        assert codes(stage) <= ALLOWED


async def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    from nim_tui.app import NimApp
    from nim_tui.client import NimClient
    from nim_tui.tokens import MemoryVault

    for value, expected in (("1", Depth.NONE), ("", Depth.TRUE)):
        monkeypatch.setenv("NO_COLOR", value)
        app = NimApp(NimClient.embedded(unused_database()), vault=MemoryVault())
        assert app.look.depth is expected
        async with app.run_test() as pilot:
            await pilot.pause()
            assert (codes(Stage(pilot)) <= ALLOWED) == (expected is Depth.NONE)


@pytest.mark.parametrize("depth", [Depth.SIXTEEN, Depth.MANY])
async def test_few_colours_stay_within_what_the_terminal_has(depth: Depth) -> None:
    opened, done = some_games()
    fake = FakeClient(open_games=opened, done_games=done)
    async with at_games(fake, depth=depth, size=(120, 40)) as stage:
        most = 15 if depth is Depth.SIXTEEN else 255
        for style in styles(stage):
            for colour in (style.color, style.bgcolor):
                assert colour is None or colour.number is None or colour.number <= most
                assert colour is None or colour.triplet is None, f"{colour} is truecolor"


async def test_ascii_only_shows_ascii_only() -> None:
    opened, done = some_games()
    fake = FakeClient(open_games=opened, done_games=done)
    async with at_games(fake, unicode=False) as stage:
        assert stage.picture.isascii()
        assert "tomas" in stage.picture
    async with running(unicode=False) as stage:
        assert stage.picture.isascii()
        await stage.press("r")
        await stage.at("RegisterScreen")
        assert stage.picture.isascii()
        await stage.press("f1")
        await stage.at("HelpScreen")
