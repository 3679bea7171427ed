"""The board: one screen for every match. Keys go to its session, and its view shows the state.

Workers only post; two handlers take in what they post.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic

from textual import events
from textual.app import ComposeResult
from textual.message import Message

from backend.domain.errors import NimError
from backend.domain.game import Game
from nim_tui import messages
from nim_tui.client.offline import Offline
from nim_tui.config.settings import HasSettings
from nim_tui.matches import Match, MatchAction
from nim_tui.model.lobby import Lobby
from nim_tui.screens.board.keys import BINDINGS, OFFERED
from nim_tui.screens.board.move_selection import PendingMove
from nim_tui.screens.board.session import BoardSession, Update
from nim_tui.screens.board.view import BoardView
from nim_tui.screens.clipboard import copy_id
from nim_tui.screens.layer import Layer
from nim_tui.screens.workers import begin
from nim_tui.text import game as game_text
from nim_tui.widgets.board import motion
from nim_tui.widgets.board.heap import Heap
from nim_tui.widgets.board.lines import Take

TICK = 20.0
"""Seconds between two looks at the clock, for words such as `4 min ago`."""

Request = Callable[[], Awaitable[Game | Match]]


class BoardScreen(Layer[None]):
    """One match: its heaps, whose turn it is, what enter would do."""

    CSS_PATH = "board.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-normal"), (110, "-wide"), (150, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-middle"), (31, "-tall")]
    AUTO_FOCUS = ""
    BINDINGS = BINDINGS

    @dataclass
    class GameChanged(Message, bubble=False):
        """The watch has a newer game, or lost the connection."""

        match: Match
        change: Game | Offline

    @dataclass
    class RequestAnswered(Message, bubble=False):
        """The answer to a pending move, or, without one, to another request."""

        match: Match
        answer: Game | Match | NimError
        pending: PendingMove | None = None

    def __init__(self, match: Match) -> None:
        super().__init__()
        self._session = BoardSession(match)
        self._state = self._session.state()

    @property
    def game(self) -> Game:
        """The game as it is shown."""
        return self._session.game

    @property
    def match(self) -> Match:
        """The match on the board now."""
        return self._session.match

    def see_lobby(self, lobby: Lobby) -> None:
        """Take in whether a rematch of this game is offered, or has been declined."""
        found = lobby.rematch_of(self.game.game_id)
        if found != self.match.rematch:
            self.match.rematch = found
            if self.is_mounted:
                self._show_words()

    @property
    def summary(self) -> str:
        """The board in a few words, for a window that is too small: `Your turn  5 4 3`."""
        counts = " ".join(map(str, self.game.heaps))
        return f"{game_text.turn(self.game, self.match.viewer)}  {counts}"

    @property
    def _view(self) -> BoardView:
        return self.query_one(BoardView)

    def compose(self) -> ComposeResult:
        yield BoardView()

    def on_mount(self) -> None:
        self.set_interval(TICK, self._show_words)
        self._show()
        self._listen()

    def on_resize(self) -> None:
        self._show_words()

    def on_screen_resume(self) -> None:
        # The settings may have changed the glyphs, which the words contain, too.
        if self.is_mounted:
            self._show_words()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether the match offers what an action is for; the palette lists only what it does."""
        if action == "copy_id":
            return self.match.listed
        wanted = OFFERED.get(action)
        return wanted is None or not wanted.isdisjoint(self.match.offers)

    # -- what is shown ---------------------------------------------------------------------------

    def _show(self, through: Sequence[motion.Phase] = ()) -> None:
        """Show the current state; `through` is the motion on the way there."""
        self._state = self._session.state()
        self._view.show(self._state, through)

    def _show_words(self) -> None:
        self._state = self._session.state()
        self._view.show_words(self._state)

    def _show_choice(self, error: str) -> None:
        """Show what a key or a click has chosen, or why it has not."""
        choice = self._session.selection.choice
        if error:
            self._say(error)
        elif choice is None:
            self._show()
        else:
            self._state = self._session.state()
            self._view.show_choice(self._state, choice.heap)

    def _say(self, error: str) -> None:
        self._session.error = error
        self._view.show_error(error)

    def _apply(self, update: Update) -> None:
        """Show what has changed, and tell the app what concerns it."""
        if update.signed_out:
            self.post_message(messages.SessionLost())
        if update.new_match or (update.replaced and update.replaced.turn != self.game.turn):
            self.set_focus(None)
        if update.new_match:
            self._listen()
        if update.replaced:
            side = self.match.side
            self._show(motion.way(update.replaced, self.game, side, own=update.own))
            if self.match.listed:
                self.post_message(messages.GameSeen(self.game))
        elif update.heaps:
            self._show()
        else:
            self._show_words()

    # -- choosing --------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        self._view.finish_motion()
        if self.match.loops:
            event.stop()
            self.action_leave()
            return
        self._say("")
        if not event.key.isdigit():
            self._session.selection.forget_digits()

    def on_mouse_down(self) -> None:
        self._view.finish_motion()
        self._say("")

    def on_click(self, event: events.Click) -> None:
        if self.match.loops:
            self.action_leave()
        elif event.widget is not None and event.widget.id in ("last", "moves"):
            self.action_moves()

    def on_heap_objects_picked(self, event: Heap.ObjectsPicked) -> None:
        choice = self._session.selection.choice
        beside = event.count is None and choice is not None and choice.heap == event.heap
        if not (self.match.loops or beside or self.game.state == "done"):
            self._show_choice(self._session.selection.choose(event.heap, event.count or 1))

    @property
    def _focused_heap(self) -> int | None:
        return self.focused.number if isinstance(self.focused, Heap) else None

    def action_choose(self, heap: int) -> None:
        self._show_choice(self._session.selection.choose(heap))

    def action_beside(self, step: int) -> None:
        self._show_choice(self._session.selection.beside(step, self._focused_heap))

    def action_more(self, by: int) -> None:
        self._show_choice(self._session.selection.more(by, self._focused_heap))

    def action_digit(self, digit: int) -> None:
        typed = self._session.selection.digit(str(digit), monotonic(), self._focused_heap)
        self._show_choice(typed)

    def action_hint(self) -> None:
        self._show_choice(self._session.selection.ask_hint())

    def action_why(self) -> None:
        """Explain the hint; show the hint first, if it is not on the board yet."""
        if self._session.selection.hint is None:
            self.action_hint()
        if (hint := self._session.selection.hint) is not None:
            from nim_tui.screens.review.why import WhyScreen

            game, mover = self.game, self.match.mover or ""
            most = max(*game.start, *game.heaps)
            self.app.push_screen(WhyScreen(game.board, hint, mover, most))

    def action_cancel(self) -> None:
        if self._view.close_moves():
            return
        if self._session.selection.cancel():
            self._show()
        else:
            self.action_leave()

    # -- sending ---------------------------------------------------------------------------------

    async def action_press(self) -> None:
        """What enter does: what the pill says, where it says enter or has the focus."""
        if self._state.prompt.pill.text == "enter" or isinstance(self.focused, Take):
            await self.on_take_clicked()

    async def on_take_clicked(self) -> None:
        if action := self._state.prompt.pill.action:
            await self.run_action(action)

    def action_take(self) -> None:
        """Send the choice; after a question, if the settings ask for one."""
        selection = self._session.selection
        if selection.choice and selection.pending is None and self._asks_first:
            self._confirm(f"{self._state.prompt.sentence}?", "Take", self._send, yes_first=True)
        else:
            self._send()

    @property
    def _asks_first(self) -> bool:
        return isinstance(self.app, HasSettings) and self.app.settings.confirm_moves

    def _send(self) -> None:
        """Send the choice, once. The worker is the app's: leaving the board does not stop it."""
        if pending := self._session.selection.send():
            match = self.match
            request = partial(match.move, pending.seen, pending.move)
            begin(self.app, partial(self._request, match, request, pending), group="moves")
            self._show()

    def _ask_for(self, request: Request) -> None:
        """Send another request than a move: one at a time."""
        if self._session.begin_request():
            begin(self.app, partial(self._request, self.match, request), group="requests")

    async def _request(
        self, match: Match, request: Request, pending: PendingMove | None = None
    ) -> None:
        try:
            answer: Game | Match | NimError = await request()
        except NimError as error:
            answer = error
        self._hand_over(self.RequestAnswered(match, answer, pending))

    def _hand_over(self, answered: RequestAnswered) -> None:
        """Hand an answer to the screen or, if that was closed, to the app."""
        if self.is_attached and self.post_message(answered):
            return
        answer, match = answered.answer, answered.match
        if isinstance(answer, NimError):
            why = game_text.left_behind(answer, match.game, match.viewer)
            self.app.post_message(messages.Announcement(why))
        elif isinstance(answer, Game):
            if match.listed:
                self.app.post_message(messages.GameSeen(answer))
            else:
                match.take_over(answer)  # it is kept by the app, and may be continued

    def on_board_screen_request_answered(self, event: RequestAnswered) -> None:
        if event.match is self.match:
            update = self._session.answered(event.answer, event.pending)
            if update is not None:
                self._apply(update)

    def listen_again(self) -> None:
        self._say("")
        self._listen()

    def _listen(self) -> None:
        begin(self, partial(self._watch, self.match), group="watch", exclusive=True)

    async def _watch(self, match: Match) -> None:
        try:
            async for change in match.changes():
                self.post_message(self.GameChanged(match, change))
        except NimError as error:
            self.post_message(self.RequestAnswered(match, error))

    def on_board_screen_game_changed(self, event: GameChanged) -> None:
        if event.match is self.match:
            self._apply(self._session.changed(event.change))

    def action_copy_id(self) -> None:
        """Copy the game's id; a board without an account has none that anybody could use."""
        copy_id(self, self.match.game.game_id)

    def action_moves(self) -> None:
        """Open or close the card of moves, if they have no room beside the board."""
        self._view.toggle_moves()

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_next_game(self) -> None:
        if MatchAction.NEXT in self.match.offers:
            self.post_message(messages.NextGameWanted(self.game.game_id))
        elif MatchAction.NEW in self.match.offers:
            self._start_again()
        elif MatchAction.LESSON in self.match.offers:
            self._ask_for(self.match.onward)
        elif MatchAction.PRACTICE in self.match.offers:
            self.post_message(messages.PracticeWanted())

    def action_again(self) -> None:
        if self.match.offers & {MatchAction.REMATCH, MatchAction.RESTART}:
            self._start_again()

    def action_take_back(self) -> None:
        """Return to the board before a move of the person here."""
        if MatchAction.BACK in self.match.offers:
            self._ask_for(self.match.back)

    def action_options(self) -> None:
        """Open the options for another game of this kind."""
        if MatchAction.OPTIONS in self.match.offers:
            from nim_tui.matches import HotseatMatch

            hotseat = isinstance(self.match, HotseatMatch)
            self.post_message(messages.OptionsWanted(hotseat))

    def _start_again(self) -> None:
        """Begin the next game here; a game that has begun is abandoned only after a question."""
        if self.game.moves and self.game.state == "open":
            self._confirm(*game_text.STARTING_AGAIN, partial(self._ask_for, self.match.again))
        else:
            self._ask_for(self.match.again)

    def action_review(self) -> None:
        if MatchAction.REVIEW in self.match.offers:
            from nim_tui.screens.review.screen import ReviewScreen

            self.app.push_screen(
                ReviewScreen(self.match), lambda again: self.action_again() if again else None
            )

    def action_give_up(self) -> None:
        """Resign or decline, after a question."""
        for how in (MatchAction.RESIGN, MatchAction.DECLINE):
            if how in self.match.offers:
                question, yes = game_text.GIVING_UP[how is MatchAction.DECLINE]
                self._confirm(question, yes, partial(self._ask_for, partial(self.match.end, how)))
                return

    def action_claim(self) -> None:
        self._ask_for(partial(self.match.end, MatchAction.CLAIM))

    def _confirm(
        self, question: str, yes: str, then: Callable[[], None], *, yes_first: bool = False
    ) -> None:
        from nim_tui.screens.confirm import ConfirmScreen

        self.app.push_screen(
            ConfirmScreen(question, yes, yes_first=yes_first),
            lambda agreed: then() if agreed else None,
        )
