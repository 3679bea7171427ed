"""What scripts and other people's tests reach for: each id is there, and can be clicked."""

from __future__ import annotations

import pytest
from textual.widgets import Input, OptionList

from nim_tui.screens.account.login import LoginScreen
from nim_tui.screens.account.register import RegisterScreen
from tests.nim_tui.fakes import FakeClient
from tests.nim_tui.screens.account.test_forms import FakeAccounts
from tests.nim_tui.screens.stage import Stage, at_games, running

SIZES = pytest.mark.parametrize("size", [(80, 24), (50, 16)])


async def assert_ids(stage: Stage, *ids: str) -> None:
    for name in ids:
        region = stage.screen.query_one(f"#{name}").region
        assert stage.screen.region.contains_region(region), f"#{name} is outside at {region}"
        # Where the pointer would meet it: nothing else lies over it.
        widget, _ = stage.screen.get_widget_at(*region.offset)
        assert widget.query_ancestor(f"#{name}") if widget.id != name else True, name


@SIZES
async def test_forms(size: tuple[int, int]) -> None:
    async with running(size=size) as stage:
        await assert_ids(
            stage, "practice", "lessons", "hotseat", "to-login", "to-register", "to-code"
        )
        await stage.app.push_screen(LoginScreen(FakeAccounts()))
        await stage.pilot.pause()
        await assert_ids(stage, "username", "password", "login", "to-register", "error")
        await stage.app.push_screen(RegisterScreen(FakeAccounts()))
        await stage.pilot.pause()
        fields = ("username", "password", "email", "phone")
        await assert_ids(stage, *fields, "register", "to-login", "error")
        assert all(isinstance(stage.screen.query_one(f"#{name}"), Input) for name in fields)
        for name in fields:
            await stage.click(f"#{name}")


@SIZES
async def test_games(size: tuple[int, int]) -> None:
    async with at_games(FakeClient(), size=size) as stage:
        await assert_ids(stage, "games", "new-game", "logout", "status")
        assert isinstance(stage.screen.query_one("#games"), OptionList)
        await stage.click("#games")
        await stage.click("#status")
        await stage.click("#new-game")
        await stage.at("NewGameScreen")
        await assert_ids(stage, "opponent", "heaps", "start", "cancel", "error")
        await stage.click("#opponent")
        await stage.click("#heaps")
        await stage.click("#error")
        assert stage.name == "NewGameScreen"
