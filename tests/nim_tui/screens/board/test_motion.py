"""What moves, for how long, and that nobody has to wait for it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from backend.domain.game import Game
from nim_tui.matches import HotseatMatch, LiveMatch
from nim_tui.paint import Side
from nim_tui.widgets.board import motion
from nim_tui.widgets.board.heap_row import HeapRow
from nim_tui.widgets.board.selection import Selection
from tests.nim_tui.screens.board.stage import FakeClient, Stage, at_board, clock, game


def side_of(user: str) -> Side:
    return "you" if user == "alice" else "opp"


def seconds(phases: list[motion.Phase]) -> float:
    return sum(phase.seconds for phase in phases)


BEFORE = game((1, 4))
AFTER = game((1, 4), (3, 3))
NEARLY = game((1, 0), (2, 0), (3, 1))
OVER = game((1, 0), (2, 0), (3, 1), (3, 0))


def test_the_others_move_takes_colour_slides_and_goes() -> None:
    phases = motion.way(BEFORE, AFTER, side_of, own=False)
    assert seconds(phases) == pytest.approx(0.6)
    colouring, sliding, going = phases
    first = colouring.at(0)[2]
    assert (first.count, first.chosen, first.chosen_by) == (5, 2, "opp")
    assert (first.slide, first.colour, first.fade) == (0, 0, 0)
    assert sliding.at(1)[2].slide == 1
    last = going.at(1)[2]
    assert (last.slide, last.fade) == (2, 1)
    rest = motion.still(AFTER, side_of)[2]
    assert (rest.count, rest.ghosts, rest.ghosts_by) == (3, 2, "opp")


def test_our_own_move_slides_on_and_fades() -> None:
    phases = motion.way(BEFORE, AFTER, side_of, own=True)
    assert seconds(phases) == pytest.approx(0.25)
    assert phases[0].at(0)[2].slide == 1


def test_choosing_slides_out() -> None:
    chosen = motion.still(AFTER, side_of, Selection(1, 2))
    phases = motion.choosing(chosen, 1)
    assert seconds(phases) == pytest.approx(0.12)
    assert phases[0].at(0)[0].slide == 0
    assert phases[0].at(1) == chosen


def test_at_the_end_every_stone_returns_in_the_order_of_the_moves() -> None:
    phases = motion.way(NEARLY, OVER, side_of, own=False)
    returning = phases[-1]
    assert seconds(phases[-1:]) <= 0.9
    back = [
        {
            taker.move
            for view in returning.at(step / 14)
            for taker in view.returned
            if taker is not None
        }
        for step in range(15)
    ]
    assert all(earlier <= later for earlier, later in pairwise(back))
    assert back[0] == set()
    assert back[5] == {1}
    assert returning.at(1) == motion.still(OVER, side_of)
    last = motion.still(OVER, side_of)[2].returned[0]
    assert last is not None
    assert last.last


def test_objects_that_nobody_took_stay_stone() -> None:
    resigned = AFTER.ended("resign", "alice", clock())
    one, two, three = motion.still(resigned, side_of)
    assert (one.count, two.count, three.count) == (4, 4, 3)
    assert [taker is not None for taker in three.returned] == [False, False, False, True, True]


def test_another_game_does_not_move() -> None:
    other = Game(game_id="b", user1="bob", user2="alice", last_move_by="bob")
    assert motion.way(OVER, other, side_of, own=False) == []


def row(stage: Stage) -> HeapRow:
    return stage.screen.query_one(HeapRow)


async def moving_table() -> tuple[FakeClient, LiveMatch]:
    client = FakeClient(game((1, 4)))
    return client, LiveMatch(client, client.game_now, now=clock)


async def test_a_key_jumps_to_the_end_and_counts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than any test may take: only a key can bring it to its end.
    monkeypatch.setattr(motion, "COLOURING", 3600.0)
    client, table = await moving_table()
    async with at_board(table, moving=True) as stage:
        client.news.put_nowait(client.answered_by("bob", 3, 3))
        await stage.until(lambda: row(stage).moving)
        assert stage.counts == (4, 4, 3), "the game is never behind"
        await stage.pilot.press("b")
        assert stage.chosen == (0, 1, 0), "input is never blocked"
        assert stage.heap(3).count == 3
        await stage.until(lambda: not row(stage).moving)


async def test_a_motion_ends_by_itself() -> None:
    client, table = await moving_table()
    async with at_board(table, moving=True) as stage:
        before = stage.heap(3).render_line(2)
        client.news.put_nowait(client.answered_by("bob", 3, 0))
        await stage.until(lambda: stage.counts == (4, 4, 0) and not row(stage).moving)
        assert stage.heap(3).render_line(2) != before


async def test_without_animations_nothing_moves() -> None:
    client, table = await moving_table()
    async with at_board(table) as stage:
        client.news.put_nowait(client.answered_by("bob", 3, 3))
        await stage.until(lambda: stage.counts == (4, 4, 3))
        assert not row(stage).moving
        await stage.press("a")
        assert not row(stage).moving


async def test_a_whole_game_can_be_played_faster_than_it_moves() -> None:
    async with at_board(HotseatMatch(now=clock), moving=True) as stage:
        for keys in ("a5", "b4", "c4", "c1"):
            await stage.pilot.press(*keys, "enter")
            await stage.until(lambda: stage.chosen == (0, 0, 0))
        assert stage.counts == (0, 0, 0)
