"""Without an account: welcome, practice, two at one keyboard, the demo."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.stranger import alone


async def test_enter_a_enter_is_a_first_legal_move(tmp_path: Path) -> None:
    async with alone(tmp_path) as me:
        await me.press("enter", "a", "enter")
        await me.at("BoardScreen")
        await me.until(lambda: "from heap 1" in me.says("moves"), "the first move")
        await me.until(lambda: sum(me.counts) < 13, "the computer's reply")


@pytest.mark.parametrize(
    ("key", "screen"),
    [
        ("p", "BoardScreen"),
        ("h", "BoardScreen"),
        ("s", "LoginScreen"),
        ("r", "RegisterScreen"),
        ("t", "WelcomeScreen"),
    ],
)
async def test_the_keys_of_the_welcome_screen(tmp_path: Path, key: str, screen: str) -> None:
    async with alone(tmp_path) as me:
        await me.press(key)
        await me.at(screen)


async def test_q_quits(tmp_path: Path) -> None:
    async with alone(tmp_path) as me:
        await me.press("q")
        await me.until(lambda: not me.pilot.app.is_running, "the end")
        assert not me.pilot.app.return_code


@pytest.mark.parametrize("start", ["practice", "hotseat", "demo"])
async def test_a_start_is_a_board_at_once(tmp_path: Path, start: str) -> None:
    async with alone(tmp_path, start=start) as me:
        await me.at("BoardScreen")
        assert me.counts == [5, 4, 5] or start == "demo"
        await me.press("escape" if start != "demo" else "j")
        await me.at("WelcomeScreen")
        assert not (tmp_path / "games.db").exists(), "no account, no network, no file"


async def test_the_keys_of_a_board(tmp_path: Path) -> None:
    async with alone(tmp_path, start="hotseat", heaps=(5, 4, 15)) as me:
        await me.at("BoardScreen")
        assert me.chosen == [0, 0, 0]
        for keys, chosen in (
            ("b", [0, 1, 0]),
            ("up", [0, 2, 0]),
            ("right", [0, 0, 1]),
            ("left", [0, 1, 0]),
            ("4", [0, 4, 0]),
            ("down", [0, 3, 0]),
            ("escape", [0, 0, 0]),
        ):
            await me.press(keys)
            assert me.chosen == chosen, keys
        await me.press("c", "1", "2")
        assert me.chosen == [0, 0, 12]
        assert me.says("selection") == "Take 12 from heap 3, leaves 3"
        first = me.says("turn")
        await me.press("enter")
        await me.until(lambda: me.counts == [5, 4, 3], "the move")
        assert me.says("turn") != first
        assert "12 from heap 3" in me.says("moves")


async def test_what_cannot_be_is_told_and_forgotten_with_the_next_turn(tmp_path: Path) -> None:
    async with alone(tmp_path, start="hotseat", heaps=(0, 4, 5)) as me:
        await me.at("BoardScreen")
        assert me.says("error") == ""
        await me.press("a")
        assert me.says("error")
        await me.press("b", "enter")
        await me.until(lambda: me.counts == [0, 3, 5], "the move")
        assert me.says("error") == ""


@pytest.mark.parametrize(("rule", "winner"), [("misere", 1), ("normal", 0)])
async def test_a_hotseat_names_its_winner(tmp_path: Path, rule: str, winner: int) -> None:
    async with alone(tmp_path, start="hotseat", heaps=(1, 1, 1), rule=rule) as me:
        await me.at("BoardScreen")
        movers = []
        for key in "abc":
            movers.append(me.says("turn"))
            await me.press(key, "enter")
            await me.until(lambda: me.says("turn") != movers[-1], "the next turn")
        names = [words.split("'")[0] for words in movers]
        assert names[0] == names[2] != names[1]
        assert me.says("turn").startswith(f"{names[winner]} won")
