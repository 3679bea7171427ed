"""The review with keys and mouse, at every size."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from textual.events import MouseScrollDown
from textual.pilot import Pilot

from backend.domain.game import Game
from nim_tui.matches import HotseatMatch, LiveMatch, PracticeMatch
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.review.screen import ReviewScreen
from nim_tui.widgets.board.heap import Heap
from nim_tui.widgets.board.heap_row import HeapRow
from nim_tui.widgets.track import fit_track
from tests.nim_tui.fakes import FakeClient as Lister
from tests.nim_tui.fakes import some_games
from tests.nim_tui.model.test_analysis import PLAYED, after_a_gap
from tests.nim_tui.screens.board.stage import (
    NOW,
    FakeClient,
    at_board,
    clock,
    game,
    settled,
    stage_app,
)
from tests.nim_tui.screens.stage import at_games

WON = replace(PLAYED, created_at=NOW - timedelta(days=3), ended_at=NOW)


@dataclass(frozen=True)
class Review:
    """The running review."""

    pilot: Pilot[None]

    @property
    def screen(self) -> ReviewScreen:
        screen = self.pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        return screen

    def says(self, name: str) -> str:
        return str(self.screen.query_one(f"#{name}").render()).strip()

    @property
    def counts(self) -> tuple[int, ...]:
        return tuple(self.screen.query_one(f"#heap{n}", Heap).count for n in (1, 2, 3))

    @property
    def rows(self) -> list[str]:
        return [strip.text for strip in self.screen._compositor.render_strips()]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settled(self.pilot)


@asynccontextmanager
async def reviewing(
    of: Game, size: tuple[int, int] = (80, 24), *, moving: bool = False
) -> AsyncIterator[Review]:
    app = stage_app(moving=moving)
    async with app.run_test(size=size) as pilot:
        await app.push_screen(ReviewScreen(LiveMatch(FakeClient(of), of, now=clock)))
        await settled(pilot)
        yield Review(pilot)


async def test_it_begins_where_the_game_was_lost_and_steps_back_and_forth() -> None:
    async with reviewing(WON) as review:
        assert review.says("place") == "nim  ›  bob  ›  review"
        assert review.says("outcome") == "You won in 8 moves, 3 days"
        assert review.says("move") == "Move 6 of 8     ◆ bob took 1 from heap 3"
        assert review.says("verdict").startswith("✗ Slip: it let you win. Better: 2 from heap 1.")
        assert review.says("verdict").endswith("The game was lost here.")
        await review.press("home")
        assert review.says("verdict") == "✓ Good: bob can't win from here."
        assert review.counts == (5, 0, 5)
        await review.press("left")
        assert review.screen.now == 1
        await review.press("right", "right")
        assert review.says("verdict") == "✗ Slip: it let bob win. Better: 1 from heap 3."
        assert review.counts == (4, 0, 2)
        await review.press("end")
        assert review.says("verdict") == "– Already lost: no move could win."
        assert review.counts == (0, 0, 0)
        await review.press("right")
        assert review.screen.now == 8
        await review.press("d")
        assert review.screen.now == 6
        await review.press("3")
        assert review.screen.now == 3
        await review.press("9")
        assert review.screen.now == 3, "there is no ninth move"


@pytest.mark.parametrize("user", ["bob", "the_longest_of_names"])
@pytest.mark.parametrize("size", [(50, 16), (80, 24), (120, 40)])
async def test_every_move_is_told_whole(size: tuple[int, int], user: str) -> None:
    heaps = (1, 14, 1)
    of = game((2, 2), (1, 0), (2, 1), (3, 0), (2, 0), user1=user, heaps=heaps)
    async with reviewing(of, size) as review:
        for number, taken in enumerate(("12", "1", "1", "1", "1"), 1):
            await review.press("home" if number == 1 else "right")
            (row,) = (row for row in review.rows if f"Move {number}" in row)
            assert re.search(rf"[●◆] .*took {taken} from heap [123](?: |$)", row), row
            assert size[0] < 80 or user in row or "You" in row


@pytest.mark.parametrize("size", [(50, 16), (80, 24), (120, 40)])
async def test_the_mouse_goes_to_every_move(size: tuple[int, int]) -> None:
    async with reviewing(WON, size) as review:
        width = review.screen.query_one("#track").size.width
        for number in (1, 5, 8, 2):
            place = fit_track(8, 5, width).middle(number - 1)
            assert await review.pilot.click("#track", offset=(place, 0))
            assert review.screen.now == number
        await review.pilot._post_mouse_events([MouseScrollDown])
        assert review.screen.now == 3


@pytest.mark.parametrize("size", [(50, 16), (80, 24), (80, 40), (120, 40), (110, 24), (120, 16)])
async def test_everything_has_its_place(size: tuple[int, int]) -> None:
    async with reviewing(WON, size) as review:
        await review.press("3")
        wide = size[0] >= 110
        if not wide:
            assert not any("odd" in row for row in review.rows)
            await review.press("b")
        text = "\n".join(review.rows)
        assert "Move 3 of 8" in text
        assert "Better: 1 from heap 3." in text
        assert "An odd column:" in text
        assert len(re.findall(r"\bodd\b(?! (?:column|number))", text)) >= 2
        assert all(len(row) == size[0] for row in review.rows)
        if not wide:
            await review.press("b")
            assert review.screen.query_one("#track").region.height >= 1
            assert not any("odd" in row for row in review.rows)


async def test_gaps_are_said_and_moves_without_a_board_skipped() -> None:
    async with reviewing(after_a_gap()) as review:
        await review.press("home")
        assert review.screen.now == 1
        assert review.says("move") == "Move 1     ● You took 4 from heap 2"
        await review.press("right")
        assert review.screen.now == 3, "the board after the second move is hidden by the gap"
        assert review.says("verdict").startswith("? The move before this one is unknown")
        assert any(" ? " in row and "●" in row for row in review.rows[-4:])
        await review.press("2")
        assert review.screen.now == 3
        await review.press("left")
        assert review.screen.now == 1


async def test_a_game_without_moves_says_so() -> None:
    async with reviewing(game().ended("decline", None, NOW)) as review:
        assert review.says("move") == "No move of this game is known."
        assert review.counts == (5, 4, 5)
        await review.press("left", "right", "home", "end", "5", "d", "b")
        assert review.screen.now is None


async def test_fifty_moves_go_past_as_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nim_tui.screens.review.screen.monotonic", lambda: 0.0)
    played = game(heaps=(20, 13, 17))
    while played.turn:
        move = next(move for move in played.board.moves())
        played = played.after_move(played.turn, move, NOW)
    async with reviewing(played, (50, 16)) as review:
        await review.press("home")
        assert " 1" in review.rows[14]
        await review.press("4", "7")
        assert review.screen.now == 47
        assert "47" in review.rows[14]
        await review.press("end")
        assert review.screen.now == 50


async def test_going_on_shows_the_move_and_a_key_ends_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nim_tui.widgets.board.heap_row.monotonic", lambda: 0.0)
    async with reviewing(WON, moving=True) as review:
        await review.press("home", "right")
        assert review.screen.query_one(HeapRow).moving
        await review.press("q")
        assert not review.screen.query_one(HeapRow).moving
        await review.press("left")
        assert not review.screen.query_one(HeapRow).moving, "backwards there is nothing to show"


def test_a_live_game_is_never_reviewed() -> None:
    with pytest.raises(ValueError, match="finished"):
        ReviewScreen(LiveMatch(FakeClient(game((1, 4))), game((1, 4))))


async def test_from_the_board_with_v_and_back_again() -> None:
    async with at_board(LiveMatch(FakeClient(WON), WON, now=clock)) as stage:
        await stage.press("v")
        assert Review(stage.pilot).screen.now == 6
        await stage.press("escape")
        assert stage.screen.game is WON


async def test_a_rematch_from_the_review_is_one_key() -> None:
    async with at_board(LiveMatch(FakeClient(WON), WON, now=clock)) as stage:
        await stage.press("v", "r")
        await stage.until(lambda: stage.screen.game.game_id == "b" * 16)
        assert stage.screen.game.state == "open"


async def test_v_does_nothing_while_a_game_lasts() -> None:
    live = game((1, 4), (2, 3))
    for table in (
        LiveMatch(FakeClient(live), live, now=clock),
        HotseatMatch(now=clock),
        PracticeMatch(now=clock),
    ):
        async with at_board(table) as stage:
            await stage.press("v")
            assert isinstance(stage.pilot.app.screen, BoardScreen)


async def test_a_hotseat_game_is_reviewed_by_names() -> None:
    table = HotseatMatch(heaps=(1, 1, 1), now=clock)
    async with at_board(table) as stage:
        for key in "abc":
            await stage.press(key, "enter")
        await stage.press("v")
        review = Review(stage.pilot)
        await review.press("home")
        assert review.says("move") == "Move 1 of 3     ● Ana took 1 from heap 1"
        assert review.says("verdict").startswith("– Already lost: no move could win. No slips: Ben")


async def test_from_the_list_with_v() -> None:
    opened, done = some_games()
    async with at_games(Lister(open_games=opened, done_games=done)) as stage:
        await stage.press("v")
        assert "Only a finished game" in stage.toasts[-1]
        await stage.until(lambda: done[0].game_id in stage.says("#games") or stage.picture)
        games = stage.screen.query_one("#games")
        await stage.press(*["down"] * len(opened))
        assert getattr(games, "current", None) == done[0].game_id
        await stage.press("v")
        await stage.at("ReviewScreen")
        await stage.press("escape")
        await stage.at("BoardScreen")
        await stage.press("escape")
        await stage.at("GamesScreen")


async def test_a_finished_game_may_be_reviewed_while_too_small_for_it() -> None:
    async with reviewing(WON) as review:
        assert review.screen.summary == "You won in 8 moves, 3 days"
        await review.pilot.resize_terminal(40, 10)
        await settled(review.pilot)
        assert "You won in 8 moves" in "\n".join(
            strip.text for strip in review.pilot.app.screen._compositor.render_strips()
        )


@pytest.mark.parametrize(
    ("size", "verdict"),
    [
        ((80, 24), "✓ Good: bob can't win from here. No slips: you could win all along."),
        ((50, 16), "✓ Good: bob can't win from here. No slips."),
    ],
)
async def test_a_game_without_a_slip_begins_at_its_first_move(
    size: tuple[int, int], verdict: str
) -> None:
    played = game()
    while played.turn:
        played = played.after_move(played.turn, played.board.best_move(), NOW)
    async with reviewing(played, size) as review:
        assert review.screen.now == 1
        assert review.says("verdict") == verdict
        await review.press("right", "left")
        assert review.says("verdict") == verdict
        await review.press("right")
        assert review.says("verdict") == "– Already lost: no move could win."


async def test_a_resigned_game_names_its_slips_first() -> None:
    played = game((1, 4), (2, 3), (1, 0)).ended("resign", "alice", NOW)
    async with reviewing(played) as review:
        assert review.screen.now == 1
        assert "Slips: moves" in review.says("verdict")


async def test_the_perfect_player_never_slips() -> None:
    played = game()
    while played.turn:
        played = played.after_move(played.turn, played.board.best_move(), NOW)
    async with reviewing(played) as review:
        await review.press("home")
        for _ in played.moves:
            assert "Slip" not in review.says("verdict")
            await review.press("right")
