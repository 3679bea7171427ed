from __future__ import annotations

import pytest

from nim_tui.app import NimApp
from nim_tui.config.settings import load_settings
from nim_tui.paint.kept import SCENE_SIZES
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.welcome import MenuItem
from tests.nim_tui.screens.stage import running
from tests.support import eventually_async

WAYS = [
    ("practice", "p", "BoardScreen"),
    ("lessons", "l", "LessonsScreen"),
    ("hotseat", "h", "BoardScreen"),
    ("to-login", "s", "LoginScreen"),
    ("to-register", "r", "RegisterScreen"),
    ("to-code", "i", "CodeScreen"),
]


@pytest.mark.parametrize(("name", "key", "leads_to"), WAYS)
@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_each_way_is_a_click_and_a_key(
    name: str, key: str, leads_to: str, size: tuple[int, int]
) -> None:
    async with running(size=size) as stage:
        await stage.click(f"#{name}")
        await stage.at(leads_to)
        await stage.press("escape")
        await stage.at("WelcomeScreen")
        await stage.press(key)
        await stage.at(leads_to)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_its_cairns_are_among_the_pictures_that_are_kept(size: tuple[int, int]) -> None:
    async with running(size=size) as stage:
        assert tuple(stage.screen.query_one("#scene").size) in SCENE_SIZES


@pytest.mark.parametrize("size", [(50, 16), (80, 24), (80, 30), (120, 24), (120, 40), (200, 60)])
async def test_everything_is_inside_the_screen_with_a_margin_above(size: tuple[int, int]) -> None:
    async with running(size=size) as stage:
        rows = stage.picture.splitlines()
        assert not rows[0].strip(), "the dot of the i is not cut off"
        regions = [choice.region for choice in stage.screen.query(MenuItem)]
        assert all(0 < region.y < size[1] - 1 and region.right <= size[0] for region in regions)
        assert len({region.y for region in regions}) == len(regions)
        assert "Whoever" in stage.picture
        assert "loses." in stage.picture


async def test_enter_a_enter_is_a_first_move_against_the_computer() -> None:
    async with running() as stage:
        await stage.press("enter")
        await stage.at("BoardScreen")
        await stage.press("a", "enter")
        board = stage.screen
        assert isinstance(board, BoardScreen)
        await stage.until(lambda: len(board.game.moves) >= 1)
        assert (board.game.moves[0].heap, board.game.moves[0].left) == (1, 4)


async def test_arrows_go_round_the_choices() -> None:
    async with running() as stage:
        await stage.press("up")
        assert stage.screen.focused is stage.screen.query_one("#to-code")
        await stage.press("down", "down")
        assert stage.screen.focused is stage.screen.query_one("#lessons")
        await stage.press("down")
        assert stage.screen.focused is stage.screen.query_one("#hotseat")
        await stage.press("enter")
        await stage.at("BoardScreen")
        assert "heap" in stage.picture


async def test_a_theme_is_chosen_live_and_kept() -> None:
    async with running() as stage:
        before = stage.screen.styles.background
        await stage.press("t")
        assert stage.app.theme == "paper"
        await stage.until(lambda: stage.screen.styles.background != before)
        await eventually_async(lambda: load_settings().theme == "paper")


async def test_q_leaves() -> None:
    async with running() as stage:
        await stage.press("q")
        await stage.until(lambda: not stage.app.is_running)
        assert stage.app.return_code == 0


@pytest.mark.parametrize(("start", "turn"), [("hotseat", "'s turn"), ("practice", "Your turn")])
async def test_a_start_opens_its_board_and_leaving_leads_to_the_welcome_screen(
    start: str, turn: str
) -> None:
    async with running(start=start, heaps=(1, 2, 3), rule="normal") as stage:
        await stage.at("BoardScreen")
        await stage.until(lambda: turn in stage.says("#turn"))
        board = stage.screen
        assert isinstance(board, BoardScreen)
        assert board.game.heaps == (1, 2, 3)
        assert board.game.rule == "normal"
        await stage.press("escape")
        await stage.at("WelcomeScreen")
        assert stage.screen.focused is stage.screen.query_one("#practice")


async def test_the_choices_under_a_board_are_there_when_it_is_left_before_it_was_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def not_yet(_: NimApp) -> None:
        """The board has not been drawn."""

    monkeypatch.setattr(NimApp, "_board_drawn", not_yet)
    async with running(start="hotseat") as stage:
        await stage.at("BoardScreen")
        assert not stage.app.screen_stack[0].query("MenuItem")
        await stage.press("escape", "down")
        await stage.at("WelcomeScreen")
        assert stage.screen.focused is stage.screen.query_one("#lessons")


async def test_a_demo_ends_with_any_key() -> None:
    async with running(start="demo") as stage:
        await stage.at("BoardScreen")
        await stage.press("space")
        await stage.at("WelcomeScreen")
