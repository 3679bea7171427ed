"""From a key press to the row in the file to the other player's screen."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from nim_tui.client import NimClient
from nim_tui.matches import LiveMatch
from tests.nim_tui.screens.board.stage import at_board
from tests.support import eventually_async


async def signed_in(path: Path, name: str) -> NimClient:
    client = NimClient.embedded(path)
    await client.register(name, "Passw0rd9", f"{name}@example.com", None)
    await client.sign_in(name, "Passw0rd9")
    return client


async def test_a_key_press_reaches_the_other_players_screen(tmp_path: Path) -> None:
    file = tmp_path / "games.db"
    alice, bobby = await signed_in(file, "alice"), await signed_in(file, "bobby")
    new = await alice.new_game(
        "bobby", heaps=(5, 4, 5), rule="misere", days_per_move=None, request_id="one"
    )
    async with (
        at_board(LiveMatch(alice, new)) as hers,
        at_board(LiveMatch(bobby, new)) as his,
    ):
        assert his.says("turn") == "● Your turn"
        assert hers.says("turn") == "◆ bobby's turn"
        await his.press("c", "up", "enter")
        await his.until(lambda: his.says("turn") == "◆ alice's turn")
        with closing(sqlite3.connect(file)) as database:
            stored = database.execute("SELECT heap3 FROM games").fetchall()
        assert stored == [(3,)]
        await hers.until(lambda: hers.says("turn") == "● Your turn")
        assert hers.counts == (5, 4, 3)
        assert hers.says("last").startswith("bobby took 2 from heap 3")
        await hers.press("a", "5", "enter")
        await his.until(lambda: his.says("turn") == "● Your turn")
        await his.press("b", "4", "enter")
        await hers.until(lambda: hers.says("turn") == "● Your turn")
        await hers.press("c", "2", "enter")
        await his.until(lambda: his.says("turn") == "● Your turn")
        await his.press("c", "enter")
        await his.until(lambda: his.says("turn") == "You lost")
        await hers.until(lambda: hers.says("turn") == "● You won")
        await hers.press("r")
        await hers.until(lambda: hers.screen.game.game_id != new.game_id)
        games = await eventually_async(bobby.games)
        assert hers.screen.game.game_id in {one.game_id for one in games.games}
    await alice.close()
    await bobby.close()
