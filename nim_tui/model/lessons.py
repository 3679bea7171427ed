"""Seven short positions that teach misère Nim, one idea each. Pure: no screen and no sentence.

A lesson is won like a game: the computer takes the last object. While the learner plays well, the
computer can only lose, and then it plays what teaches most; a slip it punishes with a winning move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from backend.domain.nim import Board, Heaps, Move
from nim_tui.model.analysis import Judgement, Stage, Verdict, columns, judge, stage


class Idea(Enum):
    """What a lesson is about. The values are the names under which settings remember it."""

    LAST_OBJECT = "last-object"
    EQUAL_HEAPS = "equal-heaps"
    MAKING_EQUAL = "making-equal"
    PARTS = "fours-twos-ones"
    EVEN_COLUMNS = "even-columns"
    FLIP = "flip"
    WHOLE_GAME = "whole-game"


class Pattern(Enum):
    """The kinds of board that the lessons teach the learner to see."""

    NOTHING = "nothing is left"
    ONE = "one object is left"
    ODD_ONES = "an odd number of heaps of 1, more than one"
    EVEN_ONES = "an even number of heaps of 1"
    ONE_HEAP = "one heap, of 2 or more"
    ONE_LARGE = "one heap of 2 or more beside heaps of 1"
    EQUAL = "two equal heaps of 2 or more"
    UNEQUAL = "two heaps of 2 or more, not equal"
    EVEN = "three heaps, every column even"
    ODD = "three heaps, some column odd"


WON_BY_LEAVING = frozenset({Pattern.ONE, Pattern.ODD_ONES, Pattern.EQUAL, Pattern.EVEN})
"""What to leave: the player who has to move there loses against best play."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A position and its idea.

    Attributes:
        start: the heaps; a heap may be 0.
        partner_begins: whether the computer moves first.
        answers: what the computer plays on boards where each of its moves loses. Elsewhere it plays
            the best move.

    """

    idea: Idea
    start: Heaps
    partner_begins: bool = False
    answers: Mapping[Heaps, Move] = field(default_factory=lambda: MappingProxyType({}))

    def answer(self, heaps: Heaps) -> Move:
        """The computer's move, always the same on the same board.

        Raises:
            ValueError: nothing is left.

        """
        board = Board(heaps)
        if not board.winning and heaps in self.answers:
            return self.answers[heaps]
        return board.best_move()


# The computer's answers lead through the idea of their lesson, and past the flip at the end until
# the sixth lesson has taught it.
LESSONS = (
    Lesson(Idea.LAST_OBJECT, (0, 3, 0)),
    Lesson(
        Idea.EQUAL_HEAPS,
        (4, 0, 4),
        partner_begins=True,
        answers={(4, 0, 4): Move(3, 2), (2, 0, 2): Move(1, 0)},
    ),
    Lesson(
        Idea.MAKING_EQUAL,
        (5, 0, 3),
        answers={(3, 0, 3): Move(3, 2), (2, 0, 2): Move(3, 0)},
    ),
    Lesson(
        Idea.PARTS,
        (1, 2, 4),
        answers={(1, 2, 3): Move(3, 2), (0, 2, 2): Move(2, 0)},
    ),
    Lesson(
        Idea.EVEN_COLUMNS,
        (6, 4, 3),
        answers={(6, 4, 2): Move(1, 2), (2, 0, 2): Move(1, 0)},
    ),
    Lesson(Idea.FLIP, (1, 1, 3)),
    Lesson(
        Idea.WHOLE_GAME,
        (3, 4, 5),
        answers={(1, 4, 5): Move(3, 3), (1, 2, 3): Move(2, 0)},
    ),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A move of a lesson: the heaps around it, and what it was worth."""

    move: Move
    before: Heaps
    after: Heaps
    verdict: Verdict

    @property
    def judgement(self) -> Judgement:
        return self.verdict.judgement


@dataclass(frozen=True, slots=True)
class Situation:
    """The state of a lesson.

    Attributes:
        heaps: the board now.
        made: the learner's last move; None before the first.
        answered: the computer's answer to it, or the computer's first move; None while it is to
            come, and where the learner has just taken the last object.
        slip: the slip that has given the game away; None while the learner can win.
        keep: how many moves a step back leaves: those before the slip, or before the last move;
            None where there is no move of the learner's.

    """

    heaps: Heaps
    made: Turn | None = None
    answered: Turn | None = None
    slip: Turn | None = None
    keep: int | None = None

    @property
    def over(self) -> bool:
        return not any(self.heaps)

    @property
    def won(self) -> bool:
        """Whether the computer has taken the last object."""
        return self.over and self.answered is not None


def situation(lesson: Lesson, moves: Sequence[Move]) -> Situation:
    """The state of a lesson after these moves of both, oldest first.

    Raises:
        ValueError: one of them is not legal.

    """
    now = Situation(lesson.start)
    for index, move in enumerate(moves):
        board = Board(now.heaps)
        turn = Turn(move, now.heaps, board.after(move).heaps, judge(board, move))
        if (index % 2 == 0) == lesson.partner_begins:
            now = Situation(turn.after, now.made, turn, now.slip, now.keep)
        elif now.slip is not None:
            now = Situation(turn.after, turn, None, now.slip, now.keep)
        else:
            slip = None if turn.judgement is Judgement.GOOD else turn
            now = Situation(turn.after, turn, None, slip, index)
    return now


def pattern(heaps: Heaps) -> Pattern:
    """The kind of board that these heaps are."""
    standing = [count for count in heaps if count]
    match stage(Board(heaps)):
        case Stage.OVER:
            return Pattern.NOTHING
        case Stage.ONES:
            if len(standing) == 1:
                return Pattern.ONE
            return Pattern.ODD_ONES if len(standing) % 2 else Pattern.EVEN_ONES
        case Stage.TURNING:
            return Pattern.ONE_HEAP if len(standing) == 1 else Pattern.ONE_LARGE
        case Stage.COLUMNS:
            if len(standing) == 2:
                return Pattern.EQUAL if standing[0] == standing[1] else Pattern.UNEQUAL
            return Pattern.ODD if odd_columns(heaps) else Pattern.EVEN


def parts(count: int) -> tuple[int, ...]:
    """A heap as a sum of different powers of two, the largest first: 6 is 4 and 2."""
    return tuple(1 << digit for digit in reversed(range(count.bit_length())) if count >> digit & 1)


def odd_columns(heaps: Heaps) -> tuple[int, ...]:
    """The parts that an odd number of heaps have, the largest first."""
    return tuple(column.value for column in columns(heaps, max(heaps)) if column.odd)
