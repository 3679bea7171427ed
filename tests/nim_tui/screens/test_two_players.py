"""The whole way: two people, each with an app of their own, on one database."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input, OptionList

from nim_tui.client import NimClient
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.tokens import MemoryVault
from tests.nim_tui.screens.stage import Stage, fill_in, register, running


def rows(stage: Stage) -> str:
    return "\n".join(str(o.prompt) for o in stage.screen.query_one("#games", OptionList).options)


async def test_an_invitation_and_moves_arrive_by_themselves(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    async with running(NimClient.embedded(path)) as ana, running(NimClient.embedded(path)) as bob:
        await register(ana, "anana")
        await register(bob, "bobby")
        await ana.press("n")
        await ana.at("NewGameScreen")
        await fill_in(ana, opponent="bobby")
        await ana.press("enter")
        await ana.at("BoardScreen")
        assert "bobby's turn" in ana.says("#turn")

        await bob.until(lambda: "invites you" in rows(bob))
        assert bob.toasts == ["anana invites you to a game."]
        assert bob.app.title == "nim (1)"
        await bob.press("enter")
        await bob.at("BoardScreen")
        await bob.press("a", "up", "enter")
        assert isinstance(ana.screen, BoardScreen)
        board = ana.screen
        await ana.until(lambda: board.game.heaps == (3, 4, 5))
        # It is said on the board that is open, and so in no toast.
        assert ana.toasts == []
        await bob.press("escape")
        await bob.at("GamesScreen")
        assert "WAITING" in rows(bob)
        assert bob.app.title == "nim"

        await ana.press("b", "enter", "escape")
        await ana.at("GamesScreen")
        await bob.until(lambda: "YOUR TURN" in rows(bob))
        assert bob.toasts[1:] == ["anana took 1 from heap 2. Your turn."]


async def test_several_sessions_in_one_place_are_asked_about(tmp_path: Path) -> None:
    path, vault = tmp_path / "games.db", MemoryVault()
    for name in ("anana", "bobby"):
        async with running(NimClient.embedded(path), vault=MemoryVault()) as stage:
            await register(stage, name)
            client = stage.app._client
            vault.save(client.place, name, str(client.refresh_token))
    async with running(NimClient.embedded(path), vault=vault) as stage:
        await stage.at("ChooseSessionScreen")
        await stage.press("enter")
        await stage.at("GamesScreen")
        assert "bobby" in stage.picture
    async with running(NimClient.embedded(path), vault=vault, user="anana") as stage:
        await stage.at("GamesScreen")
        assert "anana" in stage.picture
    async with running(NimClient.embedded(path), vault=vault, user="carol") as stage:
        await stage.at("LoginScreen")
        assert "carol has no session here" in stage.says("#error")
        assert stage.screen.query_one("#username", Input).value == "carol"


async def test_after_a_board_at_the_start_signing_in_finds_the_kept_session(tmp_path: Path) -> None:
    path, vault = tmp_path / "games.db", MemoryVault()
    async with running(NimClient.embedded(path), vault=vault) as stage:
        await register(stage, "anana")
    async with running(NimClient.embedded(path), vault=vault, start="practice") as stage:
        await stage.at("BoardScreen")
        await stage.press("escape", "s")
        await stage.at("GamesScreen")
    async with running(NimClient.embedded(path), start="hotseat") as stage:
        await stage.at("BoardScreen")
        await stage.press("escape", "s")
        await stage.at("LoginScreen")


async def test_a_kept_session_opens_the_games_also_where_there_is_no_room_yet(
    tmp_path: Path,
) -> None:
    path, vault = tmp_path / "games.db", MemoryVault()
    async with running(NimClient.embedded(path), vault=vault) as stage:
        await register(stage, "anana")
    async with running(NimClient.embedded(path), vault=vault, size=(30, 10)) as stage:
        await stage.at("TooSmallScreen")
        await stage.until(lambda: len(stage.app.screen_stack) == 3)
        await stage.resize(80, 24)
        await stage.at("GamesScreen")
