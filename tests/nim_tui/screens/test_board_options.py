"""Practice that suits: the card of options, what of it is kept, and what came of the games."""

from __future__ import annotations

import pytest

from backend.domain.nim import DEFAULT_HEAPS
from nim_tui.config.settings import load_settings
from nim_tui.matches import practice as practice_match
from nim_tui.model.board_options import LARGER
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.widgets.inputs import PlainInput
from tests.nim_tui.screens.stage import Stage, running
from tests.support import eventually_async

SIZES = pytest.mark.parametrize("size", [(80, 24), (50, 16)])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The computer moves as soon as it can."""
    monkeypatch.setattr(practice_match, "THINKING", 0.01)


def board(stage: Stage) -> BoardScreen:
    assert isinstance(stage.screen, BoardScreen)
    return stage.screen


async def choose(stage: Stage, *keys: str) -> None:
    """Open the card, press keys there, and take what is chosen."""
    await stage.press("o")
    await stage.at("OptionsScreen")
    await stage.press(*keys, "enter")


@SIZES
async def test_the_level_is_kept_and_the_rest_lasts_for_this_time(size: tuple[int, int]) -> None:
    async with running(size=size) as stage:
        # Perfect; larger heaps; the other rule; the computer begins.
        await choose(stage, "right", "down", "right", "down", "right", "down", "right")
        await stage.at("WelcomeScreen")
        await stage.press("enter")
        await stage.at("BoardScreen")
        assert board(stage).game.start == LARGER
        assert board(stage).game.rule == "normal"
        assert "practice, perfect" in stage.says("#place")
        await stage.until(lambda: len(board(stage).game.moves) == 1)
        assert "Your turn" in stage.says("#turn"), "the computer has begun"
        await eventually_async(lambda: load_settings().level == "perfect")
    async with running() as stage:
        stage.app.settings = load_settings()
        await stage.press("p")
        await stage.at("BoardScreen")
        assert "practice, perfect" in stage.says("#place")
        assert (board(stage).game.start, board(stage).game.rule) == (DEFAULT_HEAPS, "misere")
        assert "Your turn" in stage.says("#turn")


async def test_the_names_of_two_at_one_keyboard_are_kept() -> None:
    async with running() as stage:
        await stage.press("down", "down", "o")
        await stage.at("OptionsScreen")
        for name, typed in (("name1", "Cleo"), ("name2", "cleo")):
            stage.screen.query_one(f"#{name}", PlainInput).value = typed
        await stage.click("#done")
        assert stage.name == "OptionsScreen"
        assert "must be different" in stage.says("#note")
        stage.screen.query_one("#name2", PlainInput).value = "  Dan\x1b "
        stage.screen.query_one("#first").focus()
        await stage.press("right", "enter")
        await stage.at("WelcomeScreen")
        await stage.press("h")
        await stage.at("BoardScreen")
        assert "Cleo and Dan" in stage.says("#place")
        assert "Dan's turn" in stage.says("#turn")
        await eventually_async(lambda: load_settings().hotseat_names == ("Cleo", "Dan"))
    assert 'hotseat_names = ["Cleo", "Dan"]' in settings_text()


def settings_text() -> str:
    from nim_tui.config.settings import settings_path

    return settings_path().read_text()


@pytest.mark.parametrize(
    ("key", "says"), [("p", "practice, easy"), ("h", "Ana and Ben")], ids=["practice", "hotseat"]
)
async def test_over_a_board_a_new_game_begins_with_what_is_chosen(key: str, says: str) -> None:
    async with running() as stage:
        await stage.press(key)
        await stage.at("BoardScreen")
        await stage.press("a", "enter")
        await stage.press("o")
        await stage.at("OptionsScreen")
        assert "New game" in stage.says("#done")
        stage.screen.query_one("#heaps").focus()
        await stage.press("right")
        if key == "p":
            stage.screen.query_one("#level").focus()
            await stage.press("left")
        await stage.press("enter")
        await stage.until(lambda: stage.name == "BoardScreen" and not board(stage).game.moves)
        assert says in stage.says("#place")
        assert board(stage).game.start == LARGER
        await stage.press("escape")
        await stage.at("WelcomeScreen")


async def test_escape_leaves_all_as_it_was() -> None:
    async with running() as stage:
        await stage.press("p")
        await stage.at("BoardScreen")
        await stage.press("a", "enter")
        await stage.until(lambda: len(board(stage).game.moves) == 2)
        game = board(stage).game
        await stage.press("o")
        await stage.at("OptionsScreen")
        await stage.press("right", "escape")
        await stage.at("BoardScreen")
        assert board(stage).game is game
        assert load_settings().level == "medium"


async def test_a_start_pays_no_heed_to_what_was_chosen() -> None:
    async with running() as stage:
        await choose(stage, "right")
        await stage.at("WelcomeScreen")
        await eventually_async(lambda: load_settings().level == "perfect")
    async with running(start="practice") as stage:
        stage.app.settings = load_settings()
        await stage.at("BoardScreen")
        assert "practice, medium" in stage.says("#place")
        assert "Your turn" in stage.says("#turn")


async def test_results_are_counted_for_each_level() -> None:
    async with running(heaps=(1, 1, 0)) as stage:
        await stage.press("p")
        await stage.at("BoardScreen")
        for _ in range(2):
            await stage.press("a", "enter")
            await stage.until(lambda: "You won" in stage.says("#turn"))
            await stage.press("r")
            await stage.until(lambda: "Your turn" in stage.says("#turn"))
        await stage.press("a", "enter")
        await stage.until(lambda: "You won" in stage.says("#turn"))
        assert "medium: 3 won, 0 lost" in stage.says("#aside")
        # On the perfect level the computer begins, and wins in the same way.
        await choose(stage, "right", "down", "down", "down", "right")
        await stage.until(lambda: "perfect" in stage.says("#place"))
        await stage.until(lambda: "Your turn" in stage.says("#turn"))
        await stage.press("right", "enter")
        await stage.until(lambda: "You lost" in stage.says("#turn"))
        assert "perfect: 0 won, 1 lost" in stage.says("#aside")
        await stage.press("o")
        await stage.at("OptionsScreen")
        assert stage.says("#note") == "medium: 3 won, 0 lost   perfect: 0 won, 1 lost"
