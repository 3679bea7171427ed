"""A match as it is played on one board: what is chosen, what was sent, what came back.

It knows no screen: it takes in answers and news, and returns what has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.domain.errors import NimError, NotSignedIn
from backend.domain.game import Game
from nim_tui.client.offline import Offline
from nim_tui.matches import Match
from nim_tui.screens.board.move_selection import MoveSelection, PendingMove
from nim_tui.screens.board.prompt import MoveIntent, Prompt, prompt
from nim_tui.text import game as game_text


@dataclass(frozen=True, slots=True)
class BoardState:
    """All that is shown of a board at one moment.

    Attributes:
        offline: a sentence while the connection is lost, else empty.
        error: why the last key or request was refused, else empty.

    """

    match: Match
    intent: MoveIntent
    prompt: Prompt
    offline: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """What an answer, or a game from the watch, has changed.

    Attributes:
        replaced: the game that a newer one has replaced; None if the game is the same.
        own: whether the newest move was made here, so that its stones have slid out already.
        heaps: whether the heaps have to be shown again, and not only the words.
        new_match: whether the board has changed to another match.
        signed_out: whether the person here has to sign in again.

    """

    replaced: Game | None = None
    own: bool = False
    heaps: bool = False
    new_match: bool = False
    signed_out: bool = False


class BoardSession:
    """A match, the selection of the person at this keyboard, and the requests on their way."""

    def __init__(self, match: Match) -> None:
        self.match = match
        self.selection = MoveSelection(match)
        self.offline = ""
        self.error = ""
        self._requesting = False

    @property
    def game(self) -> Game:
        """The newest game known here."""
        return self.match.game

    def state(self) -> BoardState:
        """What is to be shown now. The only place that works out the prompt."""
        selection = self.selection
        intent = MoveIntent(selection.choice, selection.pending is not None, selection.hint)
        return BoardState(self.match, intent, prompt(self.match, intent), self.offline, self.error)

    def begin_request(self) -> bool:
        """Begin a request other than a move. Returns False while another one is on its way."""
        if self._requesting:
            return False
        self._requesting = True
        return True

    def changed(self, change: Game | Offline) -> Update:
        """Take in a game from the watch, or a lost connection."""
        if isinstance(change, Offline):
            self.offline = change.message
            return Update()
        self.offline = ""
        return self._receive(change)

    def answered(
        self, answer: Game | Match | NimError, pending: PendingMove | None = None
    ) -> Update | None:
        """Take in the answer to a pending move, or, without one, to another request.

        Returns None if nobody is waiting for the answer any more.
        """
        if pending is None:
            self._requesting = False
        if isinstance(answer, Match):
            return self._begin(answer)
        if isinstance(answer, Game):
            update = self._receive(answer)
            if pending and self.selection.accepted(pending):
                return replace(update, heaps=True)
            return update
        if pending and not self.selection.failed(pending):
            return None
        return self._refuse(answer, move=pending is not None)

    def _receive(self, game: Game) -> Update:
        """The one place where the game changes, and only to a newer one."""
        before = self.game
        own = self.selection.receive(game)
        if own is None:
            return Update()
        if game.turn != before.turn:
            self.error = ""
        return Update(replaced=before, own=own, heaps=True)

    def _refuse(self, error: NimError, *, move: bool) -> Update:
        """Take in the current board and the reason of a refusal; keep the choice."""
        why = game_text.refusal(error, self.game, self.match.viewer, move=move)
        update = self._receive(error.game) if error.game else Update()
        self.error = why
        return replace(update, heaps=True, signed_out=isinstance(error, NotSignedIn))

    def _begin(self, match: Match) -> Update:
        """Go on with another match on the same screen."""
        self.match = match
        self.selection = MoveSelection(match)
        self.offline = self.error = ""
        return Update(heaps=True, new_match=True)
