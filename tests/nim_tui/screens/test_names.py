"""Names of 20 characters, the most that an account can have, are shown whole at 80 columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.domain.game import Game
from nim_tui.matches import HotseatMatch, LiveMatch
from nim_tui.screens.board.screen import BoardScreen
from tests.nim_tui.fakes import NOW, FakeClient, some_games
from tests.nim_tui.screens.board import stage as boards
from tests.nim_tui.screens.stage import at_games
from tests.support import at_length

LONG = "Wilhelmina_of_Orange"
SIZES = [(80, 24), (50, 16), *at_length((120, 40), (200, 60))]


def against_long(game: Game) -> Game:
    """The same game against somebody with the longest of names."""

    def named(user: str) -> str:
        return "ana" if user == "ana" else LONG

    return replace(
        game,
        user1=named(game.user1),
        user2=named(game.user2),
        last_move_by=named(game.last_move_by),
        winner=game.winner and named(game.winner),
        moves=tuple(replace(made, user=named(made.user)) for made in game.moves),
    )


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_shows_the_longest_names_whole(size: tuple[int, int]) -> None:
    opened, done = (list(map(against_long, games)) for games in some_games())
    client = FakeClient(username="ana", open_games=opened, done_games=done)
    async with at_games(client, size=size) as stage:
        rows = [line for line in stage.picture.splitlines() if LONG[:8] in line]
        assert len(rows) >= 8
        for row in rows:
            assert LONG in row
            assert len(row.rstrip()) <= size[0]
        if size[0] == 80:
            assert [row for row in rows if "…" in row] == []


@pytest.mark.parametrize("size", SIZES)
async def test_the_board_shows_the_longest_names_whole(size: tuple[int, int]) -> None:
    for game in (
        boards.game(user1=LONG),
        boards.game((1, 4), user1=LONG, days=3),
        boards.game((1, 4), (3, 1), user1=LONG, days=3),
        boards.game((1, 0), (2, 0), (3, 0), user1=LONG),
    ):
        client = boards.FakeClient(game)
        async with boards.at_board(LiveMatch(client, game, now=lambda: NOW), size=size) as stage:
            strips = stage.screen._compositor.render_strips()
            picture = "\n".join(strip.text for strip in strips)
            assert (LONG in picture) or (size[0] == 50 and game.state == "done")
            assert LONG[:-1] + "…" not in picture
            if size[0] > 50:
                assert "…" not in picture


async def test_two_long_names_at_one_keyboard_are_cut_in_the_header_only() -> None:
    match = HotseatMatch((LONG, LONG[::-1]))
    async with boards.at_board(match) as stage:
        assert isinstance(stage.screen, BoardScreen)
        assert stage.says("turn") == f"● {LONG}'s turn"
        assert stage.says("place") == f"{LONG}…"
