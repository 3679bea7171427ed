"""Leaving an unfinished game that no backend keeps: coming back continues it."""

from __future__ import annotations

import pytest

from backend.domain.game import Game
from nim_tui.matches import PracticeMatch
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.text.game import COMPUTER
from tests.nim_tui.screens.stage import Stage, running


def game(stage: Stage) -> Game:
    assert isinstance(stage.screen, BoardScreen)
    return stage.screen.game


@pytest.mark.parametrize("key", ["p", "h"], ids=["practice", "hotseat"])
async def test_leaving_keeps_the_game(key: str) -> None:
    async with running() as stage:
        await stage.press(key)
        await stage.at("BoardScreen")
        await stage.press("a", "enter")
        await stage.until(lambda: game(stage).moves)
        await stage.press("escape")
        await stage.at("WelcomeScreen")
        await stage.press(key)
        await stage.at("BoardScreen")
        assert game(stage).moves[0].left == 4
        assert game(stage).heaps != game(stage).start


async def test_the_computer_goes_on_after_a_return_while_it_was_thinking() -> None:
    async with running() as stage:
        await stage.press("p")
        await stage.at("BoardScreen")
        await stage.press("a", "enter", "escape")
        await stage.at("WelcomeScreen")
        assert stage.app._local.unfinished[PracticeMatch].game.turn == COMPUTER
        await stage.press("p")
        await stage.at("BoardScreen")
        await stage.until(lambda: len(game(stage).moves) == 2)


async def test_a_finished_game_is_not_continued_and_each_kind_has_its_own() -> None:
    async with running() as stage:
        await stage.press("h")
        await stage.at("BoardScreen")
        await stage.press("a", "enter", "escape")
        await stage.at("WelcomeScreen")
        await stage.press("p")
        await stage.at("BoardScreen")
        assert not game(stage).moves
        await stage.press("escape")
        await stage.at("WelcomeScreen")
        await stage.press("h")
        await stage.at("BoardScreen")
        for heap, count in (("a", "4"), ("b", "4"), ("c", "5")):
            await stage.press(heap, count, "enter")
        await stage.until(lambda: game(stage).state == "done")
        await stage.press("escape")
        await stage.at("WelcomeScreen")
        await stage.press("h")
        await stage.at("BoardScreen")
        assert not game(stage).moves
