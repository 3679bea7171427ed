"""Rows that were edited by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.domain.errors import Unavailable
from backend.domain.nim import Move
from tests.backend.adapters.game_store import T0, new_game
from tests.backend.adapters.sqlite.files import by_hand, opened

DAMAGE = [
    "heap1 = 21",
    "heap2 = -1",
    "heap3 = 'many'",
    "heap1 = 2.5",
    "rule = 'chess'",
    "start1 = 99",
    "version = -1",
    "moves = '3,1,2,5;'",
    "moves = '1,1,2,99999999999999999;'",
    "moves = '1,1,99,5;'",
    "moves = 'nonsense'",
    "moves = x'ff'",
    "created_at = 9223372036854775807",
    "waiting_since = 'yesterday'",
    "days_per_move = 1e6",
    "ended_by = 'storm'",
    "user1 = x'00ff'",
    "last_move_by = 7, user1 = x'07'",
]


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_row_damaged_by_hand_harms_nothing_but_itself(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        await games.put(new_game("bad"))
        await games.put(new_game("good"))
        by_hand(path, f"UPDATE games SET {damage} WHERE game_id = 'bad'")
        with pytest.raises(Unavailable, match=r"damaged\. Restore"):
            await games.get("bad")
        for state in ("open", "done"):
            for user in ("ana", "bob"):
                page = await games.list(user, state, 10, None)
                expected = ["good"] if state == "open" else []
                assert [game.game_id for game in page.games] == expected


async def test_nobody_wins_by_a_rule_that_does_not_exist(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        game = (await games.put(new_game(heaps=(1, 0, 0)))).game
        by_hand(path, "UPDATE games SET rule = 'third'")
        with pytest.raises(Unavailable, match="damaged"):
            await games.move("game", "bob", Move(1, 0), version=0, now=T0)
        by_hand(path, "UPDATE games SET rule = 'misere'")
        assert await games.get("game") == game


async def test_a_board_emptied_by_hand_is_a_finished_game(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    async with opened(path) as games:
        await games.put(new_game())
        by_hand(path, "UPDATE games SET heap1 = 0, heap2 = 0, heap3 = 0, last_move_by = 'bob'")
        game = await games.get("game")
        assert game is not None
        assert (game.state, game.winner, game.ended_by) == ("done", "ana", "play")
        assert (await games.list("ana", "done", 10, None)).games == [game]


async def test_a_game_against_oneself_is_listed_once(tmp_path: Path) -> None:
    async with opened(tmp_path / "games.db") as games:
        game = (await games.put(new_game(user2="ana"))).game
        assert (await games.list("ana", "open", 10, None)).games == [game]
        ended = (await games.replace(game, game.ended("resign", None, T0))).game
        assert (await games.list("ana", "done", 10, None)).games == [ended]
