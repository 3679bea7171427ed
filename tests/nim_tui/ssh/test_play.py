"""People who come by ssh, with OpenSSH's own client: guests, remembered players, dropped lines."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from nim_tui.client.client import NimClient
from nim_tui.client.transports import SharedBackend
from nim_tui.ssh.app import NOT_REMEMBERED
from tests.nim_tui.ssh.stage import PASSWORD, off_loop, serving
from tests.nim_tui.terminal.pty import Terminal
from tests.support import eventually_async


async def test_a_guest_plays_and_gets_the_terminal_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        with stage.terminal() as terminal:
            await off_loop(terminal.see, "Practice", "Sign in")
            terminal.press("\ra")
            await off_loop(terminal.see, "Your turn", "Take 1 from heap 1")
            terminal.resize(30, 100)
            await off_loop(terminal.see, "Take 1 from heap 1")
            terminal.press("\x11")
            assert await off_loop(terminal.end) == 0
            assert terminal.modes_on <= {7, 25}
            assert terminal.cooked()
            assert b"\x1b]2;nim\x1b\\" in terminal.written


@pytest.mark.parametrize(
    ("lang", "absent", "present"), [("C", "●", "nim"), ("en_US.UTF-8", "?nim", "●")]
)
async def test_the_locale_decides_what_is_drawn(
    tmp_path: Path, lang: str, absent: str, present: str
) -> None:
    async with serving(tmp_path) as stage:
        # This test's own locale is not sent, unlike LANG.
        with stage.terminal("-oSendEnv=LANG", lang=lang) as terminal:
            terminal.press("p")
            shown = await off_loop(terminal.see, "Your turn", present)
            assert absent not in shown


async def test_a_key_is_remembered_and_then_opens_the_games(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        await stage.register("anna")
        key = stage.make_key()
        with stage.terminal(key=key) as terminal:
            await off_loop(terminal.see, "Sign in")
            terminal.press(f"sanna\t{PASSWORD}\r")
            await off_loop(terminal.see, "Remember this key for anna?")
            terminal.press("y")
            await off_loop(terminal.see, "Remembered.")
            terminal.press("\x11")
            assert await off_loop(terminal.end) == 0
        assert stage.place.keys is not None
        (kept,) = await stage.place.keys.of("anna")
        assert kept.name == "ed25519"
        with stage.terminal(key=key, user="somebody else") as terminal:
            await off_loop(terminal.see, "anna", "No games yet")
            assert "Remember this key" not in terminal.shown


async def test_keys_are_named_and_removed_by_their_owner(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        await stage.register("anna")
        key = await stage.remembered("anna")
        with stage.terminal(key=key) as terminal:
            await off_loop(terminal.see, "No games yet")
            terminal.press("s")
            await off_loop(terminal.see, "Your ssh keys", "laptop", "this one")
            terminal.press("\r")
            await off_loop(terminal.see, "Name this key")
            terminal.press("2\r")
            await off_loop(terminal.see, "laptop2", "enter names the key")
            terminal.press("d")
            await off_loop(terminal.see, "Remove the key laptop2?")
            terminal.press("y")
            await off_loop(terminal.see, "No key is remembered for you.")
        assert stage.place.keys is not None
        assert await stage.place.keys.of("anna") == []


async def test_two_players_and_a_line_that_drops_in_between(tmp_path: Path) -> None:
    """One by ssh, the other on the same file in a process of their own."""
    async with serving(tmp_path) as stage:
        await stage.register("anna", "bert")
        key = await stage.remembered("bert")
        anna = NimClient.embedded(tmp_path / "games.db")
        try:
            await anna.sign_in("anna", PASSWORD)
            game = await anna.new_game("bert", heaps=(1, 1, 1))
            with stage.terminal(key=key) as terminal:
                await off_loop(terminal.see, "anna")
                terminal.press("\r")
                await off_loop(terminal.see, "Your turn")
                terminal.press("a\r")
                await off_loop(terminal.see, "anna's turn")
                terminal.process.kill()
            await eventually_async(lambda: stage.server.sessions == 0)
            game = await anna.game(game.game_id)
            assert game.heaps == (0, 1, 1)
            with stage.terminal(key=key) as terminal:
                await off_loop(terminal.see, "anna")
                terminal.press("\r")
                await off_loop(terminal.see, "anna's turn")
                await anna.move(game, 2, 0)
                await off_loop(terminal.see, "Your turn")
                terminal.press("c\r")
                await off_loop(terminal.see, "You lost")
            assert (await anna.game(game.game_id)).winner == "anna"
        finally:
            await anna.close()


async def test_where_nothing_can_be_remembered_it_says_so(tmp_path: Path) -> None:
    place = SharedBackend(tmp_path / "games.db")
    async with serving(tmp_path, place=place) as stage:
        await stage.register("anna")
        place.keys = None
        with stage.terminal(key=stage.make_key()) as terminal:
            await off_loop(terminal.see, "Sign in")
            terminal.press(f"sanna\t{PASSWORD}\r")
            shown = await off_loop(terminal.see, "remembers no keys")
            assert "Remember this key" not in shown
            assert NOT_REMEMBERED.startswith("This server remembers no keys")


async def test_settings_stay_with_the_account_and_not_with_the_server(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        await stage.register("anna")
        key = await stage.remembered("anna")
        keys = stage.place.keys
        assert keys is not None
        with stage.terminal(key=key) as terminal:
            await off_loop(terminal.see, "No games yet")
            terminal.press("t")
            await eventually_async(lambda: keys.choices("anna"))
        assert await keys.choices("anna") == {"theme": "paper"}
    assert not await off_loop(lambda: [*Path.home().rglob("settings.toml")])


async def test_those_who_play_are_told_when_the_server_restarts(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        with stage.terminal() as terminal:
            await off_loop(terminal.see, "Practice")
            await asyncio.gather(stage.server.stop(), off_loop(terminal.end))
            assert b"The server is restarting. Your games are safe." in terminal.written
            assert terminal.modes_on <= {7, 25}


async def joined(terminal: Terminal, name: str) -> None:
    """Register, and let the key be remembered."""
    await off_loop(terminal.see, "Register")
    terminal.press(f"r{name}\t{PASSWORD}\t{name}@example.com\r")
    await off_loop(terminal.see, f"Remember this key for {name}?")
    terminal.press("y")
    await off_loop(terminal.see, "Remembered.", "No games yet")


# The whole story at once; its parts are tested above.
@pytest.mark.reliability
async def test_two_who_register_by_ssh_play_lose_the_line_and_finish(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        mine, theirs = stage.make_key("mine"), stage.make_key("theirs")
        with stage.terminal(key=mine) as anna, stage.terminal(key=theirs) as bert:
            await asyncio.gather(joined(anna, "anna"), joined(bert, "bert"))
            anna.press("n")
            await off_loop(anna.see, "Opponent")
            anna.press("bert\t1,1,1\r")
            await off_loop(anna.see, "bert's turn")
            await off_loop(bert.see, "anna")
            bert.press("\r")
            await off_loop(bert.see, "Your turn")
            bert.press("a\r")
            await off_loop(anna.see, "Your turn")
            bert.process.kill()
            anna.process.kill()
        with stage.terminal(key=mine) as anna, stage.terminal(key=theirs) as bert:
            await asyncio.gather(off_loop(anna.see, "bert"), off_loop(bert.see, "anna"))
            anna.press("\r")
            bert.press("\r")
            await off_loop(bert.see, "anna's turn")
            await off_loop(anna.see, "Your turn")
            anna.press("b\r")
            await off_loop(bert.see, "Your turn")
            bert.press("c\r")
            await off_loop(anna.see, "You won")
            await off_loop(bert.see, "You lost")
