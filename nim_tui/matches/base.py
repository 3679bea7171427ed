"""What every match has: the game as it is now, the players, and how moves are made and arrive."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from backend.domain.clock import utc_now
from backend.domain.game import Game
from backend.domain.nim import Heaps, Move, Rule
from nim_tui.client.offline import Offline
from nim_tui.model.history import supersedes
from nim_tui.paint import Side
from nim_tui.text import game as game_text

Clock = Callable[[], datetime]


class StyledText(NamedTuple):
    """A word of the header and the palette's token for it: `you`, `opp`, `muted`, `text`."""

    text: str
    tone: str


class MatchAction(Enum):
    """What a match lets the person here do, besides moving. The values are shown to people."""

    RESIGN = "resign"
    DECLINE = "decline"
    CLAIM = "claim"
    REMATCH = "rematch"
    RESTART = "restart"
    NEXT = "next game"
    NEW = "new game"
    HINT = "hint"
    REVIEW = "review"
    BACK = "undo"
    OPTIONS = "options"
    LESSON = "next lesson"
    PRACTICE = "practice"


class Match(ABC):
    """One game and its two players.

    Attributes:
        game: the newest board known here.
        viewer: the player called "you"; None where both play here, or neither.
        amber: the player in amber, with ●; the opponent is blue, with ◆.
        now: the clock, UTC.
        standing: the score between the two, once the game is over and the score is known.
        rematch: the rematch that one of the two has asked for, as far as is known here.

    """

    home = "games"
    """Where leaving the board leads, in one word for the line of keys."""

    loops = False
    """Whether the match is a demo, which any key leaves."""

    listed = False
    """Whether the game is in the person's list of games."""

    def __init__(self, game: Game, *, viewer: str | None, amber: str, now: Clock = utc_now) -> None:
        self.game = game
        self.viewer = viewer
        self.amber = amber
        self.now = now
        self.standing = ""
        self.rematch: Game | None = None

    def side(self, user: str) -> Side:
        """The colour and sign of a player."""
        return "you" if user == self.amber else "opp"

    @property
    def mover(self) -> str | None:
        """The player whose turn it is, if they play at this keyboard."""
        return self.game.turn if self.game.turn == self.viewer else None

    @property
    def here(self) -> Side:
        """The colour of the person at this keyboard now."""
        return self.side(self.mover) if self.mover else "you"

    @property
    @abstractmethod
    def place(self) -> tuple[StyledText, ...]:
        """What the header says after the program's name."""

    def aside(self) -> tuple[StyledText, ...]:
        """What the header says at the right, the least important first."""
        return (StyledText(game_text.rule(self.game.rule), "muted"),)

    def advice(self) -> tuple[StyledText, ...]:
        """What a lesson says about the board; empty in any other match.

        Besides the tones of the header there are `good` and `bad`.
        """
        return ()

    @property
    @abstractmethod
    def offers(self) -> frozenset[MatchAction]:
        """What can be done now."""

    @property
    def proposal(self) -> MatchAction | None:
        """Which of the offers the board proposes while nothing is chosen."""
        over = self.game.state == "done" and MatchAction.REMATCH in self.offers
        return MatchAction.REMATCH if over else None

    @abstractmethod
    async def move(self, seen: Game, move: Move) -> Game:
        """Make a move for `mover` on the board that was `seen`.

        Making the same move again, after a lost answer, is harmless.

        Raises:
            NimError: the move was refused, or may not have arrived.

        """

    async def end(self, how: MatchAction) -> Game:
        """Resign, decline or claim.

        Raises:
            NimError: the request was refused, or may not have arrived.

        """
        raise NotImplementedError(how)

    @abstractmethod
    async def again(self) -> Match:
        """The next match of the same people: a rematch, or a new start."""

    async def back(self) -> Match:
        """A match with this game as it was before a move of the person here."""
        raise NotImplementedError

    async def onward(self) -> Match:
        """The match that follows this one: the next lesson."""
        raise NotImplementedError

    @abstractmethod
    def changes(self) -> AsyncIterator[Game | Offline]:
        """Yield every newer game that comes from elsewhere, and lost connections."""

    def take_over(self, game: Game) -> bool:
        """Make `game` the newest, if it is newer. Returns whether it was."""
        if game.game_id == self.game.game_id and not supersedes(game, self.game):
            return False
        self.game = game
        return True


def rewound(game: Game, keep: int) -> Game:
    """A local game as it was after its first `keep` moves."""
    kept = replace(
        game, heaps=game.start, last_move_by=game.user1, version=0, moves=(), winner=None,
        ended_by=None, ended_at=None,
    )  # fmt: skip
    for played in game.moves[:keep]:
        kept = kept.after_move(played.user, Move(played.heap, played.left), played.at)
    return kept


def new_local_game(first: str, second: str, heaps: Heaps, rule: Rule, now: Clock) -> Game:
    """A game that no backend knows. `first` moves first, so `second` counts as its creator."""
    moment = now()
    return Game(
        game_id="local",
        user1=second,
        user2=first,
        heaps=heaps,
        start=heaps,
        last_move_by=second,
        rule=rule,
        created_at=moment,
        waiting_since=moment,
    )
