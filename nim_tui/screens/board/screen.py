"""The board: one screen for every table, and what its keys and the mouse do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Protocol, runtime_checkable

from textual import events
from textual.binding import Binding

from backend.domain.nim import HEAP_NUMBERS
from nim_tui import messages
from nim_tui.config.settings import Settings
from nim_tui.matches import HotseatMatch, MatchAction
from nim_tui.screens.board import captions
from nim_tui.screens.board.session import BoardRequests
from nim_tui.text import game as game_text
from nim_tui.widgets.board import motion
from nim_tui.widgets.board.heap import Heap
from nim_tui.widgets.board.heap_row import HeapRow
from nim_tui.widgets.board.lines import Take
from nim_tui.widgets.board.moves import Moves

OFFERED = {
    "next_game": {
        MatchAction.NEXT,
        MatchAction.NEW,
        MatchAction.LESSON,
        MatchAction.PRACTICE,
    },
    "again": {MatchAction.REMATCH, MatchAction.RESTART},
    "review": {MatchAction.REVIEW},
    "hint": {MatchAction.HINT},
    "why": {MatchAction.HINT},
    "give_up": {MatchAction.RESIGN, MatchAction.DECLINE},
    "claim": {MatchAction.CLAIM},
    "take_back": {MatchAction.BACK},
    "options": {MatchAction.OPTIONS},
}
"""Which of these a table has to offer for an action to do anything."""


@runtime_checkable
class HasSettings(Protocol):
    """An app that knows what the person has chosen for the screen."""

    @property
    def settings(self) -> Settings: ...


class BoardScreen(BoardRequests):
    """A game at a table: heaps, whose turn it is, what enter would do."""

    BINDINGS = [
        *(
            Binding(key, f"choose({heap})", f"choose heap {heap}", show=False)
            for heap, key in zip(HEAP_NUMBERS, "abc", strict=True)
        ),
        *(
            Binding(str(digit), f"digit({digit})", "how many, in digits", show=False)
            for digit in range(10)
        ),
        Binding("left", "beside(-1)", "the heap to the left", show=False),
        Binding("right", "beside(1)", "the heap to the right", show=False),
        Binding("up", "more(1)", "one object more", show=False),
        Binding("down", "more(-1)", "one object fewer", show=False),
        Binding("enter", "press", "take what is chosen", show=False),
        Binding("escape", "let_go", "let go, then leave", show=False),
        Binding("n", "next_game", "the next game", show=False),
        Binding("r", "again", "rematch, restart", show=False),
        Binding("v", "review", "review the game", show=False),
        Binding("h", "hint", "hint, in practice", show=False),
        Binding("w", "why", "why that hint, in practice", show=False),
        Binding("u", "take_back", "take back a move", show=False),
        Binding("o", "options", "options of this board", show=False),
        Binding("m", "moves", "the moves so far", show=False),
        Binding("x", "give_up", "resign, decline", show=False),
        Binding("k", "claim", "claim an overdue game", show=False),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether the table offers what an action is for; the palette lists only what it does."""
        wanted = OFFERED.get(action)
        return wanted is None or not wanted.isdisjoint(self._table.offers)

    def on_key(self, event: events.Key) -> None:
        self.query_one(HeapRow).finish()
        if self._table.loops:
            event.stop()
            self.action_leave()
            return
        self._say("")
        if not event.key.isdigit():
            self._hand.forget_digits()

    def on_mouse_down(self) -> None:
        self.query_one(HeapRow).finish()
        self._say("")

    def on_click(self, event: events.Click) -> None:
        if self._table.loops:
            self.action_leave()
        elif event.widget is not None and event.widget.id in ("last", "moves"):
            self.action_moves()

    @property
    def _focused_heap(self) -> int | None:
        return self.focused.number if isinstance(self.focused, Heap) else None

    def _chose(self, error: str, before: int | None = None) -> None:
        """Show what a key or a click has chosen, or why it has not."""
        if error:
            self._say(error)
            return
        choice = self._hand.choice
        if choice is None:
            self._paint()
            return
        heap = self.query_one(f"#heap{choice.heap}", Heap)
        heap.focus(scroll_visible=False)
        fresh = heap.chosen == 0
        self._paint(motion.choosing(self._still, choice.heap) if fresh else None)

    def action_choose(self, heap: int) -> None:
        self._chose(self._hand.choose(heap))

    def action_beside(self, step: int) -> None:
        self._chose(self._hand.beside(step, self._focused_heap))

    def action_more(self, by: int) -> None:
        self._chose(self._hand.more(by, self._focused_heap))

    def action_digit(self, digit: int) -> None:
        self._chose(self._hand.digit(str(digit), monotonic(), self._focused_heap))

    def action_hint(self) -> None:
        self._chose(self._hand.ask_hint())

    def action_why(self) -> None:
        """Why the hint is good; shown first, where it is not there yet."""
        if MatchAction.HINT not in self._table.offers:
            return
        if self._hand.hint is None:
            self.action_hint()
        if self._hand.hint is not None:
            from nim_tui.screens.review.why import WhyScreen

            game, mover = self.game, self._table.mover or ""
            most = max(*game.start, *game.heaps)
            self.app.push_screen(WhyScreen(game.board, self._hand.hint, mover, most))

    def on_heap_picked(self, event: Heap.Picked) -> None:
        chosen = self._hand.choice
        beside = event.count is None and chosen is not None and chosen.heap == event.heap
        if not (self._table.loops or beside or self.game.state == "done"):
            self._chose(self._hand.choose(event.heap, event.count or 1))

    def on_take_pressed(self) -> None:
        action = captions.ask(self._table, self._doing).pill.action
        if action:
            getattr(self, f"action_{action}")()

    def action_press(self) -> None:
        """What enter does: what stands on the pill, where enter stands there or has the focus."""
        shown = captions.ask(self._table, self._doing).pill
        if shown.text == "enter" or isinstance(self.focused, Take):
            self.on_take_pressed()

    def action_take(self) -> None:
        """Send the choice; asked about first, where the person wants that."""
        choice = self._hand.choice
        if choice and self._hand.sent is None and self._asks_first:
            board = self.game.board
            sentence = game_text.selection(choice.move(board), board.count(choice.heap))
            self._confirm(f"{sentence}?", "Take", self._take, yes_first=True)
        else:
            self._take()

    @property
    def _asks_first(self) -> bool:
        return isinstance(self.app, HasSettings) and self.app.settings.confirm_moves

    def action_let_go(self) -> None:
        moves = self.query_one(Moves)
        if moves.has_class("-open"):
            moves.remove_class("-open")
        elif self._hand.let_go():
            self._paint()
        else:
            self.action_leave()

    def action_moves(self) -> None:
        """The moves as a card, where they have no place of their own."""
        moves = self.query_one(Moves)
        moves.set_class(not moves.display, "-open")

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_next_game(self) -> None:
        if MatchAction.NEXT in self._table.offers:
            self.post_message(messages.NextGameWanted(self.game.game_id))
        elif MatchAction.NEW in self._table.offers:
            self._start_again()
        elif MatchAction.LESSON in self._table.offers:
            self._ask_for(self._table.onward)
        elif MatchAction.PRACTICE in self._table.offers:
            self.post_message(messages.PracticeWanted())

    def action_options(self) -> None:
        """The card for another game than this."""
        if MatchAction.OPTIONS in self._table.offers:
            hotseat = isinstance(self._table, HotseatMatch)
            self.post_message(messages.OptionsWanted(hotseat))

    def action_take_back(self) -> None:
        """To the board before a move of the person here."""
        if MatchAction.BACK in self._table.offers:
            self._ask_for(self._table.back)

    def _start_again(self) -> None:
        """The next game here; a game that has begun is not thrown away without a question."""
        if self.game.moves and self.game.state == "open":
            self._confirm(*game_text.STARTING_AGAIN, partial(self._ask_for, self._table.again))
        else:
            self._ask_for(self._table.again)

    def action_again(self) -> None:
        if self._table.offers & {MatchAction.REMATCH, MatchAction.RESTART}:
            self._start_again()

    def action_review(self) -> None:
        if MatchAction.REVIEW in self._table.offers:
            from nim_tui.screens.review.screen import ReviewScreen

            self.app.push_screen(
                ReviewScreen(self._table), lambda again: self.action_again() if again else None
            )

    def action_give_up(self) -> None:
        """Resign or decline, after a question."""
        for how in (MatchAction.RESIGN, MatchAction.DECLINE):
            if how in self._table.offers:
                question, yes = game_text.GIVING_UP[how is MatchAction.DECLINE]
                self._confirm(question, yes, partial(self._end, how))
                return

    def action_claim(self) -> None:
        if MatchAction.CLAIM in self._table.offers:
            self._end(MatchAction.CLAIM)

    def _end(self, how: MatchAction) -> None:
        table = self._table
        self._ask_for(lambda: table.end(how))

    def _confirm(
        self, question: str, yes: str, then: Callable[[], None], *, yes_first: bool = False
    ) -> None:
        from nim_tui.screens.confirm import ConfirmScreen

        self.app.push_screen(
            ConfirmScreen(question, yes, yes_first=yes_first),
            lambda agreed: then() if agreed else None,
        )
