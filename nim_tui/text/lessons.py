"""The sentences of the lessons: the idea, the reason after each move, what a slip allows.

Pure functions of a lesson and its situation. They name no key and no colour, so that the same
sentences can be shown on the board and read aloud.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from backend.domain.nim import Heaps
from nim_tui.model.lessons import (
    LESSONS,
    Idea,
    Lesson,
    Pattern,
    Situation,
    Turn,
    odd_columns,
    parts,
    pattern,
)

WATCH = "Watch what the computer does."


class Remark(NamedTuple):
    """A sentence, or two, and whether it praises, corrects, explains or only helps to count."""

    text: str
    tone: Literal["good", "bad", "text", "muted"]


class _Words(NamedTuple):
    title: str
    before: str
    won: str


_WORDS = {
    Idea.LAST_OBJECT: _Words(
        "The last object loses",
        "Whoever takes the last object loses. Take just enough to leave it to the computer.",
        "the computer had to take the last object.",
    ),
    Idea.EQUAL_HEAPS: _Words(
        "Two equal heaps",
        "With two equal heaps of 2 or more, the player who has to move loses. The computer begins: "
        "make them equal again.",
        "you answered each move, and left it the last object.",
    ),
    Idea.MAKING_EQUAL: _Words(
        "Making heaps equal",
        "With two unequal heaps, the player who has to move wins: here by making them equal.",
        "you made the heaps equal; after that you only had to answer.",
    ),
    Idea.PARTS: _Words(
        "Counting in 4s, 2s and 1s",
        "Split each heap into 4s, 2s and 1s: 3 is 2+1. Move so that every part has a twin in "
        "another heap.",
        "equal heaps are twins, too, but it is the parts that count.",
    ),
    Idea.EVEN_COLUMNS: _Words(
        "Every column even",
        "Put the 4s, 2s and 1s of all heaps in columns and leave every column even: whatever the "
        "computer takes makes one odd.",
        "you left every column even; the computer could only spoil it.",
    ),
    Idea.FLIP: _Words(
        "Where the rule flips",
        "At the end the rule flips: when your move leaves only heaps of 1, leave an odd number "
        "of them.",
        "you left an odd number of single objects, so the computer took the last one.",
    ),
    Idea.WHOLE_GAME: _Words(
        "A whole game",
        "A whole game, and you can win it: leave every column even, and remember the flip at the "
        "end.",
        "even columns, then the flip. Now you know how to win.",
    ),
}

_COUNTED = frozenset({Idea.PARTS, Idea.EVEN_COLUMNS, Idea.WHOLE_GAME})
"""The lessons in which the heaps are shown in parts."""


_TO_DO = {
    Idea.PARTS: "Leave every part a twin again.",
    Idea.EVEN_COLUMNS: "Make every column even again.",
}
"""What the learner is asked to do; in a whole game they find it themselves."""


def title(lesson: Lesson) -> str:
    """The name of the lesson."""
    return _WORDS[lesson.idea].title


def number(lesson: Lesson) -> str:
    """`lesson 2 of 7`."""
    return f"lesson {LESSONS.index(lesson) + 1} of {len(LESSONS)}"


def before(lesson: Lesson) -> str:
    """The sentence before the first move."""
    return _WORDS[lesson.idea].before


def remarks(lesson: Lesson, now: Situation) -> list[Remark]:
    """What to show now: about the last move, and about what to look at next."""
    said = _about(lesson, now)
    if lesson.idea in _COUNTED and pattern(now.heaps) in (
        Pattern.EQUAL, Pattern.UNEQUAL, Pattern.EVEN, Pattern.ODD, Pattern.ONE_LARGE,
    ):  # fmt: skip
        said.append(Remark(counted(lesson, now.heaps), "muted"))
    return said


def _about(lesson: Lesson, now: Situation) -> list[Remark]:
    made, answered = now.made, now.answered
    if now.won and now.slip is None:
        return [Remark(f"You won: {_WORDS[lesson.idea].won}", "good")]
    if made is None:
        return [Remark(before(lesson), "text")]
    if now.slip is not None:
        return [Remark(_punished(lesson, now.slip, now), "bad")]
    said = [Remark(f"Good: {_left(lesson, made.after)}", "good")]
    if answered is not None:
        said.append(Remark(_to_do(lesson, now.heaps), "text"))
    return said


def _left(lesson: Lesson, heaps: Heaps) -> str:
    """Why it was good to leave these heaps."""
    match pattern(heaps):
        case Pattern.ONE:
            return "one object is left, and the computer has to take it."
        case Pattern.ODD_ONES:
            return "an odd number of heaps of 1. The computer gets the last."
        case Pattern.EQUAL:
            return f"{_and(heaps)}, equal. You can answer whatever the computer does."
        case _:
            every = "every part has a twin" if _twins(lesson) else "every column is even"
            return f"{every}. The computer has to spoil that."


def _to_do(lesson: Lesson, heaps: Heaps) -> str:
    """What the learner should look at on a board that can be won."""
    match pattern(heaps):
        case Pattern.ONE_HEAP:
            return "One heap now. How many will you leave?"
        case Pattern.EVEN_ONES:
            return "Two single objects. Take one, and the computer gets the last."
        case Pattern.ONE_LARGE:
            return "Only one heap is larger than 1: here the rule flips."
        case Pattern.UNEQUAL:
            return f"Now {_and(heaps)}: make them equal again."
        case _:
            return _TO_DO.get(lesson.idea, "Which column is odd now?")


def _punished(lesson: Lesson, slip: Turn, now: Situation) -> str:
    """What a slip has left, and what the computer made of it."""
    if slip.after == now.heaps:
        if now.over:
            return "Slip: you took the last object, and so you lose."
        return f"Slip: {_given(lesson, slip.after)} {WATCH}"
    if now.over:
        return "You took the last object, and so you lose. Go back to where you could still win."
    if now.made != slip:
        return "No move could win here. Go back to where you could still win."
    return f"Slip: {_given(lesson, slip.after)} {_taken_up(lesson, now.heaps)}"


def _given(lesson: Lesson, heaps: Heaps) -> str:
    """What a slip has left to the computer."""
    match pattern(heaps):
        case Pattern.ONE_HEAP:
            return f"you left one heap of {max(heaps)}."
        case Pattern.EVEN_ONES:
            return "you left an even number of heaps of 1."
        case Pattern.ONE_LARGE:
            return f"you left {_and(heaps)}."
        case Pattern.UNEQUAL:
            return f"you left {_and(heaps)}, not equal."
        case _:
            odd = odd_columns(heaps)
            if _twins(lesson):
                return f"you left {_list(odd)} without a twin."
            return f"you left the {_list(odd, 's')} odd."


def _taken_up(lesson: Lesson, heaps: Heaps) -> str:
    """What the computer has left to the learner, who is lost now."""
    match pattern(heaps):
        case Pattern.ONE:
            return "The computer leaves you the last object."
        case Pattern.ODD_ONES:
            return "The computer leaves you an odd number of heaps of 1, and so the last object."
        case Pattern.EQUAL:
            return f"The computer leaves you {_and(heaps)}, equal, and can answer whatever you do."
        case _:
            every = "every part a twin" if _twins(lesson) else "every column even"
            return f"The computer leaves {every}, and you have to spoil that."


def counted(lesson: Lesson, heaps: Heaps) -> str:
    """The heaps in parts, and what is odd: `6 = 4+2   4   3 = 2+1   odd: 1s`.

    In a whole game the learner looks for what is odd.
    """
    split = [_split(count) for count in heaps if count]
    if lesson.idea is Idea.WHOLE_GAME:
        return "   ".join(split)
    odd = odd_columns(heaps)
    if _twins(lesson):
        verdict = f"without a twin: {_list(odd)}" if odd else "all twins"
    else:
        verdict = f"odd: {_list(odd, 's')}" if odd else "all even"
    return "   ".join([*split, verdict])


def _split(count: int) -> str:
    """`3 = 2+1`; a heap that is a part itself is only named."""
    of = parts(count)
    return str(count) if len(of) == 1 else f"{count} = {'+'.join(map(str, of))}"


def _twins(lesson: Lesson) -> bool:
    """Whether the lesson speaks of parts and their twins, and not yet of columns."""
    return lesson.idea is Idea.PARTS


def _and(heaps: Heaps) -> str:
    """`3 and 2`: the heaps that are left, from the left."""
    return _list([count for count in heaps if count])


def _list(numbers: list[int] | tuple[int, ...], ending: str = "") -> str:
    """`4`, `4 and 2`, `4, 2 and 1`; with an ending `4s and 2s`."""
    words = [f"{number}{ending}" for number in numbers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
