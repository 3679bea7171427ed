"""Each lesson's position has the property that its text claims: proved by search, no formula."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from backend.domain.nim import Board, Heaps, Move
from nim_tui.model.analysis import Judgement
from nim_tui.model.lessons import (
    LESSONS,
    WON_BY_LEAVING,
    Idea,
    Lesson,
    Pattern,
    odd_columns,
    parts,
    pattern,
    situation,
)

BY_IDEA = {lesson.idea: lesson for lesson in LESSONS}
EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.idea.value)
BOARDS: list[Heaps] = list(product(range(8), range(8), range(8)))


def options(heaps: Heaps) -> Iterator[tuple[Move, Heaps]]:
    """Every legal move and what it leaves, from the rules alone."""
    for place, count in enumerate(heaps):
        for left in range(count):
            after = list(heaps)
            after[place] = left
            yield Move(place + 1, left), (after[0], after[1], after[2])


@cache
def can_win(heaps: Heaps) -> bool:
    """Whether the player to move can make the other one take the last object, by trying all."""
    if not any(heaps):
        return True  # the other one has just taken it
    return any(not can_win(after) for _, after in options(heaps))


def winning(heaps: Heaps) -> list[Heaps]:
    """What the winning moves leave."""
    return [after for _, after in options(heaps) if not can_win(after)]


def line(lesson: Lesson) -> Iterator[Heaps]:
    """The boards before the learner's moves, when each of these is good."""
    heaps = lesson.start
    if lesson.partner_begins:
        heaps = Board(heaps).after(lesson.answer(heaps)).heaps
    while any(heaps):
        yield heaps
        heaps = winning(heaps)[0]
        if any(heaps):
            heaps = Board(heaps).after(lesson.answer(heaps)).heaps


def endings(lesson: Lesson, heaps: Heaps) -> Iterator[bool]:
    """Whether the learner wins, for every way to play on as the learner from here."""
    for _, after in options(heaps):
        if not any(after):
            yield False
            continue
        answered = Board(after).after(lesson.answer(after)).heaps
        if any(answered):
            yield from endings(lesson, answered)
        else:
            yield True


@EACH
def test_exactly_one_move_wins_all_along_the_way(lesson: Lesson) -> None:
    boards = list(line(lesson))
    for heaps in boards:
        # Of two heaps of 1 it does not matter which.
        assert len({tuple(sorted(after)) for after in winning(heaps)}) == 1
    last = winning(boards[-1])[0]
    assert Board(last).after(lesson.answer(last)).over, "the computer takes the last object"
    assert len(boards) <= 5, "a lesson is short"


@EACH
def test_every_slip_loses_whatever_the_learner_plays_then(lesson: Lesson) -> None:
    for heaps in line(lesson):
        for _, after in options(heaps):
            if not can_win(after):
                continue
            if any(after):
                answered = Board(after).after(lesson.answer(after)).heaps
                assert any(answered), "the computer does not take the last object itself"
                assert not can_win(answered), "a slip is punished at once"
                assert not any(endings(lesson, answered))


@EACH
def test_the_computer_answers_every_board_that_can_come(lesson: Lesson) -> None:
    for heaps in BOARDS:
        if any(heaps):
            move = lesson.answer(heaps)
            assert Board(heaps).allows(move)
            assert lesson.answer(heaps) == move
    for heaps, move in lesson.answers.items():
        assert Board(heaps).allows(move)
        assert not can_win(heaps), "what is written down is for boards that are lost anyway"
        assert heaps in {lesson.start, *(winning(each)[0] for each in line(lesson))}, "it comes"


def test_the_last_object_loses() -> None:
    lesson = BY_IDEA[Idea.LAST_OBJECT]
    assert winning(lesson.start) == [(0, 1, 0)], "only leaving just one wins"
    assert not can_win((0, 0, 1))
    assert len(list(line(lesson))) == 1


def test_two_equal_heaps_are_lost_for_whoever_moves() -> None:
    assert not any(can_win((n, 0, n)) for n in range(2, 21))
    assert can_win((1, 0, 1)), "of 2 or more, the text says"
    lesson = BY_IDEA[Idea.EQUAL_HEAPS]
    assert lesson.partner_begins
    assert pattern(lesson.start) is Pattern.EQUAL
    left = [pattern(winning(heaps)[0]) for heaps in line(lesson)]
    assert left == [Pattern.EQUAL, Pattern.ONE], "made equal again; at last one object"


