"""Every stable id, clicked at 80 columns and 24 rows, does what its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from nim_tui.client import NimClient
from tests.contract.stranger import Player, alone, player

WELCOME = {
    "practice": "BoardScreen",
    "hotseat": "BoardScreen",
    "to-login": "LoginScreen",
    "to-register": "RegisterScreen",
    "to-code": "CodeScreen",
}


@pytest.mark.parametrize("name", WELCOME)
async def test_the_welcome_screen(tmp_path: Path, name: str) -> None:
    async with alone(tmp_path) as me:
        await me.click(name)
        await me.at(WELCOME[name])


async def test_signing_in_and_registering(tmp_path: Path) -> None:
    async with alone(tmp_path) as me:
        await me.click("to-login")
        await me.at("LoginScreen")
        await me.click("to-register")
        await me.at("RegisterScreen")
        await me.click("to-login")
        await me.at("LoginScreen")
        await me.click("error")
        assert me.says("error") == ""
        await me.click("login")
        assert me.says("error"), "nothing has been typed"
        await me.fill(username="nobody", password="Passw0rd")
        await me.click("login")
        await me.hears("error", "Wrong username or password")
        await me.click("to-register")
        await me.at("RegisterScreen")
        await me.click("error")
        await me.click("register")
        assert me.says("error"), "nothing has been typed"
        await me.fill(username="x", password="y", email="z", phone="5")
        await me.click("register")
        await me.until(lambda: "4 to 20" in me.says("error"), "what is wrong")
        await me.fill(username="alice", password="Passw0rd", email="a@example.com", phone="")
        await me.click("register")
        await me.at("GamesScreen")


async def test_the_games_and_a_new_one(tmp_path: Path) -> None:
    async with alone(tmp_path) as me:
        await me.register("alice")
        await me.click("games")
        await me.click("status")
        await me.hears("status", "Up to date")
        await me.click("new-game")
        await me.at("NewGameScreen")
        await me.click("cancel")
        await me.at("GamesScreen")
        await me.press("n")
        await me.at("NewGameScreen")
        await me.click("error")
        await me.click("start")
        await me.at("InvitationScreen")
        await me.press("escape")
        await me.press("n")
        await me.at("NewGameScreen")
        await me.fill(opponent="nobody", heaps="5 4 21")
        await me.click("start")
        await me.hears("error", "0 to 20")
        await me.fill(heaps="3, 2,1")
        await me.click("start")
        await me.hears("error", "Nobody here")
        assert me.widget("heaps").value == "3, 2,1"
        await me.click("cancel")
        await me.at("GamesScreen")
        await me.click("logout")
        await me.at("WelcomeScreen")


async def test_the_board(tmp_path: Path) -> None:
    async with alone(tmp_path, start="hotseat") as me:
        await me.at("BoardScreen")
        for index, name in enumerate(("heap1", "heap2", "heap3")):
            await me.click(name)
            assert me.chosen[index] > 0
            assert sum(map(bool, me.chosen)) == 1
        for name in ("turn", "selection", "error"):
            await me.click(name)
        assert sum(map(bool, me.chosen)) == 1, "words are for reading"
        await me.click("take")
        await me.until(lambda: sum(me.counts) < 14, "the move")
        assert "from heap 3" in me.says("moves")
        await me.press("m")
        await me.until(lambda: me.widget("moves").region, "the card of moves")
        await me.click("moves")


async def test_the_list_has_the_games_ids(tmp_path: Path) -> None:
    client, other = (NimClient.embedded(str(tmp_path / "games.db")) for _ in range(2))
    async with player(client) as me:
        await me.register("alice")
        async with player(other) as friend:
            await friend.register("bobby")
            await friend.invite("alice")
        await me.until(lambda: me.games, "the invitation")
        (wanted,) = (await client.games()).games
        assert me.games == [wanted.game_id]
        await me.click("games")
        await _opens(me, wanted.game_id)


async def _opens(me: Player, game_id: str) -> None:
    """The highlighted game opens with `enter`; leaving its board leads back."""
    if me.screen == "GamesScreen":
        await me.press("enter")
    await me.at("BoardScreen")
    assert me.pilot.app.screen.game.game_id == game_id  # type: ignore[attr-defined]  # ours
    await me.press("escape")
    await me.at("GamesScreen")
