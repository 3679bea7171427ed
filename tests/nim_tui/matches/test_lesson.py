"""A lesson as the board plays it: the partner's moves, the advice, the step back, what follows."""

from __future__ import annotations

import asyncio

import pytest

from backend.domain.game import Game
from backend.domain.nim import Move
from nim_tui.matches import LessonMatch, MatchAction
from nim_tui.model.lessons import LESSONS, Lesson
from tests.nim_tui.screens.board.stage import clock


async def no_pause(seconds: float) -> None:
    assert seconds > 0
    await asyncio.sleep(0)


def sit(index: int, learned: list[Lesson] | None = None) -> LessonMatch:
    learned = [] if learned is None else learned
    return LessonMatch(LESSONS[index], learned=learned.append, now=clock, pause=no_pause)


async def make(match: LessonMatch, heap: int, left: int) -> None:
    """A move of the learner's, and the computer's answer to it."""
    assert match.take_over(await match.move(match.game, Move(heap, left)))
    if match.game.turn:
        await answer(match)


async def answer(match: LessonMatch) -> None:
    change = await anext(match.changes())
    assert isinstance(change, Game)
    assert match.take_over(change)


async def test_a_lesson_that_is_won_is_learned_once() -> None:
    learned: list[Lesson] = []
    match = sit(0, learned)
    assert (match.proposal, match.offers) == (None, frozenset({MatchAction.HINT}))
    await make(match, 2, 1)
    assert match.game.winner == match.viewer
    assert learned == [LESSONS[0]]
    assert match.proposal is MatchAction.LESSON
    assert match.offers == {MatchAction.LESSON, MatchAction.RESTART, MatchAction.REVIEW}
    match.take_over(match.game)
    assert learned == [LESSONS[0]]


async def test_the_computer_begins_where_the_lesson_says_so() -> None:
    match = sit(1)
    assert match.mover is None
    await answer(match)
    assert match.game.heaps == (4, 0, 2)
    assert match.mover == match.viewer
    assert MatchAction.BACK not in match.offers, "there is no move of the learner's yet"


@pytest.mark.parametrize("played_on", [0, 1, 2])
async def test_after_a_slip_a_step_back_is_proposed(played_on: int) -> None:
    learned: list[Lesson] = []
    match = sit(2, learned)
    await make(match, 1, 4)
    for _ in range(played_on):
        heap = next(heap for heap in (3, 1) if match.game.board.count(heap))
        await make(match, heap, match.game.board.count(heap) - 1)
    assert match.proposal is MatchAction.BACK
    assert MatchAction.HINT not in match.offers, "no move is good"
    back = await match.back()
    assert back.game.heaps == (5, 0, 3)
    assert back.game.moves == ()
    assert back.proposal is None
    assert learned == []


async def test_a_step_back_without_a_slip_takes_one_move_back() -> None:
    match = sit(2)
    await make(match, 1, 3)
    await make(match, 1, 2)
    assert match.proposal is None
    assert (await match.back()).game.heaps == (3, 0, 2)


async def test_the_same_again_and_what_follows() -> None:
    match = sit(0)
    await make(match, 2, 1)
    assert (await match.again()).lesson is LESSONS[0]
    assert (await match.onward()).lesson is LESSONS[1]


async def test_after_the_last_lesson_comes_a_game() -> None:
    match = sit(6)
    for heap, left in ((1, 1), (2, 2), (3, 0)):
        await make(match, heap, left)
    assert match.game.winner == match.viewer
    assert match.proposal is MatchAction.PRACTICE
    assert MatchAction.LESSON not in match.offers