def test_two_heaps_that_are_not_equal_are_won_for_whoever_moves() -> None:
    assert all(can_win((n, 0, m)) for n in range(1, 21) for m in range(1, 21) if n != m)
    assert winning(BY_IDEA[Idea.MAKING_EQUAL].start) == [(3, 0, 3)]


def test_every_part_a_twin_and_every_column_even_are_what_to_leave() -> None:
    for heaps in BOARDS:
        assert all(sum(parts(count)) == count for count in heaps)
        twins = all(sum(part in parts(count) for count in heaps) % 2 == 0 for part in (4, 2, 1))
        assert twins == (not odd_columns(heaps))
        if max(heaps) > 1:
            assert can_win(heaps) != twins
        if twins:
            assert all(odd_columns(after) for _, after in options(heaps)), "a move spoils it"
    assert winning(BY_IDEA[Idea.PARTS].start) == [(1, 2, 3)]
    assert odd_columns((1, 2, 3)) == ()
    assert winning(BY_IDEA[Idea.EVEN_COLUMNS].start) == [(6, 4, 2)]
    assert odd_columns((6, 4, 3)) == (1,)


def test_the_flip_comes_in_the_sixth_lesson_and_not_before() -> None:
    for lesson in LESSONS:
        flips = any(
            any(odd_columns(after)) and sum(after) > 1
            for heaps in line(lesson)
            for after in winning(heaps)
        )
        assert flips == (lesson.idea is Idea.FLIP)
    lesson = BY_IDEA[Idea.FLIP]
    assert winning(lesson.start) == [(1, 1, 1)]
    assert odd_columns((1, 1, 0)) == (), "what the columns would say"
    assert can_win((1, 1, 0)), "and it is wrong here"
    ones: list[Heaps] = list(product((0, 1), (0, 1), (0, 1)))
    assert all(can_win(heaps) == (sum(heaps) % 2 == 0) for heaps in ones)


def test_a_whole_game_is_won_for_whoever_moves_and_needs_both() -> None:
    lesson = BY_IDEA[Idea.WHOLE_GAME]
    assert lesson.start == (3, 4, 5)
    assert can_win(lesson.start)
    left = [pattern(winning(heaps)[0]) for heaps in line(lesson)]
    assert left == [Pattern.EVEN, Pattern.EVEN, Pattern.ONE]


@pytest.mark.parametrize("heaps", BOARDS)
def test_a_pattern_says_whether_it_is_good_to_leave(heaps: Heaps) -> None:
    seen = pattern(heaps)
    assert (seen in WON_BY_LEAVING) == (not can_win(heaps))


def test_how_a_lesson_stands_after_good_moves() -> None:
    lesson = BY_IDEA[Idea.LAST_OBJECT]
    begun = situation(lesson, [])
    assert (begun.heaps, begun.made, begun.keep, begun.won) == ((0, 3, 0), None, None, False)
    made = situation(lesson, [Move(2, 1)])
    assert made.made is not None
    assert made.made.judgement is Judgement.GOOD
    assert (made.answered, made.slip, made.keep) == (None, None, 0)
    won = situation(lesson, [Move(2, 1), Move(2, 0)])
    assert (won.over, won.won) == (True, True)


def test_a_step_back_leads_to_before_the_slip_however_long_it_was_played_on() -> None:
    lesson = BY_IDEA[Idea.EQUAL_HEAPS]
    moves = [Move(3, 2), Move(1, 2), Move(1, 0)]
    assert situation(lesson, moves).keep == 1, "no slip: the last move"
    moves.append(Move(3, 0))
    lost = situation(lesson, moves)
    assert (lost.over, lost.won, lost.keep) == (True, False, 3)
    slipped = [Move(3, 2), Move(1, 3)]
    while not situation(lesson, slipped).over:
        now = situation(lesson, slipped)
        assert now.slip is not None
        assert now.slip.after == (3, 0, 2)
        assert now.keep == 1
        learner = now.answered is not None and len(slipped) % 2 == 1
        slipped.append(next(options(now.heaps))[0] if learner else lesson.answer(now.heaps))
    assert not situation(lesson, slipped).won


def test_a_move_that_is_not_legal_is_refused() -> None:
    with pytest.raises(ValueError, match="not legal"):
        situation(LESSONS[0], [Move(1, 0)])
