"""What is said in every situation that a lesson can come to."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest

from backend.domain.nim import Board, Move
from nim_tui.model.lessons import LESSONS, Lesson, situation
from nim_tui.text import lessons as lesson_text

EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.idea.value)


def plays(lesson: Lesson, moves: tuple[Move, ...] = ()) -> Iterator[tuple[Move, ...]]:
    """Every way that a lesson can go, and each of its beginnings."""
    yield moves
    now = situation(lesson, moves)
    if now.over:
        return
    if (len(moves) % 2 == 0) == lesson.partner_begins:
        yield from plays(lesson, (*moves, lesson.answer(now.heaps)))
    else:
        for move in Board(now.heaps).moves():
            yield from plays(lesson, (*moves, move))


def said(lesson: Lesson, *moves: Move) -> list[str]:
    return [remark.text for remark in lesson_text.remarks(lesson, situation(lesson, moves))]


@EACH
def test_whatever_happens_something_true_is_said_and_fits(lesson: Lesson) -> None:
    for moves in plays(lesson):
        now = situation(lesson, moves)
        remarks = lesson_text.remarks(lesson, now)
        tones = [remark.tone for remark in remarks]
        assert ("bad" in tones) == (now.slip is not None), moves
        assert ("good" in tones) == (now.made is not None and now.slip is None), moves
        for remark in remarks:
            assert remark.text[0].isupper() or remark.tone == "muted"
            assert remark.text[-1] in ".?" or remark.tone == "muted"
            # A mark of two cells stands before a sentence that praises or corrects.
        for width, rows in ((72, 3), (46, 5)):
            lines = [row for one in remarks for row in textwrap.wrap("x " + one.text, width)]
            assert len(lines) <= rows, (moves, lines)


@EACH
def test_a_lesson_begins_with_its_one_sentence(lesson: Lesson) -> None:
    first = said(lesson)[0]
    assert first == lesson_text.before(lesson)
    assert len(first) <= 140


def test_lessons_are_numbered() -> None:
    assert [lesson_text.number(lesson) for lesson in LESSONS][1] == "lesson 2 of 7"
    assert len({lesson_text.title(lesson) for lesson in LESSONS}) == 7


def test_why_a_move_was_good() -> None:
    last, equal, _, twins, even, flip, whole = LESSONS
    assert said(last, Move(2, 1)) == ["Good: one object is left, and the computer has to take it."]
    assert said(equal, Move(3, 2), Move(1, 2), Move(1, 0)) == [
        "Good: 2 and 2, equal. You can answer whatever the computer does.",
        "One heap now. How many will you leave?",
    ]
    assert said(twins, Move(3, 3), Move(3, 2)) == [
        "Good: every part has a twin. The computer has to spoil that.",
        "Leave every part a twin again.",
        "1   2   2   without a twin: 1",
    ]
    assert said(whole, Move(1, 1), Move(3, 3))[1:] == [
        "Which column is odd now?",
        "1   4   3 = 2+1",
    ]
    assert said(even, Move(3, 2)) == [
        "Good: every column is even. The computer has to spoil that.",
        "6 = 4+2   4   2   all even",
    ]
    assert said(flip, Move(3, 1)) == [
        "Good: an odd number of heaps of 1. The computer gets the last."
    ]


def test_what_a_slip_allows() -> None:
    last, equal, _, twins, even, flip, whole = LESSONS
    assert said(last, Move(2, 2)) == ["Slip: you left one heap of 2. Watch what the computer does."]
    assert said(last, Move(2, 2), Move(2, 1)) == [
        "Slip: you left one heap of 2. The computer leaves you the last object."
    ]
    assert said(last, Move(2, 0)) == ["Slip: you took the last object, and so you lose."]
    assert said(last, Move(2, 2), Move(2, 1), Move(2, 0)) == [
        "You took the last object, and so you lose. Go back to where you could still win."
    ]
    (punished,) = said(equal, Move(3, 2), Move(1, 3), Move(1, 2))
    assert punished == (
        "Slip: you left 3 and 2, not equal. "
        "The computer leaves you 2 and 2, equal, and can answer whatever you do."
    )
    assert said(flip, Move(3, 0), Move(1, 0)) == [
        "Slip: you left an even number of heaps of 1. The computer leaves you the last object."
    ]
    (punished,) = said(flip, Move(3, 2), Move(3, 1))
    assert punished == (
        "Slip: you left 1, 1 and 2. "
        "The computer leaves you an odd number of heaps of 1, and so the last object."
    )
    assert said(twins, Move(3, 2))[0].startswith("Slip: you left 1 without a twin.")
    assert said(even, Move(1, 5))[0].startswith("Slip: you left the 2s odd.")
    assert said(whole, Move(1, 2))[0].startswith("Slip: you left the 2s and 1s odd.")
