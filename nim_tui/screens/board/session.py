"""A match as it is played at one board: what is chosen, what was sent, what came back.

It knows no screen: it takes what the person does and what arrives, and says what has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.domain.errors import NimError, NotSignedIn
from backend.domain.game import Game
from nim_tui.client.models import Offline
from nim_tui.matches import Match
from nim_tui.screens.board.move_selection import MoveSelection, PendingMove
from nim_tui.screens.board.prompt import MoveIntent, Prompt, prompt
from nim_tui.text import game as game_text


@dataclass(frozen=True, slots=True)
class BoardState:
    """All that is shown of a board, as it stands at one moment.

    Attributes:
        offline: a sentence while there is no connection, else empty.
        error: why the last request was refused; empty where there is nothing to report.

    """

    match: Match
    intent: MoveIntent
    prompt: Prompt
    offline: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """What an answer, or news from elsewhere, has changed.

    Attributes:
        replaced: the game that a newer one has replaced; None where the game is the same.
        own: whether the newest move was made here, so that its stones have slid out already.
        heaps: whether the heaps have to be shown anew, and not only the words.
        new_match: whether the board has changed to another match.
        signed_out: whether the session of the person here is no longer valid.

    """

    replaced: Game | None = None
    own: bool = False
    heaps: bool = False
    new_match: bool = False
    signed_out: bool = False


class BoardSession:
    """One person's side of a match, or both sides where two share the keyboard."""

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
        """What is to be shown now; the prompt is worked out here and nowhere else."""
        selection = self.selection
        intent = MoveIntent(selection.choice, selection.pending is not None, selection.hint)
        return BoardState(self.match, intent, prompt(self.match, intent), self.offline, self.error)

    def begin_request(self) -> bool:
        """Whether another request than a move may be sent now: one at a time."""
        if self._requesting:
            return False
        self._requesting = True
        return True

    def changed(self, change: Game | Offline) -> Update:
        """Take in what the match's own watch has learned."""
        if isinstance(change, Offline):
            self.offline = change.message
            return Update()
        self.offline = ""
        return self._receive(change)

    def answered(
        self, answer: Game | Match | NimError, pending: PendingMove | None = None
    ) -> Update | None:
        """Take in the answer to a pending move, or, without one, to another request.

        Returns None where nobody waits for the answer any more.
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
        """Take over the board as it stands, and why not; what was chosen stays."""
        why = game_text.refusal(error, self.game, self.match.viewer, move=move)
        update = self._receive(error.game) if error.game else Update()
        self.error = why
        return replace(update, heaps=True, signed_out=isinstance(error, NotSignedIn))

    def _begin(self, match: Match) -> Update:
        """Go on with another match, on the same board."""
        self.match = match
        self.selection = MoveSelection(match)
        self.offline = self.error = ""
        return Update(heaps=True, new_match=True)
