"""What every table has: the game as it stands, who is who, and how moves are made and arrive."""

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
from nim_tui.client.models import Offline
from nim_tui.model.history import supersedes
from nim_tui.paint import Side
from nim_tui.text import game as game_text

Clock = Callable[[], datetime]


class StyledText(NamedTuple):
    """A word of the header and the palette's token for it: `you`, `opp`, `muted`, `text`."""

    text: str
    tone: str


class MatchAction(Enum):
    """What a table lets the person here do, besides moving. The values are for people."""

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
    """One game and the people at it.

    Attributes:
        game: the newest board known here.
        viewer: the player called "you"; None where both sit here, or nobody.
        amber: whose colour is amber, with ●; the other one's is blue, with ◆.
        now: the clock, UTC.

    """

    home = "games"
    """Where leaving leads, in one word for the line of keys."""

    loops = False
    """Whether nobody plays here: a key leaves."""

    listed = False
    """Whether the game is in the person's list of games."""

    def __init__(self, game: Game, *, viewer: str | None, amber: str, now: Clock = utc_now) -> None:
        self.game = game
        self.viewer = viewer
        self.amber = amber
        self.now = now

    def side(self, user: str) -> Side:
        """The colour and sign of a player."""
        return "you" if user == self.amber else "opp"

    @property
    def mover(self) -> str | None:
        """The player whose turn it is, if they sit at this keyboard."""
        return self.game.turn if self.game.turn == self.viewer else None

    @property
    def here(self) -> Side:
        """The colour of whoever sits at this keyboard now."""
        return self.side(self.mover) if self.mover else "you"

    @property
    @abstractmethod
    def place(self) -> tuple[StyledText, ...]:
        """What the header says after the program's name."""

    def aside(self) -> tuple[StyledText, ...]:
        """What the header says at the right, the least important first."""
        return (StyledText(game_text.rule(self.game.rule), "muted"),)

    def advice(self) -> tuple[StyledText, ...]:
        """What a teacher says about the board as it stands; empty where nobody teaches.

        Besides the tones of the header there are `good` and `bad`.
        """
        return ()

    @property
    @abstractmethod
    def offers(self) -> frozenset[MatchAction]:
        """What can be done now."""

    @property
    def proposal(self) -> MatchAction | None:
        """What of it the board proposes while nothing is chosen."""
        over = self.game.state == "done" and MatchAction.REMATCH in self.offers
        return MatchAction.REMATCH if over else None

    @abstractmethod
    async def move(self, seen: Game, move: Move) -> Game:
        """Make a move for `mover` on the board that was `seen`.

        The same again, after a lost answer, is harmless.

        Raises:
            NimError: refused, or it may not have arrived; the choice stands.

        """

    async def end(self, how: MatchAction) -> Game:
        """Resign, decline or claim.

        Raises:
            NimError: refused, or it may not have arrived.

        """
        raise NotImplementedError(how)

    @abstractmethod
    async def again(self) -> Match:
        """A table with the next game of the same people: a rematch, or a new start."""

    async def back(self) -> Match:
        """A table with this game as it was before a move of the person here."""
        raise NotImplementedError

    async def onward(self) -> Match:
        """A table with what follows this one: the next lesson."""
        raise NotImplementedError

    @abstractmethod
    def changes(self) -> AsyncIterator[Game | Offline]:
        """Every game that comes from elsewhere, for as long as somebody listens."""

    def take_over(self, game: Game) -> bool:
        """Let `game` be the newest, if it is; whether it was."""
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
    """A game that no backend knows. `first` moves first, so the other one counts as its creator."""
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
