"""A session that ends in the middle: signed in again, the person is back where they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from nim_tui.client import NimClient
from nim_tui.screens.board.screen import BoardScreen
from tests.nim_tui.screens.stage import REGISTRATION, Stage, fill_in, register, running

PASSWORD = REGISTRATION["password"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "games.db"


async def end_session(stage: Stage) -> None:
    """End it at the backend, behind the client's back, as a reset of the password would."""
    connection = stage.app._client.connection
    await connection.send("POST", "/logout", {"refreshToken": connection.refresh_token})
    connection._id_token = "gone.gone.gone"


def board_of(stage: Stage) -> BoardScreen:
    assert isinstance(stage.screen, BoardScreen)
    return stage.screen


async def invited(stage: Stage, path: Path) -> NimClient:
    """A friend who has invited the person here."""
    friend = NimClient.embedded(path)
    await friend.register("bobby", PASSWORD, "bob@example.com")
    await friend.sign_in("bobby", PASSWORD)
    await friend.new_game("anana")
    await stage.until(lambda: "invites you" in stage.picture)
    return friend


async def sign_in_again(stage: Stage) -> None:
    await stage.at("LoginScreen")
    assert "Your session has ended" in stage.says("#error")
    assert stage.screen.query_one("#username", Input).value == "anana"
    await fill_in(stage, password=PASSWORD)
    await stage.press("enter")


async def test_a_board_is_there_again_with_what_was_chosen(path: Path) -> None:
    async with running(NimClient.embedded(path)) as stage:
        await register(stage)
        friend = await invited(stage, path)
        await stage.press("enter")
        await stage.at("BoardScreen")
        board = board_of(stage)
        await stage.press("b", "up")
        await end_session(stage)
        await stage.press("enter")
        await sign_in_again(stage)
        await stage.at("BoardScreen")
        assert stage.screen is board
        assert stage.says("#selection").startswith("Take 2 from heap 2")
        assert stage.says("#error").strip() == ""
        await stage.press("enter")
        await stage.until(lambda: board.game.heaps == (5, 2, 5))
        # The board and the list below it listen again.
        await friend.move(board.game, 1, 1)
        await stage.until(lambda: board.game.heaps == (1, 2, 5))
        await stage.press("escape")
        await stage.at("GamesScreen")
        await friend.new_game("anana")
        await stage.until(lambda: "YOUR TURN  2" in stage.picture)
        await friend.close()


async def test_an_invitation_is_there_again_as_it_was_typed(path: Path) -> None:
    async with running(NimClient.embedded(path)) as stage:
        await register(stage)
        friend = await invited(stage, path)
        await stage.press("n")
        await stage.at("NewGameScreen")
        await stage.press(*"bobby")
        await end_session(stage)
        await stage.press("enter")
        await sign_in_again(stage)
        await stage.at("NewGameScreen")
        assert stage.screen.query_one("#opponent", Input).value == "bobby"
        await stage.press("enter")
        await stage.at("BoardScreen")
        await friend.close()


async def test_somebody_else_finds_their_own_games(path: Path) -> None:
    async with running(NimClient.embedded(path)) as stage:
        await register(stage)
        friend = await invited(stage, path)
        await stage.press("enter")
        await stage.at("BoardScreen")
        await stage.press("a")
        await end_session(stage)
        await stage.press("enter")
        await stage.at("LoginScreen")
        stage.screen.query_one("#username", Input).value = "bobby"
        await fill_in(stage, password=PASSWORD)
        await stage.press("enter")
        await stage.at("GamesScreen")
        await stage.until(lambda: "WAITING" in stage.picture)
        assert "bobby" in stage.picture.splitlines()[1]
        await friend.close()


async def test_who_does_not_sign_in_again_is_signed_out(path: Path) -> None:
    async with running(NimClient.embedded(path)) as stage:
        await register(stage)
        await end_session(stage)
        await stage.press("u")
        await stage.at("LoginScreen")
        await stage.press("escape")
        await stage.at("WelcomeScreen")
        assert len(stage.app.screen_stack) == 1
        await stage.press("s")
        await stage.at("LoginScreen")
        assert stage.says("#error").strip() == ""
