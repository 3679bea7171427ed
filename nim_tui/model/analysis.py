"""A game judged against perfect play, and why: the heaps in binary, column by column. Pure.

The theory is Bouton's, as in `domain.nim`: the player who leaves every column of binary digits even
wins. In misère this holds until only one heap of two or more objects is left; from then on an odd
number of heaps of 1 is what to leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from backend.domain.game import Game
from backend.domain.nim import Board, Heaps, Move
from nim_tui.model.history import Step, steps

FEWEST_COLUMNS = 3
"""Columns that are always shown: 4, 2 and 1."""


class Judgement(Enum):
    """The quality of a move. The values are for people."""

    GOOD = "good"
    SLIP = "slip"
    LOST = "already lost"


class Stage(Enum):
    """What decides the game for the player to move."""

    COLUMNS = "columns"
    TURNING = "turning"
    """Misère with one heap of two or more left: this move decides who takes the last object."""
    ONES = "ones"
    """Misère with heaps of 1 only: their number has already decided."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A move compared with perfect play; `better` are the winning moves that a slip missed."""

    judgement: Judgement
    better: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A binary digit of the three heaps: its value, and which heaps have a 1 there."""

    value: int
    ones: tuple[bool, bool, bool]

    @property
    def count(self) -> int:
        return sum(self.ones)

    @property
    def odd(self) -> bool:
        return self.count % 2 == 1


@dataclass(frozen=True, slots=True)
class Stop:
    """A move of a finished game, in review.

    Attributes:
        before, after: the heaps around it; None where missing moves hide them.
        verdict: None where it cannot be judged.
        decisive: whether it was the loser's last chance to win.

    """

    step: Step
    before: Heaps | None
    after: Heaps | None
    verdict: Verdict | None
    decisive: bool = False


def judge(board: Board, move: Move) -> Verdict:
    """The verdict on a legal move on a board.

    Raises:
        ValueError: the move is not legal on this board.

    """
    if not board.after(move).winning:
        return Verdict(Judgement.GOOD)
    better = tuple(board.winning_moves())
    return Verdict(Judgement.SLIP, better) if better else Verdict(Judgement.LOST)


def stage(board: Board) -> Stage:
    """The stage of this board."""
    if board.over:
        return Stage.OVER
    if board.rule == "normal":
        return Stage.COLUMNS
    large = sum(count > 1 for count in board.heaps)
    return Stage.COLUMNS if large > 1 else Stage.TURNING if large else Stage.ONES


def columns(heaps: Heaps, largest: int) -> tuple[Column, ...]:
    """The columns, the highest value first: as many as `largest` needs, and at least three."""
    digits = max(FEWEST_COLUMNS, largest.bit_length())

    def column(value: int) -> Column:
        one, two, three = (bool(count & value) for count in heaps)
        return Column(value, (one, two, three))

    return tuple(column(1 << digit) for digit in reversed(range(digits)))


def stops(game: Game) -> tuple[Stop, ...]:
    """Every recorded move, oldest first, judged where the board around it is known."""
    played = steps(game)
    after = _boards_after(game, played)
    found = [_stop(game, played, after, index) for index in range(len(played))]
    if (lost := _decisive(game, found)) is not None:
        stop = found[lost]
        found[lost] = Stop(stop.step, stop.before, stop.after, stop.verdict, decisive=True)
    return tuple(found)


def _stop(game: Game, played: Sequence[Step], after: Sequence[Heaps | None], index: int) -> Stop:
    step = played[index]
    before = game.start if index == 0 else after[index - 1]
    if step.gap or before is None:
        return Stop(step, None, after[index], None)
    move = Move(step.heap, step.left)
    board = Board(before, game.rule)
    verdict = judge(board, move) if board.allows(move) else None
    return Stop(step, before, after[index], verdict)


def _boards_after(game: Game, played: Sequence[Step]) -> list[Heaps | None]:
    """The board after each move; after the last gap, as far back as the final board shows it."""
    after = [step.after for step in played]
    if not played or (newest := played[-1]).after is not None:
        return after
    if newest.user != game.last_move_by or newest.left != game.heaps[newest.heap - 1]:
        return after
    gap = max(index for index, step in enumerate(played) if step.gap)
    heaps: list[int | None] = list(game.heaps)
    for index in range(len(played) - 1, gap - 1, -1):
        one, two, three = heaps
        if one is None or two is None or three is None:
            break
        after[index] = (one, two, three)
        # What this heap held before is known only from an earlier move since the gap.
        heap = played[index].heap
        earlier = [step.left for step in played[gap:index] if step.heap == heap]
        heaps[heap - 1] = earlier[-1] if earlier else None
    return after


def _decisive(game: Game, found: Sequence[Stop]) -> int | None:
    """The index of the last slip in a game played to its end, if all moves since are known."""
    if game.ended_by != "play" or not found or found[-1].after != game.heaps:
        return None
    for index in range(len(found) - 1, -1, -1):
        verdict = found[index].verdict
        if verdict is None:
            return None
        if verdict.judgement is Judgement.SLIP:
            return index
    return None


def largest(game: Game) -> int:
    """The most objects that a heap ever had; it determines the number of columns."""
    return max(*game.start, *game.heaps)


def made_even(board: Board, move: Move) -> bool:
    """Whether even columns make this move good, rather than the flip at the end of misère."""
    left = board.after(move)
    return left.nim_sum == 0 and stage(left) is Stage.COLUMNS
