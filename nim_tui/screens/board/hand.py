"""What the person at a board has in hand: the choice, what was sent, the hint. It knows no screen.

A choice is given up by the person, or because its move was made, and by nothing else: not by a
refusal, not by a lost connection. Sentences come back for what cannot be done; "" is for done.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.domain.game import Game
from backend.domain.nim import Move
from nim_tui.matches import Match, MatchAction
from nim_tui.text import game as game_text
from nim_tui.widgets.board.selection import Digits, Selection, beside


@dataclass(frozen=True, slots=True)
class PendingMove:
    """A move on its way: made on this board, of these objects."""

    seen: Game
    choice: Selection

    @property
    def move(self) -> Move:
        return self.choice.move(self.seen.board)

    def made_in(self, game: Game) -> bool:
        """Whether `game` has it among what happened since."""
        return any(
            (played.user, played.heap, played.left)
            == (self.seen.turn, self.move.heap, self.move.left)
            for played in game.moves[len(self.seen.moves) :]
        )


class MoveSelection:
    """The person's side of one table."""

    def __init__(self, table: Match) -> None:
        self.table = table
        self.choice: Selection | None = None
        self.sent: PendingMove | None = None
        self.hint: Move | None = None
        # Sent, but with no answer: it may have arrived all the same.
        self._lost: PendingMove | None = None
        self._digits = Digits()

    def _barred(self) -> str:
        """Why nothing can be chosen now."""
        if self.table.mover is None:
            return game_text.not_your_turn(self.table.game)
        return game_text.SENDING if self.sent else ""

    def choose(self, heap: int, count: int = 1) -> str:
        """Choose that many objects of a heap, from the top."""
        if why := self._barred():
            return why
        there = self.table.game.board.count(heap)
        if there == 0:
            return game_text.empty_heap(heap)
        if count > there:
            return game_text.too_many(heap, there)
        self.choice, self.hint = Selection(heap, count), None
        return ""

    def beside(self, step: int, focused: int | None) -> str:
        """One object of the next heap to the right or left."""
        here = self.choice.heap if self.choice else focused
        other = beside(self.table.game.board, here, step)
        self._digits.forget()
        return self.choose(other.heap) if other else self._barred()

    def more(self, by: int, focused: int | None) -> str:
        """One object more or fewer; without a choice, one of the heap that has the focus."""
        self._digits.forget()
        if self.choice is None:
            return self.choose(focused) if focused else self.beside(1, None)
        more = self.choice.more(self.table.game.board, by)
        return self.choose(more.heap, more.count)

    def digit(self, digit: str, at: float, focused: int | None) -> str:
        """As many as was typed; digits within a moment make one number."""
        heap = self.choice.heap if self.choice else focused
        if heap is None:
            return self._barred() or game_text.CHOOSE_FIRST
        number = self._digits.typed(digit, at)
        return self.choose(heap, number) if number else ""

    def forget_digits(self) -> None:
        """Another key came between: the next digit begins a number."""
        self._digits.forget()

    def let_go(self) -> bool:
        """Give up the choice or the hint; whether there was one that could be given up."""
        if self.sent or not (self.choice or self.hint):
            return False
        self.choice = self.hint = None
        return True

    def take(self) -> PendingMove | None:
        """Send what is chosen; None where nothing is, or something is on its way already."""
        if self.sent or self.choice is None or self.table.mover is None:
            return None
        self.sent, self._lost = PendingMove(self.table.game, self.choice), None
        return self.sent

    def ask_hint(self) -> str:
        """Show the best move; asked again, choose it."""
        if MatchAction.HINT not in self.table.offers:
            return ""
        board = self.table.game.board
        if self.hint is None:
            self.choice, self.hint = None, board.best_move()
            return ""
        return self.choose(self.hint.heap, board.count(self.hint.heap) - self.hint.left)

    def receive(self, game: Game) -> bool | None:
        """Let the table have `game`.

        Returns None where it was not newer, else whether its newest move is what was sent here.
        """
        before = self.table.game
        if not self.table.take_over(game):
            return None
        sent = self.sent or self._lost
        made = sent is not None and sent.made_in(game)
        if made or game.game_id != before.game_id or game.state == "done":
            self.choice = self.sent = self._lost = None
        elif self.choice:
            self.choice = self.choice.kept_on(game.board)
        self.hint = None
        self._digits.forget()
        return made and sent is not None and game.last_move_by == sent.seen.turn

    def accepted(self, sent: PendingMove) -> None:
        """The move was made, whatever board it led to."""
        if self.sent is sent:
            self.sent = self.choice = None

    def failed(self, sent: PendingMove) -> bool:
        """The move was refused, or its answer got lost; whether that was still waited for."""
        if self.sent is not sent:
            return False
        self.sent, self._lost = None, sent
        return True
