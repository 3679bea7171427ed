"""What is painted anew: a widget that has changed, and not the whole screen with it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from textual._compositor import Compositor
from textual.screen import Screen
from textual.widget import Widget

from nim_tui.screens.board.screen import BoardScreen
from tests.nim_tui.fakes import FakeClient, make_game
from tests.nim_tui.screens.stage import at_games, running


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[Widget]:
    """What the compositors are told to paint."""
    told: list[Widget] = []
    update = Compositor.update_widgets

    def recorded(compositor: Compositor, widgets: Iterable[Widget]) -> None:
        told.extend(widgets)
        update(compositor, set(widgets))

    monkeypatch.setattr(Compositor, "update_widgets", recorded)
    return told


async def test_a_focus_that_moves_paints_two_widgets(painted: list[Widget]) -> None:
    async with running(start="practice") as stage:
        await stage.press("a")
        painted.clear()
        await stage.press("b", "down", "c")
        assert stage.says("#selection")
        assert painted
        assert not any(isinstance(widget, Screen) for widget in painted)


async def test_a_hidden_list_that_changes_leaves_the_board_alone(painted: list[Widget]) -> None:
    client = FakeClient(open_games=[make_game("game1")])
    async with at_games(client) as stage:
        games = stage.screen
        await stage.press("enter")
        await stage.at("BoardScreen")
        painted.clear()
        games.query_one("#status").refresh()
        await stage.pilot.pause()
        board = stage.screen
        assert isinstance(board, BoardScreen)
        assert board not in painted
