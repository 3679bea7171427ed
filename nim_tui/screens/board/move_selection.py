"""Choosing a move and sending it: the choice, the pending move, the hint. It knows no screen.

Only the person, or the move itself once it is made, ends a choice: a refusal or a lost connection
does not. Methods return a sentence for what cannot be done, and "" for what is done.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.domain.game import Game
from backend.domain.nim import HEAP_NUMBERS, Heaps, Move
from nim_tui.matches import Match, MatchAction
from nim_tui.text import game as game_text
from nim_tui.widgets.board.selection import Digits, Selection, beside


@dataclass(frozen=True, slots=True)
class PendingMove:
    """A move on its way: the board that it was made on, and the objects."""

    seen: Game
    choice: Selection

    @property
    def move(self) -> Move:
        return self.choice.move(self.seen.board)

    def made_in(self, game: Game) -> bool:
        """Whether `game` contains this move."""
        return any(
            (played.user, played.heap, played.left)
            == (self.seen.turn, self.move.heap, self.move.left)
            for played in game.moves[len(self.seen.moves) :]
        )


def _only(heaps: Heaps) -> int | None:
    """The number of the one heap that still has objects; None if several have."""
    left = [heap for heap, count in zip(HEAP_NUMBERS, heaps, strict=True) if count]
    return left[0] if len(left) == 1 else None


class MoveSelection:
    """What is chosen in one match, and what is on its way."""

    def __init__(self, match: Match) -> None:
        self.match = match
        self.choice: Selection | None = None
        self.pending: PendingMove | None = None
        self.hint: Move | None = None
        # Sent, but its answer was lost: it may have arrived all the same.
        self._lost: PendingMove | None = None
        self._digits = Digits()

    def _barred(self) -> str:
        """Why nothing can be chosen now, if that is so."""
        if self.match.mover is None:
            return game_text.not_your_turn(self.match.game)
        return game_text.SENDING if self.pending else ""

    def choose(self, heap: int, count: int = 1) -> str:
        """Choose that many objects of a heap, from the top."""
        if why := self._barred():
            return why
        left = self.match.game.board.count(heap)
        if left == 0:
            return game_text.empty_heap(heap)
        if count > left:
            return game_text.too_many(heap, left)
        self.choice, self.hint = Selection(heap, count), None
        return ""

    def beside(self, step: int, focused: int | None) -> str:
        """Choose one object of the next heap to the right or left."""
        here = self.choice.heap if self.choice else focused
        other = beside(self.match.game.board, here, step)
        self._digits.forget()
        return self.choose(other.heap) if other else self._barred()

    def more(self, by: int, focused: int | None) -> str:
        """Choose one object more or fewer; without a choice, one of the heap that has the focus."""
        self._digits.forget()
        if self.choice is None:
            return self.choose(focused) if focused else self.beside(1, None)
        more = self.choice.more(self.match.game.board, by)
        return self.choose(more.heap, more.count)

    def digit(self, digit: str, at: float, focused: int | None) -> str:
        """Choose as many as was typed; digits typed quickly make one number."""
        heaps = self.match.game.heaps
        heap = self.choice.heap if self.choice else focused or _only(heaps)
        if heap is None:
            return self._barred() or game_text.choose_first(heaps)
        number = self._digits.typed(digit, at)
        return self.choose(heap, number) if number else ""

    def forget_digits(self) -> None:
        """Forget the digits: the next one begins a new number."""
        self._digits.forget()

    def cancel(self) -> bool:
        """Cancel the choice or the hint. Returns whether there was one to cancel."""
        if self.pending or not (self.choice or self.hint):
            return False
        self.choice = self.hint = None
        return True

    def send(self) -> PendingMove | None:
        """Begin to send what is chosen; None if nothing is, or if a move is on its way already."""
        if self.pending or self.choice is None or self.match.mover is None:
            return None
        self.pending, self._lost = PendingMove(self.match.game, self.choice), None
        return self.pending

    def ask_hint(self) -> str:
        """Show the best move; the second time, choose it."""
        if MatchAction.HINT not in self.match.offers:
            return ""
        board = self.match.game.board
        if self.hint is None:
            self.choice, self.hint = None, board.best_move()
            return ""
        return self.choose(self.hint.heap, board.count(self.hint.heap) - self.hint.left)

    def receive(self, game: Game) -> bool | None:
        """Take in `game`.

        Returns None if it is not newer, else whether its newest move was sent from here.
        """
        before = self.match.game
        if not self.match.take_over(game):
            return None
        pending = self.pending or self._lost
        made = pending is not None and pending.made_in(game)
        if made or game.game_id != before.game_id or game.state == "done":
            self.choice = self.pending = self._lost = None
        elif self.choice:
            self.choice = self.choice.kept_on(game.board)
        self.hint = None
        self._digits.forget()
        return made and pending is not None and game.last_move_by == pending.seen.turn

    def accepted(self, pending: PendingMove) -> bool:
        """The move was made, whatever board it led to. Returns whether it was still chosen."""
        if self.pending is not pending:
            return False
        self.pending = self.choice = None
        return True

    def failed(self, pending: PendingMove) -> bool:
        """The move was refused, or its answer got lost. Returns whether the board still waited."""
        if self.pending is not pending:
            return False
        self.pending, self._lost = None, pending
        return True
