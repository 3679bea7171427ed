"""What the board sends and what comes back. Workers only post; one handler sets the game."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual.message import Message

from backend.domain.errors import NimError, NotSignedIn
from backend.domain.game import Game
from nim_tui import messages
from nim_tui.client.models import Offline
from nim_tui.matches import Match
from nim_tui.screens.board.hand import MoveSelection, PendingMove
from nim_tui.screens.board.view import BoardView
from nim_tui.text import game as game_text
from nim_tui.widgets.board import motion

Request = Callable[[], Awaitable[Game | Match]]


class BoardRequests(BoardView):
    """A board that plays: moves go out, games come in."""

    @dataclass
    class Changed(Message, bubble=False):
        """News from elsewhere."""

        table: Match
        change: Game | Offline

    @dataclass
    class Answered(Message, bubble=False):
        """What became of a move, or, where nothing was `sent`, of another request."""

        table: Match
        answer: Game | Match | NimError
        sent: PendingMove | None = None

    def __init__(self, table: Match) -> None:
        super().__init__(table)
        self._asking = False

    def on_mount(self) -> None:
        self._listen()

    def _take(self) -> None:
        """Send the choice, once. The worker is the app's: leaving the board does not stop it."""
        sent = self._hand.take()
        if sent:
            self.app.run_worker(self._send(self._table, sent), group="moves")
            self._paint()

    async def _send(self, table: Match, sent: PendingMove) -> None:
        try:
            answer: Game | NimError = await table.move(sent.seen, sent.move)
        except NimError as error:
            answer = error
        self._tell(self.Answered(table, answer, sent))

    def _ask_for(self, request: Request) -> None:
        """Send another request than a move: one at a time."""
        if not self._asking:
            self._asking = True
            self.app.run_worker(self._request(self._table, request), group="requests")

    async def _request(self, table: Match, request: Request) -> None:
        try:
            answer: Game | Match | NimError = await request()
        except NimError as error:
            answer = error
        self._tell(self.Answered(table, answer))

    def _tell(self, answered: Answered) -> None:
        """Hand an answer to the screen; where that has been left, to the app."""
        if self.is_attached and self.post_message(answered):
            return
        answer, table = answered.answer, answered.table
        if isinstance(answer, NimError):
            why = game_text.left_behind(answer, table.game, table.viewer)
            self.app.post_message(messages.Announcement(why))
        elif isinstance(answer, Game) and table.listed:
            self.app.post_message(messages.GameSeen(answer))

    def listen_again(self) -> None:
        self._say("")
        self._listen()

    def _listen(self) -> None:
        self.run_worker(self._watch(self._table), group="watch", exclusive=True)

    async def _watch(self, table: Match) -> None:
        try:
            async for change in table.changes():
                self.post_message(self.Changed(table, change))
        except NimError as error:
            self.post_message(self.Answered(table, error))

    def on_board_requests_changed(self, event: Changed) -> None:
        if event.table is not self._table:
            return
        if isinstance(event.change, Offline):
            self._offline = event.change.message
            self._paint_lines()
            return
        self._offline = ""
        self._receive(event.change)

    def on_board_requests_answered(self, event: Answered) -> None:
        if event.table is not self._table:
            return
        answer, sent = event.answer, event.sent
        if sent is None:
            self._asking = False
        if isinstance(answer, Match):
            self._sit_down(answer)
        elif isinstance(answer, Game):
            self._receive(answer)
            if sent:
                self._hand.accepted(sent)
                self._paint_lines()
        elif sent is None or self._hand.failed(sent):
            self._refused(answer, move=sent is not None)

    def _receive(self, game: Game) -> bool:
        """The one place where the game on the screen changes, and only to a newer one.

        Returns whether it was newer.
        """
        before = self.game
        own = self._hand.receive(game)
        if own is None:
            self._paint_lines()
            return False
        if game.turn != before.turn:
            self._say("")
            self.set_focus(None)
        self._paint(motion.way(before, game, self._table.side, own=own))
        if self._table.listed:
            self.post_message(messages.GameSeen(game))
        return True

    def _refused(self, error: NimError, *, move: bool) -> None:
        """Show the board as it stands, and why not; what was chosen stays."""
        if isinstance(error, NotSignedIn):
            self.post_message(messages.SessionLost())
        why = game_text.refusal(error, self.game, self._table.viewer, move=move)
        if error.game is None or not self._receive(error.game):
            self._paint()
        self._say(why)

    def _sit_down(self, table: Match) -> None:
        """Go on at another table, on the same screen."""
        self._table = table
        self._hand = MoveSelection(table)
        self._offline = ""
        self.set_focus(None)
        self._say("")
        self._listen()
        self._paint()
