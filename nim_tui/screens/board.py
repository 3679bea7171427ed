"""The board: one screen for every table. Workers only post; one handler sets the game."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from textual import events
from textual.binding import Binding
from textual.message import Message

from backend.errors import NimError, NotSignedIn
from backend.game import Game
from backend.nim import HEAP_NUMBERS
from nim_tui import messages, words
from nim_tui.answers import Offline
from nim_tui.screens import board_parts as parts
from nim_tui.screens.board_hand import Hand, Sent
from nim_tui.screens.board_view import BoardView
from nim_tui.tables import Offer, Table
from nim_tui.widgets import views
from nim_tui.widgets.heap import Heap
from nim_tui.widgets.heaps import HeapRow
from nim_tui.widgets.moves import Moves


class BoardScreen(BoardView):
    """A game at a table: heaps, whose turn it is, what enter would do."""

    BINDINGS = [
        *(
            Binding(key, f"choose({heap})", f"choose heap {heap}", show=False)
            for heap, key in zip(HEAP_NUMBERS, "abc", strict=True)
        ),
        *(
            Binding(str(digit), f"digit({digit})", f"take {digit}", show=False)
            for digit in range(10)
        ),
        Binding("left", "beside(-1)", "the heap to the left", show=False),
        Binding("right", "beside(1)", "the heap to the right", show=False),
        Binding("up", "more(1)", "one object more", show=False),
        Binding("down", "more(-1)", "one object fewer", show=False),
        Binding("enter", "press", "take what is chosen", show=False),
        Binding("escape", "let_go", "let go of the choice, then leave", show=False),
        Binding("n", "next_game", "the next game", show=False),
        Binding("r", "again", "rematch, or start again", show=False),
        Binding("v", "review", "look at the moves again", show=False),
        Binding("h", "hint", "a hint, in practice", show=False),
        Binding("m", "moves", "the moves so far", show=False),
        Binding("x", "give_up", "resign, or decline an invitation", show=False),
    ]

    @dataclass
    class Changed(Message):
        """News from elsewhere."""

        table: Table
        change: Game | Offline

    @dataclass
    class Answered(Message):
        """What became of a move, or, where nothing was `sent`, of another request."""

        table: Table
        answer: Game | Table | NimError
        sent: Sent | None = None

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._asking = False

    def on_mount(self) -> None:
        self._listen()

    # -- keys and the mouse ----------------------------------------------------------------------

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

    def on_click(self) -> None:
        if self._table.loops:
            self.action_leave()

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
        still = views.still(self.game, self._table.side, choice)
        self._paint(views.choosing(still, choice.heap) if fresh else None)

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

    def on_heap_picked(self, event: Heap.Picked) -> None:
        chosen = self._hand.choice
        beside = event.count is None and chosen is not None and chosen.heap == event.heap
        if not (self._table.loops or beside or self.game.state == "done"):
            self._chose(self._hand.choose(event.heap, event.count or 1))

    def on_take_pressed(self) -> None:
        action = parts.ask(self._table, self._doing).pill.action
        if action:
            getattr(self, f"action_{action}")()

    def action_press(self) -> None:
        """What enter does: what stands on the pill, where enter stands there."""
        shown = parts.ask(self._table, self._doing).pill
        if shown.text == "enter":
            self.on_take_pressed()

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
        self.query_one(Moves).toggle_class("-open")

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_next_game(self) -> None:
        if Offer.NEXT in self._table.offers:
            self.post_message(messages.NextGameWanted(self.game.game_id))
        elif Offer.NEW in self._table.offers:
            self._ask_for(self._table.again)

    def action_again(self) -> None:
        if self._table.offers & {Offer.REMATCH, Offer.RESTART}:
            self._ask_for(self._table.again)

    def action_review(self) -> None:
        if Offer.REVIEW in self._table.offers:
            from nim_tui.screens.review import ReviewScreen

            self.app.push_screen(ReviewScreen(self._table))

    # -- requests and answers --------------------------------------------------------------------

    def action_take(self) -> None:
        """Send the choice, once. The worker is the app's: leaving the board does not stop it."""
        sent = self._hand.take()
        if sent:
            self.app.run_worker(self._send(self._table, sent), group="moves")
            self._paint()

    async def _send(self, table: Table, sent: Sent) -> None:
        try:
            answer: Game | NimError = await table.move(sent.seen, sent.move)
        except NimError as error:
            answer = error
        self._tell(self.Answered(table, answer, sent))

    def _ask_for(self, request: Callable[[], Awaitable[Game | Table]]) -> None:
        """Send another request than a move: one at a time."""
        if not self._asking:
            self._asking = True
            self.app.run_worker(self._request(self._table, request), group="requests")

    async def _request(self, table: Table, request: Callable[[], Awaitable[Game | Table]]) -> None:
        try:
            answer: Game | Table | NimError = await request()
        except NimError as error:
            answer = error
        self._tell(self.Answered(table, answer))

    def _tell(self, answered: Answered) -> None:
        """Hand an answer to the screen, or, where it has been left, a failure to the app."""
        if self.is_attached and self.post_message(answered):
            return
        if isinstance(answered.answer, NimError):
            why = words.refusal(answered.answer, answered.table.game, answered.table.viewer)
            self.app.post_message(messages.Told(why))

    def _listen(self) -> None:
        self.run_worker(self._watch(self._table), group="watch", exclusive=True)

    async def _watch(self, table: Table) -> None:
        try:
            async for change in table.changes():
                self.post_message(self.Changed(table, change))
        except NimError as error:
            self.post_message(self.Answered(table, error))

    def on_board_screen_changed(self, event: Changed) -> None:
        if event.table is not self._table:
            return
        if isinstance(event.change, Offline):
            self._offline = event.change.message
            self._paint_lines()
            return
        self._offline = ""
        self._receive(event.change)

    def on_board_screen_answered(self, event: Answered) -> None:
        if event.table is not self._table:
            return
        wanted = True
        if event.sent is None:
            self._asking = False
        elif not isinstance(event.answer, NimError):
            pass
        else:
            wanted = self._hand.answered(event.sent)
        if isinstance(event.answer, Table):
            self._sit_down(event.answer)
        elif isinstance(event.answer, NimError):
            if wanted:
                self._refused(event.answer)
        else:
            self._receive(event.answer)
            if event.sent:
                self._hand.answered(event.sent)
                self._paint_lines()

    def _receive(self, game: Game) -> None:
        """The one place where the game on the screen changes, and only to a newer one."""
        before = self.game
        own = self._hand.receive(game)
        if own is None:
            self._paint_lines()
            return
        if game.turn != before.turn:
            self._say("")
        self._paint(views.way(before, game, self._table.side, own=own))
        if self._table.listed:
            self.post_message(messages.GameSeen(game))

    def _refused(self, error: NimError) -> None:
        """Show the board as it stands, and why not; what was chosen stays."""
        if isinstance(error, NotSignedIn):
            self.post_message(messages.SessionLost())
        why = words.refusal(error, self.game, self._table.viewer)
        if error.game is not None:
            self._receive(error.game)
        self._paint()
        self._say(why)

    def _sit_down(self, table: Table) -> None:
        """Go on at another table, on the same screen."""
        self._table = table
        self._hand = Hand(table)
        self._offline = ""
        self.set_focus(None)
        self._say("")
        self._listen()
        self._paint()
